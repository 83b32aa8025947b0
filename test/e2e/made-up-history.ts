import { join } from 'node:path';
import { storedRun } from '../../src-main/app/stored/run.ts';
import type { Tensor } from '../../src-main/network/weights.ts';
import { openStore } from '../../src-main/store/open.ts';
import { madeUpFilters } from '../study/made-up-filters.ts';

/**
 * Gives baseA and baseB of a made-up home first-layer filters: untrained ones at step 0, learned ones in the middle and at
 * the end, where the test may change those of either.
 */
export function giveFilters(
  home: string,
  study: string,
  change: (name: string, last: Tensor) => void = () => {},
): void {
  const store = openStore(join(home, 'transplant.sqlite'));
  for (const { name, run } of store.studyRuns(study).filter(({ kind }) => kind === 'base')) {
    const { network, record } = storedRun({ home, store }, run);
    const { weight, history } = madeUpFilters(network, record.steps).find((filters) => filters.name === name)!;
    const middle = { step: Math.round(record.steps / 2), weight: { shape: weight.shape, data: weight.data.slice() } };
    change(name, weight);
    for (const snapshot of [...history, middle, { step: record.steps, weight }]) store.addSnapshot(run, snapshot);
  }
  store.close();
}

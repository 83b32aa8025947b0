import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { messageOf } from '../../src-main/errors.ts';
import { faultLayer, LAYER_MISSING, run } from './fault-layer.ts';
import { drawn } from './kills.ts';
import type { Attack, Part, Target, Verdict } from './part.ts';
import { examineHome, makeModels, workloads, type Workload } from './workloads.ts';

const PATIENCE = 120_000;

/** A disk that is full or breaks at some change, for some changes or for good. */
export const disk: Part = {
  name: 'disk',
  about: 'full and broken disks, at every write, for a while or for good',
  few: 5,
  patience: 2 * PATIENCE,
  async open(folder) {
    if (faultLayer() === undefined) process.stderr.write(`${LAYER_MISSING}\n`);
    return new BadDisks(workloads(await makeModels(folder)));
  },
};

class BadDisks implements Target {
  readonly #workloads: readonly Workload[];

  constructor(all: readonly Workload[]) {
    this.#workloads = all;
  }

  async attack({ random, folder }: Attack): Promise<Verdict> {
    const workload = drawn(this.#workloads, random);
    const error = (['ENOSPC', 'ENOSPC', 'EDQUOT', 'EIO'] as const)[random.integer(4)];
    const failFrom = 1 + random.integer(workload.changes);
    const failures = [0, 0, 1, 1 + random.integer(20)][random.integer(4)];
    const attack = `${workload.name}: ${error} from change ${failFrom} on, ${failures === 0 ? 'for good' : `${failures} times`}`;
    if (faultLayer() === undefined) return { outcome: 'survived', attack };
    const home = join(folder, 'home');
    const notes = join(folder, 'notes');
    mkdirSync(notes);
    const words = workload.prepare(home);
    const { hung, code, signal, said, lines } = await run(
      [home, ...words],
      { root: folder, notes, failFrom, failures, error },
      PATIENCE,
    );
    if (hung) return { outcome: 'hung', attack, found: said };
    // A sentence, or nothing that was wrong. A crash or a trace is neither.
    if (signal !== null || code === null || code > 1)
      return { outcome: 'misreported', attack, found: `it ended with ${signal ?? code}: ${said}` };
    try {
      const wrong = await examineHome(workload, home, lines);
      return wrong === undefined ? { outcome: 'survived', attack } : { outcome: 'lost', attack, found: wrong };
    } catch (failure) {
      return { outcome: 'lost', attack, found: `it can't be opened or gone on with: ${messageOf(failure)}` };
    }
  }

  async close(): Promise<void> {}
}

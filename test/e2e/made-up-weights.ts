import { join } from 'node:path';
import { storedRun } from '../../src-main/app/stored/run.ts';
import { zeroMoments } from '../../src-main/network/optimiser.ts';
import { initialWeights, type Weights } from '../../src-main/network/weights.ts';
import { writeCheckpoint } from '../../src-main/store/checkpoints.ts';
import { openStore } from '../../src-main/store/open.ts';

/** Gives a training of a made-up home a final checkpoint: of what it started from, unless the test has other weights. */
export async function giveWeights(
  home: string,
  study: string,
  name: string,
  change: (weights: Weights) => void = () => {},
): Promise<{ run: string; weights: Weights }> {
  const store = openStore(join(home, 'transplant.sqlite'));
  const { record } = store.studyRuns(study).find((run) => run.name === name)!;
  const { network } = storedRun({ home, store }, record.key);
  const weights = initialWeights(network, record.seed);
  change(weights);
  const folder = `checkpoints/${record.key}`;
  const content = { weights, momentum: zeroMoments(network), metadata: {} };
  const { sha256, bytes } = await writeCheckpoint(join(home, folder), record.steps, content);
  const file = `${folder}/step-${record.steps}.safetensors`;
  store.addCheckpoint({ run: record.key, step: record.steps, file, sha256, bytes, final: true });
  store.close();
  return { run: record.key, weights };
}

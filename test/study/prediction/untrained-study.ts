import { join } from 'node:path';
import { resolveNetwork } from '../../../src-main/network/network.ts';
import { initialWeights } from '../../../src-main/network/weights.ts';
import { writeCheckpoint } from '../../../src-main/store/checkpoints.ts';
import { type Plan, planStudy, runsToStore, studyId } from '../../../src-main/study/plan/plan.ts';
import type { Protocol } from '../../../src-main/study/plan/protocol.ts';
import type { TinyHome } from '../tiny-study.ts';

/**
 * A study that is stored as finished without a step of training: its bases have the weights they would start from, its
 * other networks the accuracies given.
 */
export async function addUntrainedStudy(
  { home, store, index, imageSet }: TinyHome,
  protocol: Protocol,
  accuracy: (run: { readonly name: string; readonly replicate: number }) => number,
): Promise<{ study: string; plan: Plan }> {
  const counts = { classes: 4, trainImages: 40, heldOutImages: 40 };
  const { id, name, size, source } = index;
  const folder = imageSet.split(/[\\/]/).at(-1)!;
  store.addImageSet({ id, name, size, ...counts, folder, source, created: '2026-01-01T00:00:00.000Z' });
  const plan = planStudy(protocol, index);
  const study = studyId(protocol);
  const created = '2026-01-01T00:00:00.000Z';
  store.addStudy(
    {
      ...{ id: study, name: protocol.name, protocol: JSON.stringify(protocol), status: 'running', created },
      ...{ finished: null, seconds: 0 },
    },
    runsToStore(plan.runs),
  );
  for (const { key, name, replicate, seed, steps, identity, treatment } of plan.runs) {
    store.updateRun(key, { status: 'running', started: created });
    if (treatment.kind === 'base') {
      const network = resolveNetwork({ ...identity.network, name: 'tiny' }, identity.classes.length);
      const weights = initialWeights(network, seed);
      const content = { weights, momentum: weights, metadata: {} };
      const written = await writeCheckpoint(join(home, 'checkpoints', key), steps, content);
      const file = `checkpoints/${key}/step-${steps}.safetensors`;
      store.addCheckpoint({ ...written, run: key, step: steps, file, final: true });
    }
    const correct = Math.round(1000 * accuracy({ name, replicate }));
    store.updateRun(key, { status: 'finished', step: steps, correct, total: 1000, loss: 1, finished: created });
  }
  store.updateStudy(study, { status: 'finished', finished: created });
  return { study, plan };
}

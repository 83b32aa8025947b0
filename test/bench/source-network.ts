import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { openApplication } from '../../src-main/app/open.ts';
import { protocolOf, type RequestedStudy } from '../../src-main/app/planning/request.ts';
import { openImageSet } from '../../src-main/data/packed/open.ts';
import { runTrainings } from '../../src-main/engine/trainer/supervisor.ts';
import { planStudy } from '../../src-main/study/plan/plan.ts';
import { jobOf } from '../../src-main/study/run/train-group.ts';

/** Enough to be better than chance: what is measured is time. */
const MOST_EPOCHS = 4;

/**
 * Trains the network that stands for A in studies with a pretrained source, on one half of a study's images, and resolves to
 * its safetensors file in a folder outside of the home, which would tidy it up. The study itself knows nothing of it.
 */
export async function trainSourceNetwork(home: string, checkpoints: string, request: RequestedStudy): Promise<string> {
  const epochs = Math.min(request.epochs!, MOST_EPOCHS);
  const folder = join(home, 'data', request.data);
  const set = openImageSet(folder);
  const plan = planStudy(protocolOf({ ...request, epochs }, set.index, home), set.index);
  set.close();
  const run = plan.runs.find(({ name }) => name === 'baseA')!;
  const signal = new AbortController().signal;
  const application = openApplication({ home });
  const surroundings = { ...application, imageSets: new Map([[run.identity.data, folder]]), signal, onEvent: () => {} };
  const job = { ...jobOf(run, availableParallelism(), surroundings), checkpoints };
  application.close();
  let file: string | undefined;
  let problem: string | undefined;
  await runTrainings([job], {
    signal,
    onMessage: (_run, message) => {
      if (message.type === 'checkpoint' && message.final) ({ file } = message);
    },
    onEnd: (_run, outcome) => {
      if (outcome.status === 'failed') problem = outcome.reason;
    },
  });
  if (file === undefined) throw new Error(`the source network was not trained: ${problem ?? 'it was stopped'}`);
  return file;
}

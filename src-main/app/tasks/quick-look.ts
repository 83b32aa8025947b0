import type { QuickLook } from '../../common/results/quick-look.ts';
import { openImageSet } from '../../data/packed/open.ts';
import { resolveNetwork } from '../../network/network.ts';
import { keptPretrained } from '../../pretrained/kept.ts';
import { readCheckpoint } from '../../store/checkpoints.ts';
import type { PredictionWatch, TrainedBase } from '../../study/prediction/predict-transfer.ts';
import { quickLook } from '../../study/prediction/quick-look.ts';
import { networkNamed } from '../answers/network.ts';
import { asItsFileSays, withInput } from '../planning/network-for.ts';
import type { TaskOf } from './task.ts';

/** Looks at how the layers of a network suit a packed image set, which they read as they would in a study. */
export async function lookAtNetwork(task: TaskOf<'quick-look'>, watch: PredictionWatch): Promise<QuickLook> {
  const { set, classes, threads } = task;
  const images = openImageSet(set);
  try {
    return await quickLook(await sourceOf(task, images.index.size), { set: images, classes, threads }, watch);
  } finally {
    images.close();
  }
}

/** @param size rows and columns of stored images */
async function sourceOf({ network: named, inputSize }: TaskOf<'quick-look'>, size: number): Promise<TrainedBase> {
  if ('sha256' in named) {
    // Its own head is for other classes, and some have none.
    const network = resolveNetwork(named.spec, 2);
    const head = network.layers.at(-1)!.name;
    const below = { parameters: network.parameters.filter(({ layer }) => layer !== head) };
    return { network, weights: (await readCheckpoint(keptPretrained(named.home, named.sha256), below)).weights };
  }
  const { network, weights } = await networkNamed(named, { headless: true });
  const { spec, classes } = network;
  const wanted = withInput(spec, inputSize);
  return { network: resolveNetwork(spec.training.pixels ? asItsFileSays(wanted, size) : wanted, classes), weights };
}

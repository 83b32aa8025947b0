import { setImmediate } from 'node:timers/promises';
import type { Cut } from '../../common/cuts.ts';
import type { LookedCut, QuickLook } from '../../common/results/quick-look.ts';
import type { ImageSet } from '../../data/image-set.ts';
import { subtractedMean } from '../../data/mean-image.ts';
import { imagesFor } from '../../data/resampled.ts';
import { Cancelled, UserError } from '../../errors.ts';
import { areFinite, type LayerMaterial } from '../../predictors/features.ts';
import { LAYER_PREDICTORS, QUICK_MEASURES } from '../../predictors/predictors.ts';
import { newcombeInterval, wilsonInterval } from '../results/statistics.ts';
import { countNetwork } from '../../network/network.ts';
import type { PredictionWatch, TrainedBase } from './predict-transfer.ts';
import { GRADIENT_PASSES, relativeGradients } from './relative-gradients.ts';
import { readFeatures, sampleOf } from './sample.ts';

/** Operations of all passes that a look may take: about two minutes of two ordinary cores. */
const OPERATIONS = 4e12;
/** Images of each part at the most: intervals of that many are a few points wide. */
const MOST_IMAGES = 1000;
/** The share of the time that passes of images take. */
const READING = 0.8;

interface LookOptions {
  readonly set: ImageSet;
  /** Classes of the target; absent: all of the set. */
  readonly classes?: readonly string[];
  readonly threads: number;
}

/**
 * A first look at how features of a network suit a set of images, in one pass of a sample of them: at every cut a linear probe
 * and the other cheap predictors, and a few batches of gradients. Nothing is trained. Images are prepared as for a
 * transplanted network. A large network reads fewer images, so that it is done in minutes. The same options give the same
 * numbers. Throws a UserError where the network's values are not numbers, and Cancelled.
 */
export async function quickLook(
  source: TrainedBase,
  { set: stored, classes = stored.index.classes, threads }: LookOptions,
  { signal, onProgress }: PredictionWatch,
): Promise<QuickLook> {
  const { network } = source;
  const { spec } = network;
  const set = imagesFor(stored, spec);
  const passes = OPERATIONS / countNetwork(network).flops - GRADIENT_PASSES;
  const limit = Math.min(MOST_IMAGES, Math.floor(passes / 2));
  const { train, heldOut, trained } = sampleOf(set, { classes, imagesPerClass: null, trainingSeed: 1 }, limit);
  const mean = await subtractedMean(set, trained, spec);
  const layers = network.cuts.map(({ n }) => n);
  const all = train.images.length + heldOut.images.length + GRADIENT_PASSES;
  let done = 0;
  const onRead = (count: number) =>
    onProgress({ fraction: (READING * (done += count)) / all, doing: 'reading images' });
  const [seen, unseen] = await readFeatures({ ...source, layers, set, mean, threads, signal, onRead }, [
    train,
    heldOut,
  ]);
  if (![...seen.values(), ...unseen.values()].every(areFinite))
    throw new UserError('The values of the network’s layers are not all numbers: its training has diverged.');
  const rgn = await relativeGradients({
    ...{ source, set, mean, threads, signal, classes: classes.length, images: train },
    onBatch: (count) => onProgress({ fraction: (READING * (done += count)) / all, doing: 'following gradients' }),
  });
  const labels = (values: Int32Array) => ({ values, classes: classes.length });
  const cuts: LookedCut[] = [];
  for (const [place, cut] of network.cuts.entries()) {
    onProgress({ fraction: READING + ((1 - READING) * place) / layers.length, doing: `measuring ${cut.name}` });
    await setImmediate();
    if (signal.aborted) throw new Cancelled();
    const features = seen.get(cut.n)!;
    const looked = lookedCut(cut, heldOut.images.length, {
      train: { features, labels: labels(train.labels) },
      heldOut: { features: unseen.get(cut.n)!, labels: labels(heldOut.labels) },
      own: features,
      seed: `1 layer ${cut.n}`,
    });
    cuts.push({ ...looked, rgn: rgn.get(cut.n)! });
    // What the measures of one cut share is not needed for the next.
    seen.delete(cut.n);
  }
  const images = { train: train.images.length, heldOut: heldOut.images.length };
  return {
    ...{ images, classes: classes.length, inputSize: spec.inputSize },
    ...{ cuts, worth: worthTraining(cuts, images.heldOut) },
  };
}

function lookedCut({ n, name }: Cut, heldOut: number, material: LayerMaterial): Omit<LookedCut, 'rgn'> {
  const [probing] = LAYER_PREDICTORS;
  const probe = probing.measure(material);
  const measures = QUICK_MEASURES.map(({ id, measure }) => {
    const value = measure(material);
    return [id, Number.isFinite(value) ? value! : null] as const;
  });
  return {
    ...{ n, name, probe },
    interval: wilsonInterval(Math.round(probe * heldOut), heldOut),
    measures: Object.fromEntries(measures),
  };
}

/**
 * The cuts that a study should try: the deepest whose probe is not told apart from the best, because the least is left to
 * train above it; the best; and half as deep as that, because layers above a cut learn what a probe can't. Two or three of
 * them, rising; all where there are no more.
 */
export function worthTraining(cuts: readonly Pick<LookedCut, 'n' | 'probe'>[], heldOut: number): number[] {
  const counts = cuts.map(({ n, probe }) => ({ n, correct: Math.round(probe * heldOut), total: heldOut }));
  const best = counts.reduce((one, other) => (other.correct > one.correct ? other : one));
  const deepest = counts.findLast((cut) => newcombeInterval(best, cut).low <= 0)!;
  const half = counts[Math.floor(counts.indexOf(best) / 2)];
  return [...new Set([half.n, best.n, deepest.n])].sort((a, b) => a - b);
}

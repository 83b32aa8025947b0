import { setImmediate } from 'node:timers/promises';
import type { Cut } from '../../common/cuts.ts';
import type { Interval } from '../../common/results/intervals.ts';
import type { ImageSet } from '../../data/image-set.ts';
import { subtractedMean } from '../../data/mean-image.ts';
import { imagesFor } from '../../data/resampled.ts';
import { Cancelled, UserError } from '../../errors.ts';
import { areFinite, type LayerMaterial } from '../../predictors/features.ts';
import { LAYER_PREDICTORS, type LayerMeasure } from '../../predictors/predictors.ts';
import { newcombeInterval, wilsonInterval } from '../results/statistics.ts';
import type { PredictionWatch, TrainedBase } from './predict-transfer.ts';
import { readFeatures, sampleOf } from './sample.ts';

/** What the cheap predictors say of one cut. */
export interface LookedCut {
  readonly n: number;
  readonly name: string;
  /** Top-1 of a linear probe on held-out images, a fraction, with its 95% interval (Wilson). */
  readonly probe: number;
  readonly interval: Interval;
  /** The other measures that need no training; null: not defined. */
  readonly measures: Readonly<Partial<Record<LayerMeasure, number | null>>>;
}

export interface QuickLook {
  /** Images of the sample that were read. */
  readonly images: { readonly train: number; readonly heldOut: number };
  readonly classes: number;
  readonly cuts: readonly LookedCut[];
  /** The n worth a study, rising. */
  readonly worth: readonly number[];
}

/** Those that a network trained on the target isn't needed for; the probe stands by itself. */
export const QUICK_MEASURES = LAYER_PREDICTORS.filter((one) => !('needsOwnBase' in one) && one.id !== 'linearProbe');

/**
 * A first look at how features of a network suit a set of images, in one pass of a sample of them: at every cut a linear probe
 * and the other cheap predictors. Nothing is trained. Images are prepared as for a transplanted network. The same options give
 * the same numbers. Throws a UserError where the network's values are not numbers, and Cancelled.
 */
export async function quickLook(
  { network, weights }: TrainedBase,
  { set: stored, threads }: { readonly set: ImageSet; readonly threads: number },
  { signal, onProgress }: PredictionWatch,
): Promise<QuickLook> {
  const set = imagesFor(stored, network.spec);
  const { classes } = set.index;
  const sample = sampleOf(set, { classes, imagesPerClass: null, trainingSeed: 1 });
  const mean = await subtractedMean(set, sample.trained, network.spec);
  const layers = network.cuts.map(({ n }) => n);
  const [train, heldOut] = [sample.train, sample.heldOut];
  const all = train.images.length + heldOut.images.length;
  let done = 0;
  const onRead = (count: number) => onProgress({ fraction: (0.5 * (done += count)) / all, doing: 'reading layers' });
  const [seen, unseen] = await readFeatures({ network, weights, layers, set, mean, threads, signal, onRead }, [
    train,
    heldOut,
  ]);
  if (![...seen.values(), ...unseen.values()].every(areFinite))
    throw new UserError('The values of the network’s layers are not all numbers: its training has diverged.');
  const labels = (values: Int32Array) => ({ values, classes: classes.length });
  const cuts: LookedCut[] = [];
  for (const [place, cut] of network.cuts.entries()) {
    onProgress({ fraction: 0.5 + (0.5 * place) / layers.length, doing: `measuring ${cut.name}` });
    await setImmediate();
    if (signal.aborted) throw new Cancelled();
    const features = seen.get(cut.n)!;
    cuts.push(
      lookedCut(cut, heldOut.images.length, {
        train: { features, labels: labels(train.labels) },
        heldOut: { features: unseen.get(cut.n)!, labels: labels(heldOut.labels) },
        own: features,
        seed: `1 layer ${cut.n}`,
      }),
    );
  }
  const images = { train: train.images.length, heldOut: heldOut.images.length };
  return { images, classes: classes.length, cuts, worth: worthTraining(cuts, images.heldOut) };
}

function lookedCut({ n, name }: Cut, heldOut: number, material: LayerMaterial): LookedCut {
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

import { setImmediate } from 'node:timers/promises';
import type { ImageSet } from '../../data/image-set.ts';
import { subtractedMean } from '../../data/mean-image.ts';
import { Cancelled } from '../../errors.ts';
import type { Network } from '../../network/network.ts';
import type { Weights } from '../../network/weights.ts';
import { type Features, type LayerMaterial, areFinite } from '../../predictors/features.ts';
import { leep, softmax } from '../../predictors/leep.ts';
import { LAYER_PREDICTORS } from '../../predictors/predictors.ts';
import type { RunIdentity } from '../plan/run-record.ts';
import { readFeatures, sampleOf } from './sample.ts';
import type { MeasuredPrediction, Prediction } from './transfer-prediction.ts';

/** A trained base with its weights. */
export interface TrainedBase {
  readonly network: Network;
  readonly weights: Weights;
}

export interface PredictionOptions {
  readonly source: TrainedBase;
  /** The base that was trained on the target, and what it was trained on. */
  readonly own: TrainedBase;
  readonly target: Pick<RunIdentity, 'classes' | 'imagesPerClass' | 'trainingSeed'>;
  readonly set: ImageSet;
  readonly threads: number;
}

export interface PredictionProgress {
  /** 0..1 */
  readonly fraction: number;
  /** `measuring layer 3` */
  readonly doing: string;
}

export interface PredictionWatch {
  readonly signal: AbortSignal;
  readonly onProgress: (progress: PredictionProgress) => void;
}

/** The share of the time that reading activations takes. */
const READING = 0.3;

/**
 * Computes the cheap predictors of a transfer: measures on the source network's features of the target's images,
 * layer by layer, and their similarity to the features of the target's own base. Images are prepared as for a
 * transplanted network: the central crop, less the mean of the target's training images. The same options give the
 * same numbers. Throws Cancelled.
 */
export async function predictTransfer(options: PredictionOptions, watch: PredictionWatch): Promise<Prediction> {
  const { source, own, target, set, threads } = options;
  const { signal, onProgress } = watch;
  const sample = sampleOf(set, target);
  const mean = await subtractedMean(set, sample.trained, own.network.spec);
  const { depth } = source.network;
  const hidden = Array.from({ length: depth - 1 }, (_, place) => place + 1);
  const images = { train: sample.train.images.length, heldOut: sample.heldOut.images.length };
  const all = 2 * images.train + images.heldOut;
  let done = 0;
  const read = (base: TrainedBase, layers: readonly number[], parts: Parameters<typeof readFeatures>[1]) => {
    const onRead = (count: number) =>
      onProgress({ fraction: (READING * (done += count)) / all, doing: 'reading layers' });
    return readFeatures({ ...base, layers, set, mean, threads, signal, onRead }, parts);
  };
  const [train, heldOut] = await read(source, [...hidden, depth], [sample.train, sample.heldOut]);
  const [ownTrain] = await read(own, hidden, [sample.train]);
  const finite = (read: ReadonlyMap<number, Features>) => [...read.values()].every(areFinite);
  if (!finite(train) || !finite(heldOut)) return { state: 'diverged', version: 2, base: 'source' };
  if (!finite(ownTrain)) return { state: 'diverged', version: 2, base: 'own' };

  const labels = (values: Int32Array) => ({ values, classes: target.classes.length });
  const layers: MeasuredPrediction['layers'] = [];
  for (const n of hidden) {
    onProgress({ fraction: READING + ((1 - READING) * (n - 1)) / hidden.length, doing: `measuring layer ${n}` });
    const values = await measureLayer(
      {
        train: { features: train.get(n)!, labels: labels(sample.train.labels) },
        heldOut: { features: heldOut.get(n)!, labels: labels(sample.heldOut.labels) },
        own: ownTrain.get(n)!,
        seed: `${target.trainingSeed} layer ${n}`,
      },
      signal,
    );
    layers.push({ n, features: train.get(n)!.columns, values });
  }
  const logits: Features = train.get(depth)!;
  const score = number(leep(softmax(logits), labels(sample.train.labels)));
  return { state: 'measured', version: 2, images, leep: score, layers };
}

async function measureLayer(material: LayerMaterial, signal: AbortSignal) {
  const values = {} as MeasuredPrediction['layers'][number]['values'];
  for (const { id, measure } of LAYER_PREDICTORS) {
    // Lets a message to stop arrive.
    await setImmediate();
    if (signal.aborted) throw new Cancelled();
    values[id] = number(measure(material));
  }
  return values;
}

/** NaN, infinities and missing values become null. */
const number = (value: number | undefined): number | null => (Number.isFinite(value) ? value! : null);

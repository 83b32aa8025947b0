import { setImmediate } from 'node:timers/promises';
import { evaluationBatches } from '../../data/batches.ts';
import type { ImageSet } from '../../data/image-set.ts';
import { layerReadAt, LayerReader, readingName, type ReadingPoint } from '../../engine/onnx/reader.ts';
import { Cancelled } from '../../errors.ts';
import type { Network } from '../../network/network.ts';
import { unitShape } from '../../network/receptive-field.ts';
import type { Weights } from '../../network/weights.ts';
import type { Features } from '../../predictors/features.ts';
import { type Pooling, poolingOf } from '../../predictors/pooling.ts';
import { RandomStream } from '../../random.ts';
import type { RunIdentity } from '../plan/run-record.ts';
import { selectedImages } from '../plan/selected-images.ts';

/**
 * How many images predictors read, and as many others that probes are tested on; more if there are many classes, so
 * that each has some.
 */
const MOST_IMAGES = 2000;
const FEWEST_A_CLASS = 10;
const UTMOST_IMAGES = 5000;

export interface Sampled {
  /** Image numbers in a random order, so that a minibatch holds images of all classes; labels in the target's order. */
  readonly images: Int32Array;
  readonly labels: Int32Array;
}

/**
 * The images of the target that predictors read: training images only, in two parts without an image in common. The
 * held-out images, on which the accuracies are measured, must not take part in what is to predict these.
 */
export interface Sample {
  readonly train: Sampled;
  /** What probes are tested on. */
  readonly heldOut: Sampled;
  /** All images that the target's networks are trained on: their mean is what these subtract. */
  readonly trained: Int32Array;
}

/**
 * Draws equally many images of each class, as far as it has them, by the target's training seed.
 *
 * @param limit images of each part at most, though never less than one a class
 */
export function sampleOf(
  set: ImageSet,
  target: Pick<RunIdentity, 'classes' | 'imagesPerClass' | 'trainingSeed'>,
  limit = Infinity,
): Sample {
  const { classes, trainingSeed: seed } = target;
  const selection = selectedImages(set, target);
  const most = Math.max(MOST_IMAGES, Math.min(UTMOST_IMAGES, FEWEST_A_CLASS * classes.length));
  const perClass = Math.max(1, Math.floor(Math.min(most, limit) / classes.length));
  const shuffled = new RandomStream(seed, 'predict', 'train').shuffle(Int32Array.from(selection.train.keys()));
  const available = Map.groupBy(shuffled, (place) => selection.trainLabels[place]);
  const parts = { train: new Set<number>(), heldOut: new Set<number>() };
  for (const ofClass of available.values()) {
    const each = Math.min(perClass, Math.ceil(ofClass.length / 2));
    for (const place of ofClass.slice(0, each)) parts.train.add(place);
    for (const place of ofClass.slice(each, 2 * each)) parts.heldOut.add(place);
  }
  const sampled = (part: ReadonlySet<number>): Sampled => {
    const order = shuffled.filter((place) => part.has(place));
    return {
      images: order.map((place) => selection.train[place]),
      labels: order.map((place) => selection.trainLabels[place]),
    };
  };
  return { train: sampled(parts.train), heldOut: sampled(parts.heldOut), trained: selection.train };
}

/** Activations of a batch at the most, because those of all its layers are in memory at once. */
const BATCH_VALUES = 2e7;
const MOST_BATCH = 128;

export interface ReadOptions {
  readonly network: Network;
  readonly weights: Weights;
  /** The layers whose output is read. */
  readonly layers: readonly number[];
  readonly set: ImageSet;
  /** Subtracted from every image, [3, size, size]. */
  readonly mean: Float32Array;
  readonly threads: number;
  readonly signal: AbortSignal;
  /** Called with the number of images just read. */
  readonly onRead: (images: number) => void;
}

/** Features by layer, one row per image: the last layer as it is, the others pooled by `poolingOf`. */
export async function readFeatures(options: ReadOptions, parts: readonly Sampled[]): Promise<Map<number, Features>[]> {
  const { network, layers, signal } = options;
  const points = layers.map((n): ReadingPoint => ({ n, place: 'end' }));
  const outputs = points.map((point) => unitShape(layerReadAt(network, point)));
  const volume = outputs.reduce((sum, [channels, rows, columns]) => sum + channels * rows * columns, 0);
  const batchSize = Math.max(1, Math.min(MOST_BATCH, Math.floor(BATCH_VALUES / volume)));
  const reader = await LayerReader.open({ ...options, points, batchSize });
  const pools = layers.map((n, place) => (n === network.depth ? whole(outputs[place][0]) : poolingOf(outputs[place])));
  try {
    const read: Map<number, Features>[] = [];
    for (const part of parts) {
      const values = pools.map(({ size }) => new Float32Array(part.images.length * size));
      let done = 0;
      for (const { images, labels } of evaluationBatches({ ...options, ...part, batchSize })) {
        await setImmediate();
        if (signal.aborted) throw new Cancelled();
        const activations = await reader.read(images);
        points.forEach((point, place) => {
          const { size, pool } = pools[place];
          const layer = activations.get(readingName(point))!;
          for (let i = 0; i < labels.length; i++) pool(layer, i, values[place], (done + i) * size);
        });
        done += labels.length;
        options.onRead(labels.length);
      }
      read.push(
        new Map(layers.map((n, place) => [n, { rows: done, columns: pools[place].size, values: values[place] }])),
      );
    }
    return read;
  } finally {
    await reader.dispose();
  }
}

/** Copies logits unchanged. */
const whole = (size: number): Pooling => ({
  size,
  pool: (activations, image, into, offset) => into.set(activations.subarray(image * size, (image + 1) * size), offset),
});

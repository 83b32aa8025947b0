import { setImmediate } from 'node:timers/promises';
import { evaluationBatches } from '../data/batches.ts';
import type { ImageSet } from '../data/image-set.ts';
import { layerReadAt, LayerReader, readingName, type ReadingPoint } from '../engine/onnx/reader.ts';
import { Cancelled } from '../errors.ts';
import { countNetwork, type Network } from '../network/network.ts';
import { unitShape } from '../network/receptive-field.ts';
import type { Weights } from '../network/weights.ts';
import { TopsCollector, type LayerTops } from './layer-tops.ts';

interface TopImagesOptions {
  readonly set: ImageSet;
  /** Numbers of the images to search. */
  readonly images: Int32Array;
  /** The mean image, which is subtracted from every image, [3, size, size] in the size of stored images. */
  readonly mean: Float32Array;
  readonly network: Network;
  /** Weights of `layers` and of all layers below them. */
  readonly weights: Weights;
  readonly layers: readonly number[];
  /** Number of images to keep for each unit. */
  readonly most: number;
  readonly threads: number;
  readonly signal?: AbortSignal;
  readonly onProgress?: (done: number) => void;
}

/** Most values in the layers' outputs for one batch: 64 MB. */
const BATCH_VALUES = 2 ** 24;
const MOST_IMAGES = 32;

/**
 * Finds the images that excite each unit of these layers most, in one pass over the images for all of them. Images are read as
 * in evaluation. A channel of a convolution counts at the place of its greatest response; responses are taken before the ReLU,
 * so that units that are never above zero have an order too.
 *
 * Errors: UserError for images smaller than the network's input; Cancelled.
 */
export async function topImages(options: TopImagesOptions): Promise<LayerTops[]> {
  const { images, network, weights, layers, threads, signal, onProgress } = options;
  const points = layers.map((n): ReadingPoint => ({ n, place: 'weights' }));
  const outputs = points.map((point) => unitShape(layerReadAt(network, point)));
  const values = outputs.reduce((sum, [channels, rows, columns]) => sum + channels * rows * columns, 0);
  const batchSize = Math.max(1, Math.min(MOST_IMAGES, Math.floor(BATCH_VALUES / values)));
  const most = Math.min(options.most, images.length);
  const collectors = points.map(({ n }, index) => new TopsCollector(n, outputs[index][0], most));
  const reader = await LayerReader.open({ network, weights, points, batchSize, threads });
  try {
    let done = 0;
    for (const batch of evaluationBatches({ ...options, labels: new Int32Array(images.length), batchSize })) {
      // The message to stop waits in the event loop.
      await setImmediate();
      if (signal?.aborted) throw new Cancelled();
      const read = await reader.read(batch.images);
      const count = batch.labels.length;
      for (const [index, point] of points.entries()) {
        const all = read.get(readingName(point))!;
        const each = all.length / count;
        for (let i = 0; i < count; i++) collectors[index].add(images[done + i], all.subarray(i * each, (i + 1) * each));
      }
      done += count;
      onProgress?.(done);
    }
  } finally {
    await reader.dispose();
  }
  return collectors.map((collector) => collector.result());
}

/** Most and fewest images that are searched for the most exciting ones. */
const MOST = 2000;
const LEAST = 200;
/** Floating point operations of a search: some ten seconds of one core. */
const OPERATIONS = 2e11;

/** How many images of a network can be searched in some seconds. */
export function imagesInReach(network: Network): number {
  return Math.max(LEAST, Math.min(MOST, Math.floor(OPERATIONS / countNetwork(network).flops)));
}

/**
 * Numbers of at most `most` images of some classes, ascending: the same number of each class, as far as it has them, at even
 * distances among its images, training and held-out ones alike. So a class is not found more often because it is larger.
 *
 * @param labels of the classes in the set
 */
export function spreadOverClasses(set: ImageSet, labels: readonly number[], most: number): Int32Array {
  const byClass = new Map(labels.map((label) => [label, [] as number[]]));
  set.labels.forEach((label, image) => byClass.get(label)?.push(image));
  const perClass = Math.max(1, Math.floor(most / labels.length));
  return Int32Array.from([...byClass.values()].flatMap((images) => spread(images, perClass))).sort();
}

/** `wanted` of the images at even distances, or all. */
function spread(images: readonly number[], wanted: number): number[] {
  const length = Math.min(images.length, wanted);
  return Array.from({ length }, (_, i) => images[Math.floor(((i + 0.5) * images.length) / length)]);
}

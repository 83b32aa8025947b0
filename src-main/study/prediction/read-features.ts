import { setImmediate } from 'node:timers/promises';
import { evaluationBatches } from '../../data/batches.ts';
import type { ImageSet } from '../../data/image-set.ts';
import { LayerReader, layerReadAt, readingName, type ReadingPoint } from '../../engine/onnx/reader.ts';
import { Cancelled } from '../../errors.ts';
import type { Network } from '../../network/network.ts';
import type { Weights } from '../../network/weights.ts';
import type { Features } from '../../predictors/features.ts';
import { poolingOf, type Pooling } from '../../predictors/pooling.ts';
import type { Sampled } from './sample.ts';

/** Images at once: what all layers put out for them is in memory. */
const BATCH_VALUES = 2e7;
const MOST_BATCH = 128;

export interface ReadOptions {
  readonly network: Network;
  readonly weights: Weights;
  /** The layers to read, at their end. */
  readonly layers: readonly number[];
  readonly set: ImageSet;
  /** Subtracted from every image, [3, size, size]. */
  readonly mean: Float32Array;
  readonly threads: number;
  readonly signal: AbortSignal;
  /** Told how many images were read. */
  readonly onRead: (images: number) => void;
}

/** Features by layer, one row an image; all of the last layer, of the others what `poolingOf` makes of them. */
export async function readFeatures(options: ReadOptions, parts: readonly Sampled[]): Promise<Map<number, Features>[]> {
  const { network, layers, signal } = options;
  const points = layers.map((n): ReadingPoint => ({ n, place: 'end' }));
  const outputs = points.map((point) => layerReadAt(network, point).output);
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

/** Logits as they are. */
const whole = (size: number): Pooling => ({
  size,
  pool: (activations, image, into, offset) => into.set(activations.subarray(image * size, (image + 1) * size), offset),
});

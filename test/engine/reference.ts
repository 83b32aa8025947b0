import { maskShape } from '../../src-main/network/layers/dropout.ts';
import { changes, CHANNELS, type Layer, type Network } from '../../src-main/network/network.ts';
import type { Weights } from '../../src-main/network/weights.ts';
import type { Batch } from '../../src-main/engine/engine.ts';
import { Kinks, referenceLayer, volume, type Numbers, type Values } from './reference-layers.ts';

/** The mathematics that every engine must compute, a layer at a time (reference-layers.ts). */

export type ReferenceWeights = ReadonlyMap<string, Numbers>;

export interface ReferenceResult {
  /** Mean softmax cross-entropy over the batch. */
  readonly loss: number;
  /** [N][classes] */
  readonly logits: readonly Numbers[];
  /**
   * How far the nearest kink is: the smallest |x| before a ReLU and the like, the smallest gap between the two highest values of a
   * pooling window. Nearer than float32 can tell apart, an engine may rightly take the other branch.
   */
  readonly distanceToKink: number;
  /** Running statistics after a training step. */
  readonly statistics: ReadonlyMap<string, Numbers>;
}

/** All weights in float64. */
export const inFloat64 = (weights: Weights): Map<string, Numbers> =>
  new Map([...weights].map(([name, { data }]) => [name, Float64Array.from(data)]));

/**
 * An evaluation; with masks, the forward pass of a training step: one for each layer that has one, in order, [N, ...shape of
 * the mask]. Batch norm of layers 1..frozen takes running statistics then.
 */
export function referenceForward(
  network: Network,
  weights: ReferenceWeights,
  batch: Batch,
  dropoutMasks?: readonly Float32Array[],
  frozen = 0,
): ReferenceResult {
  const pixels = volume([CHANNELS, network.spec.inputSize, network.spec.inputSize]);
  const images = Array.from(batch.labels, (_, image) =>
    Float64Array.from(batch.images.subarray(image * pixels, (image + 1) * pixels)),
  );
  const kinks = new Kinks();
  const statistics = new Map<string, Numbers>();
  const logits = throughLayers(network, weights, images, { kinks, statistics, dropoutMasks, frozen }).at(-1)!;
  const losses = logits.map((each, image) => crossEntropy(each, batch.labels[image]));
  const loss = losses.reduce((sum, one) => sum + one, 0) / losses.length;
  return { loss, logits, distanceToKink: kinks.nearest, statistics };
}

/** What every layer puts out for one image [3, rows, columns], without dropout, in the order of `network.layers`. */
export const referenceValues = (network: Network, weights: ReferenceWeights, image: ArrayLike<number>): Numbers[] =>
  throughLayers(network, weights, [Float64Array.from(image)]).map(([value]) => value);

interface Way {
  readonly kinks?: Kinks;
  readonly statistics?: Map<string, Numbers>;
  readonly dropoutMasks?: readonly Float32Array[];
  readonly frozen?: number;
}

/** The output of each layer. */
function throughLayers(
  network: Network,
  weights: ReferenceWeights,
  images: Values,
  { kinks, statistics, dropoutMasks, frozen = 0 }: Way = {},
): Values[] {
  const values: Values[] = [];
  const masks = dropoutMasks?.values();
  for (const layer of network.layers) {
    const { name, sources } = layer;
    const nameOf = (ending: string) => (ending === '' ? name : `${name}.${ending}`);
    values.push(
      referenceLayer(
        layer,
        sources.map((source) => (source < 0 ? images : values[source])),
        {
          parameter: (ending) => weights.get(nameOf(ending)),
          mask: maskShape(layer) && masks?.next().value,
          ofBatch: dropoutMasks !== undefined && followsBatch(network, layer, frozen),
          onStatistic: (ending, value) => statistics?.set(nameOf(ending), value),
          kinks,
        },
      ),
    );
  }
  return values;
}

const followsBatch = ({ parameters }: Network, { name }: Layer, frozen: number): boolean =>
  parameters.some(
    (parameter) => parameter.layer === name && parameter.role === 'runningMean' && changes(parameter, frozen),
  );

/** -log softmax(logits)[label] */
function crossEntropy(logits: Numbers, label: number): number {
  const highest = Math.max(...logits);
  return highest - logits[label] + Math.log(logits.reduce((sum, logit) => sum + Math.exp(logit - highest), 0));
}

/**
 * dLoss/dw[i] for the coordinates `at` of one parameter, by central differences, (L(w+h) - L(w-h)) / 2h: exact to about
 * h^2 plus rounding, 1e-10, as long as no kink is nearer than h times the largest activation.
 */
export function gradientByDifferences(
  network: Network,
  weights: ReferenceWeights,
  batch: Batch,
  dropoutMasks: readonly Float32Array[] | undefined,
  parameter: string,
  at: readonly number[],
  h = 1e-6,
): number[] {
  const lossAt = (i: number, change: number) => {
    const values = weights.get(parameter)!.slice();
    values[i] += change;
    return referenceForward(network, new Map([...weights, [parameter, values]]), batch, dropoutMasks).loss;
  };
  return at.map((i) => (lossAt(i, h) - lossAt(i, -h)) / (2 * h));
}

/** The derivative of the loss along a direction of one parameter, by the same differences: of all its values at once. */
export function differenceAlong(
  network: Network,
  weights: ReferenceWeights,
  batch: Batch,
  dropoutMasks: readonly Float32Array[] | undefined,
  parameter: string,
  direction: Float64Array,
  h = 1e-7,
): number {
  const lossAt = (change: number) => {
    const values = weights.get(parameter)!.map((value, i) => value + change * direction[i]);
    return referenceForward(network, new Map([...weights, [parameter, values]]), batch, dropoutMasks).loss;
  };
  return (lossAt(h) - lossAt(-h)) / (2 * h);
}

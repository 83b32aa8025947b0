import { CHANNELS, type Layer, type Network, type Shape } from '../../src-main/network/network.ts';
import type { LayerSpec } from '../../src-main/network/spec.ts';
import type { Weights } from '../../src-main/network/weights.ts';
import type { Batch } from '../../src-main/engine/engine.ts';

/**
 * The mathematics that every engine must compute, in plain float64 loops: slow, and meant to be read beside the paper.
 * Images are handled one at a time, as flat arrays in the order channel, row, column.
 */

/** Paddings are equal on all sides. */
type Spec<T extends LayerSpec['type']> = Extract<LayerSpec, { type: T }> & { readonly pad?: number };
type Numbers = Float64Array;
export type ReferenceWeights = ReadonlyMap<string, Numbers>;

export interface ReferenceResult {
  /** Mean softmax cross-entropy over the batch. */
  readonly loss: number;
  /** [N][classes] */
  readonly logits: readonly Numbers[];
  /**
   * How far the nearest kink is: the smallest |x| before a ReLU, the smallest gap between the two highest values of a
   * pooling window. Nearer than float32 can tell apart, an engine may rightly take the other branch.
   */
  readonly distanceToKink: number;
}

/** All weights in float64. */
export const inFloat64 = (weights: Weights): Map<string, Numbers> =>
  new Map([...weights].map(([name, { data }]) => [name, Float64Array.from(data)]));

/** Dropout is applied where masks are given: one per dropout layer, in order, [N, ...layer shape]. */
export function referenceForward(
  network: Network,
  weights: ReferenceWeights,
  batch: Batch,
  dropoutMasks?: readonly Float32Array[],
): ReferenceResult {
  const pixels = volume([CHANNELS, network.spec.inputSize, network.spec.inputSize]);
  const kinks = new Kinks();
  const logits: Numbers[] = [];
  let loss = 0;
  batch.labels.forEach((label, image) => {
    let x: Numbers = Float64Array.from(batch.images.subarray(image * pixels, (image + 1) * pixels));
    let dropouts = 0;
    for (const layer of network.layers) {
      if (layer.spec.type !== 'dropout') x = applyLayer(layer, x, weights, kinks);
      else if (dropoutMasks) {
        const mask = dropoutMasks[dropouts++].subarray(image * x.length, (image + 1) * x.length);
        x = x.map((value, i) => value * mask[i]);
      }
    }
    loss += crossEntropy(x, label) / batch.labels.length;
    logits.push(x);
  });
  return { loss, logits, distanceToKink: kinks.nearest };
}

/** What every layer puts out for one image [3, rows, columns], without dropout, in the order of `network.layers`. */
export function referenceValues(network: Network, weights: ReferenceWeights, image: ArrayLike<number>): Numbers[] {
  let x: Numbers = Float64Array.from(image);
  return network.layers.map((layer) => (x = applyLayer(layer, x, weights, new Kinks())));
}

function applyLayer(layer: Layer, x: Numbers, weights: ReferenceWeights, kinks: Kinks): Numbers {
  const { spec, input, output } = layer;
  const weight = () => weights.get(`${layer.name}.weight`)!;
  const bias = () => weights.get(`${layer.name}.bias`)!;
  switch (spec.type) {
    case 'conv': {
      const y = convolution(spec as Spec<'conv'>, input, output, x, weight(), bias());
      if (layer.adapterRank === undefined) return y;
      const [a, b] = ['a', 'b'].map((factor) => weights.get(`${layer.name}.adapter.${factor}`)!);
      const beside = adapter(spec as Spec<'conv'>, input, output, x, a, b);
      return y.map((value, i) => value + beside[i]);
    }
    case 'dense':
      return dense(x, weight(), bias());
    case 'relu':
      return x.map((value) => Math.max(0, kinks.pass(Math.abs(value), value)));
    case 'pool':
      return pool(spec as Spec<'pool'>, input, output, x, kinks);
    case 'lrn':
      return localResponseNormalisation(spec, input, x);
    case 'dropout':
      return x;
    default:
      throw new Error(`the reference has no layers of type ${spec.type}`);
  }
}

/** y[f, r, c] = b[f] + sum over the channels of f's group and the window of w[f, ch, dr, dc] * x[ch, r', c']. */
function convolution(spec: Spec<'conv'>, input: Shape, output: Shape, x: Numbers, w: Numbers, b: Numbers): Numbers {
  const [channels, rows, columns] = input;
  const channelsOfGroup = channels / spec.groups;
  const filtersOfGroup = spec.filters / spec.groups;
  return fill(output, (f, r, c) => {
    const firstChannel = Math.floor(f / filtersOfGroup) * channelsOfGroup;
    let sum = b[f];
    for (let channel = 0; channel < channelsOfGroup; channel++)
      for (const [row, column, place] of realPixels(spec, rows, columns, r, c)) {
        const pixel = x[((firstChannel + channel) * rows + row) * columns + column];
        sum += pixel * w[(f * channelsOfGroup + channel) * spec.kernel ** 2 + place];
      }
    return sum;
  });
}

/** B (A x) of the pixel x that the centre of the kernel sees: rank numbers, then one for each filter. */
function adapter(spec: Spec<'conv'>, input: Shape, output: Shape, x: Numbers, a: Numbers, b: Numbers): Numbers {
  const [channels, rows, columns] = input;
  const channelsOfGroup = channels / spec.groups;
  const filtersOfGroup = spec.filters / spec.groups;
  const rank = b.length / spec.filters;
  const middle = Math.floor((spec.kernel - 1) / 2) * (spec.kernel + 1);
  return fill(output, (f, r, c) => {
    const firstChannel = Math.floor(f / filtersOfGroup) * channelsOfGroup;
    const seen = realPixels(spec, rows, columns, r, c).find(([, , place]) => place === middle);
    if (!seen) return 0;
    let sum = 0;
    for (let k = 0; k < rank; k++) {
      let through = 0;
      for (let channel = 0; channel < channelsOfGroup; channel++)
        through +=
          a[k * channelsOfGroup + channel] * x[((firstChannel + channel) * rows + seen[0]) * columns + seen[1]];
      sum += b[f * rank + k] * through;
    }
    return sum;
  });
}

/** y[u] = b[u] + sum of w[u, i] * x[i]. */
function dense(x: Numbers, w: Numbers, b: Numbers): Numbers {
  return b.map((bias, unit) => x.reduce((sum, value, i) => sum + value * w[unit * x.length + i], bias));
}

/** The maximum or the mean of the window's real pixels: padding counts for nothing. */
function pool(spec: Spec<'pool'>, input: Shape, output: Shape, x: Numbers, kinks: Kinks): Numbers {
  const [, rows, columns] = input;
  return fill(output, (channel, r, c) => {
    const values = realPixels(spec, rows, columns, r, c).map(
      ([row, column]) => x[(channel * rows + row) * columns + column],
    );
    if (spec.mode === 'average') return values.reduce((sum, value) => sum + value, 0) / values.length;
    const [highest, second = -Infinity] = values.toSorted((a, b) => b - a);
    // Equal values are the zeros of ReLU or dropout, which stay equal when weights move a little.
    return kinks.pass(highest === second ? Infinity : highest - second, highest);
  });
}

/** y = x / (k + alpha / size * sum over the neighbouring channels of x^2)^beta: Krizhevsky et al. 2012, section 3.3. */
function localResponseNormalisation(spec: Spec<'lrn'>, shape: Shape, x: Numbers): Numbers {
  const [channels, rows, columns] = shape;
  const radius = (spec.size - 1) / 2;
  const at = (channel: number, r: number, c: number) => x[(channel * rows + r) * columns + c];
  return fill(shape, (channel, r, c) => {
    let squares = 0;
    for (let near = Math.max(0, channel - radius); near <= Math.min(channels - 1, channel + radius); near++)
      squares += at(near, r, c) ** 2;
    return at(channel, r, c) / (spec.k + (spec.alpha / spec.size) * squares) ** spec.beta;
  });
}

/** -log softmax(logits)[label] */
function crossEntropy(logits: Numbers, label: number): number {
  const highest = Math.max(...logits);
  return highest - logits[label] + Math.log(logits.reduce((sum, logit) => sum + Math.exp(logit - highest), 0));
}

/** The pixels inside the image of the window at output position (r, c): row, column, place in the window. */
function realPixels(
  { kernel, stride, pad }: { kernel: number; stride: number; pad: number },
  rows: number,
  columns: number,
  r: number,
  c: number,
): [row: number, column: number, place: number][] {
  const pixels: [number, number, number][] = [];
  for (let dr = 0; dr < kernel; dr++)
    for (let dc = 0; dc < kernel; dc++) {
      const row = r * stride - pad + dr;
      const column = c * stride - pad + dc;
      if (row >= 0 && row < rows && column >= 0 && column < columns) pixels.push([row, column, dr * kernel + dc]);
    }
  return pixels;
}

function fill(shape: Shape, value: (channel: number, row: number, column: number) => number): Numbers {
  const [channels, rows, columns] = shape;
  const filled = new Float64Array(volume(shape));
  let i = 0;
  for (let channel = 0; channel < channels; channel++)
    for (let row = 0; row < rows; row++)
      for (let column = 0; column < columns; column++) filled[i++] = value(channel, row, column);
  return filled;
}

const volume = ([channels, rows, columns]: Shape): number => channels * rows * columns;

class Kinks {
  nearest = Infinity;

  pass(distance: number, value: number): number {
    this.nearest = Math.min(this.nearest, distance);
    return value;
  }
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

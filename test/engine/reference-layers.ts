import { sliceOf } from '../../src-main/network/layers/shaping.ts';
import { tableShape } from '../../src-main/network/layers/table.ts';
import { normalisedAxis } from '../../src-main/network/layers/normalisation.ts';
import { sidesOf } from '../../src-main/network/layers/windows.ts';
import type { Layer, Shape } from '../../src-main/network/network.ts';
import type { LayerSpec } from '../../src-main/network/spec.ts';

/**
 * What each kind of layer computes, in plain float64 loops over one value at a time: slow, and meant to be read beside its
 * paper. Images are flat arrays in the order of their sides.
 */

type Spec<T extends LayerSpec['type']> = Extract<LayerSpec, { type: T }>;
export type Numbers = Float64Array;
/** A layer's output, image by image. */
export type Values = readonly Numbers[];

interface Given {
  /** Of a parameter by the ending of its name: `weight`, `running_mean`, `adapter.a`; '' is a table's own. */
  readonly parameter: (ending: string) => Numbers | undefined;
  /** [N, ...shape of the mask]; absent: no dropout. */
  readonly mask?: Float32Array;
  /** Whether batch norm takes the batch's statistics. */
  readonly ofBatch?: boolean;
  /** Called with a running statistic after the step. */
  readonly onStatistic?: (ending: string, value: Numbers) => void;
  readonly kinks?: Kinks;
}

/** The output of a layer for all images of a batch. @param inputs what it reads, each image by image */
export function referenceLayer(layer: Layer, inputs: readonly Values[], given: Given): Values {
  const { spec, input } = layer;
  const kinks = given.kinks ?? new Kinks();
  const [xs] = inputs;
  switch (spec.type) {
    case 'batch-norm':
      return batchNorm(spec, input, xs, given);
    case 'dropout':
    case 'stochastic-depth': {
      const { mask } = given;
      if (!mask) return xs;
      const size = mask.length / xs.length;
      return xs.map((x, image) => x.map((value, i) => value * mask[image * size + (size === 1 ? 0 : i)]));
    }
    default:
      return xs.map((_, image) =>
        ofImage(
          layer,
          inputs.map((values) => values[image]),
          given.parameter,
          kinks,
        ),
      );
  }
}

function ofImage(layer: Layer, inputs: readonly Numbers[], parameter: Given['parameter'], kinks: Kinks): Numbers {
  const { spec, input, output } = layer;
  const [x] = inputs;
  switch (spec.type) {
    case 'conv': {
      const y = convolution(spec, input, output, x, parameter('weight')!, parameter('bias'));
      if (layer.adapterRank === undefined) return y;
      const beside = adapter(spec, input, output, x, parameter('adapter.a')!, parameter('adapter.b')!);
      return y.map((value, i) => value + beside[i]);
    }
    case 'dense':
      return dense(spec.over === 'last' ? input.at(-1)! : x.length, x, parameter('weight')!, parameter('bias'));
    case 'pool':
      return pool(spec, input, output, x, kinks);
    case 'global-pool':
      return fill(output, ([channel]) => mean(x.subarray(channel * pixelsOf(input), (channel + 1) * pixelsOf(input))));
    case 'lrn':
      return localResponseNormalisation(spec, input, x);
    case 'layer-norm': {
      const axis = normalisedAxis(spec, input);
      const [weight, bias] = [parameter('weight')!, parameter('bias')!];
      return fill(output, (index) => {
        const line = Float64Array.from({ length: input[axis] }, (_, i) => x[offset(input, index.with(axis, i))]);
        return weight[index[axis]] * normalised(x[offset(input, index)], line, spec.epsilon) + bias[index[axis]];
      });
    }
    case 'group-norm': {
      const size = x.length / spec.groups;
      const [weight, bias] = [parameter('weight')!, parameter('bias')!];
      return x.map((value, i) => {
        const [group, channel] = [Math.floor(i / size), Math.floor(i / pixelsOf(input))];
        const values = x.subarray(group * size, (group + 1) * size);
        return weight[channel] * normalised(value, values, spec.epsilon) + bias[channel];
      });
    }
    case 'add':
      return fill(output, (index) => inputs.reduce((sum, one, k) => sum + one[offset(layer.inputs[k], index)], 0));
    case 'multiply':
      return fill(output, (index) =>
        inputs.reduce((product, one, k) => product * one[offset(layer.inputs[k], index)], 1),
      );
    case 'concat':
      return fill(output, (index) => {
        let [place, k] = [index[spec.axis], 0];
        while (place >= layer.inputs[k][spec.axis]) place -= layer.inputs[k++][spec.axis];
        return inputs[k][offset(layer.inputs[k], index.with(spec.axis, place))];
      });
    case 'matrix-product': {
      const [a, b] = layer.inputs;
      return fill(output, (index) => {
        const [row, column] = index.slice(-2);
        const stack = index.slice(0, -2);
        let sum = 0;
        for (let k = 0; k < a.at(-1)!; k++)
          sum +=
            x[offset(a, [...stack, row, k])] *
            inputs[1][offset(b, [...stack, ...(spec.transposed ? [column, k] : [k, column])])];
        return spec.scale * sum;
      });
    }
    case 'softmax': {
      const axis = spec.axis < 0 ? input.length + spec.axis : spec.axis;
      return fill(output, (index) => {
        let sum = 0;
        for (let i = 0; i < input[axis]; i++)
          sum += Math.exp(x[offset(input, index.with(axis, i))] - x[offset(input, index)]);
        return 1 / sum;
      });
    }
    case 'reshape':
      return x;
    case 'transpose':
      return fill(
        output,
        (index) =>
          x[
            offset(
              input,
              input.map((_, axis) => index[spec.order.indexOf(axis)]),
            )
          ],
      );
    case 'slice': {
      const { start } = sliceOf(spec, input);
      const { axis, step = 1 } = spec;
      return fill(output, (index) => x[offset(input, index.with(axis, start + step * index[axis]))]);
    }
    case 'zero-channels':
      return fill(output, (index) => {
        const channel = index[0] - spec.before;
        return channel >= 0 && channel < input[0] ? x[offset(input, index.with(0, channel))] : 0;
      });
    case 'table': {
      const own = parameter('')!;
      const shape = tableShape(spec, input);
      if (spec.mode === 'join')
        return fill(output, (index) =>
          index[0] < shape[0] ? own[offset(shape, index)] : x[offset(input, index.with(0, index[0] - shape[0]))],
        );
      const meet = spec.mode === 'add' ? (a: number, b: number) => a + b : (a: number, b: number) => a * b;
      return fill(output, (index) => meet(x[offset(input, index)], own[offset(shape, index)]));
    }
    default:
      return x.map((value) => activation(spec, value, kinks));
  }
}

/** Functions of one value. */
function activation(spec: LayerSpec, x: number, kinks: Kinks): number {
  const hard = (value: number) => Math.min(1, Math.max(0, value / 6 + 0.5));
  const kinkAt = (...places: number[]) => places.forEach((place) => kinks.pass(Math.abs(x - place), x));
  switch (spec.type) {
    case 'relu':
      kinkAt(0);
      return Math.max(0, x);
    case 'leaky-relu':
      kinkAt(0);
      return x < 0 ? spec.slope * x : x;
    case 'clip':
      kinkAt(spec.least, spec.most);
      return Math.max(spec.least, Math.min(spec.most, x));
    case 'sigmoid':
      return 1 / (1 + Math.exp(-x));
    case 'tanh':
      return Math.tanh(x);
    case 'silu':
      return x / (1 + Math.exp(-x));
    case 'hard-sigmoid':
      kinkAt(-3, 3);
      return hard(x);
    case 'hard-swish':
      kinkAt(-3, 3);
      return x * hard(x);
    case 'gelu':
      if (spec.form === 'erf') return (x * (1 + erf(x / Math.SQRT2))) / 2;
      return (x / 2) * (1 + Math.tanh(Math.sqrt(2 / Math.PI) * (x + 0.044715 * x ** 3)));
    default:
      throw new Error(`the reference has no layers of type ${spec.type}`);
  }
}

/** 2 / sqrt(pi) e^(-x^2) times the sum of 2^n x^(2n + 1) / (2n + 1)!!, of which no term is negative for x > 0. */
function erf(x: number): number {
  let [sum, term] = [0, x];
  for (let n = 1; Math.abs(term) > 1e-18 * Math.abs(sum) && n < 500; n++) {
    sum += term;
    term *= (2 * x * x) / (2 * n + 1);
  }
  return (2 / Math.sqrt(Math.PI)) * Math.exp(-x * x) * sum;
}

/** y[f, r, c] = b[f] + sum over the channels of f's group and the window of w[f, ch, dr, dc] * x[ch, r', c']. */
function convolution(spec: Spec<'conv'>, input: Shape, output: Shape, x: Numbers, w: Numbers, b?: Numbers): Numbers {
  const channelsOfGroup = input[0] / spec.groups;
  const filtersOfGroup = spec.filters / spec.groups;
  return fill(output, ([f, r, c]) => {
    const firstChannel = Math.floor(f / filtersOfGroup) * channelsOfGroup;
    let sum = b?.[f] ?? 0;
    for (let channel = 0; channel < channelsOfGroup; channel++)
      for (const [row, column, place] of realPixels(spec, input, r, c)) {
        const pixel = x[offset(input, [firstChannel + channel, row, column])];
        sum += pixel * w[(f * channelsOfGroup + channel) * spec.kernel ** 2 + place];
      }
    return sum;
  });
}

/** B (A x) of the pixel x that the centre of the kernel sees: rank numbers, then one for each filter. */
function adapter(spec: Spec<'conv'>, input: Shape, output: Shape, x: Numbers, a: Numbers, b: Numbers): Numbers {
  const channelsOfGroup = input[0] / spec.groups;
  const filtersOfGroup = spec.filters / spec.groups;
  const rank = b.length / spec.filters;
  const middle = Math.floor((spec.kernel - 1) / 2) * (spec.kernel + 1);
  return fill(output, ([f, r, c]) => {
    const firstChannel = Math.floor(f / filtersOfGroup) * channelsOfGroup;
    const seen = realPixels(spec, input, r, c).find(([, , place]) => place === middle);
    if (!seen) return 0;
    let sum = 0;
    for (let k = 0; k < rank; k++) {
      let through = 0;
      for (let channel = 0; channel < channelsOfGroup; channel++)
        through += a[k * channelsOfGroup + channel] * x[offset(input, [firstChannel + channel, seen[0], seen[1]])];
      sum += b[f * rank + k] * through;
    }
    return sum;
  });
}

/** y[t, u] = b[u] + sum of w[u, i] * x[t, i], for each token t of `inputs` values. */
function dense(inputs: number, x: Numbers, w: Numbers, b?: Numbers): Numbers {
  const units = w.length / inputs;
  return Float64Array.from({ length: (x.length / inputs) * units }, (_, place) => {
    const [token, unit] = [Math.floor(place / units), place % units];
    let sum = b?.[unit] ?? 0;
    for (let i = 0; i < inputs; i++) sum += x[token * inputs + i] * w[unit * inputs + i];
    return sum;
  });
}

/** The maximum or the mean of the window's real pixels; where padding counts, of those inside the padded image. */
function pool(spec: Spec<'pool'>, input: Shape, output: Shape, x: Numbers, kinks: Kinks): Numbers {
  const { top, left, bottom, right } = sidesOf(spec.pad);
  return fill(output, ([channel, r, c]) => {
    const values = realPixels(spec, input, r, c).map(([row, column]) => x[offset(input, [channel, row, column])]);
    if (spec.mode === 'average') {
      const counted = (at: number, size: number, before: number, after: number) =>
        Math.min(at * spec.stride + spec.kernel, before + size + after) - at * spec.stride;
      const padded = counted(r, input[1], top, bottom) * counted(c, input[2], left, right);
      return values.reduce((sum, value) => sum + value, 0) / (spec.countPadding ? padded : values.length);
    }
    const [highest, second = -Infinity] = values.toSorted((a, b) => b - a);
    // Equal values are the zeros of ReLU or dropout, which stay equal when weights move a little.
    return kinks.pass(highest === second ? Infinity : highest - second, highest);
  });
}

/** y = x / (k + alpha / size * sum over the neighbouring channels of x^2)^beta: Krizhevsky et al. 2012, section 3.3. */
function localResponseNormalisation(spec: Spec<'lrn'>, shape: Shape, x: Numbers): Numbers {
  const radius = (spec.size - 1) / 2;
  return fill(shape, ([channel, r, c]) => {
    let squares = 0;
    for (let near = Math.max(0, channel - radius); near <= Math.min(shape[0] - 1, channel + radius); near++)
      squares += x[offset(shape, [near, r, c])] ** 2;
    return x[offset(shape, [channel, r, c])] / (spec.k + (spec.alpha / spec.size) * squares) ** spec.beta;
  });
}

/** Ioffe and Szegedy 2015, algorithm 1; running statistics as in PyTorch, with the unbiased variance. */
function batchNorm(spec: Spec<'batch-norm'>, input: Shape, xs: Values, given: Given): Values {
  const pixels = pixelsOf(input);
  const of = (ending: string) => given.parameter(ending)!;
  const statistics = Array.from({ length: input[0] }, (_, channel) => {
    if (!given.ofBatch) return { mean: of('running_mean')[channel], variance: of('running_var')[channel] };
    const values = xs.flatMap((x) => [...x.subarray(channel * pixels, (channel + 1) * pixels)]);
    return { mean: mean(values), variance: varianceOf(values) };
  });
  const count = xs.length * pixels;
  const follow = (running: Numbers, now: (channel: number) => number) =>
    running.map((value, channel) => (1 - spec.momentum) * value + spec.momentum * now(channel));
  if (given.ofBatch) {
    given.onStatistic?.(
      'running_mean',
      follow(of('running_mean'), (channel) => statistics[channel].mean),
    );
    const unbiased = (channel: number) => (statistics[channel].variance * count) / (count - 1);
    given.onStatistic?.('running_var', follow(of('running_var'), unbiased));
  }
  return xs.map((x) =>
    x.map((value, i) => {
      const channel = Math.floor(i / pixels);
      const { mean, variance } = statistics[channel];
      return (of('weight')[channel] * (value - mean)) / Math.sqrt(variance + spec.epsilon) + of('bias')[channel];
    }),
  );
}

const mean = (values: ArrayLike<number>): number => Array.from(values).reduce((sum, x) => sum + x, 0) / values.length;
const varianceOf = (values: ArrayLike<number>): number => {
  const centre = mean(values);
  return mean(Array.from(values, (value) => (value - centre) ** 2));
};
const normalised = (x: number, among: ArrayLike<number>, epsilon: number): number =>
  (x - mean(among)) / Math.sqrt(varianceOf(among) + epsilon);

interface Window {
  readonly kernel: number;
  readonly stride: number;
  readonly pad: Parameters<typeof sidesOf>[0];
  readonly dilation?: number;
}

/** The pixels inside the image of the window at output position (r, c): row, column, place in the window. */
function realPixels(
  { kernel, stride, pad, dilation = 1 }: Window,
  [, rows, columns]: Shape,
  r: number,
  c: number,
): [row: number, column: number, place: number][] {
  const { top, left } = sidesOf(pad);
  const pixels: [number, number, number][] = [];
  for (let dr = 0; dr < kernel; dr++)
    for (let dc = 0; dc < kernel; dc++) {
      const row = r * stride - top + dr * dilation;
      const column = c * stride - left + dc * dilation;
      if (row >= 0 && row < rows && column >= 0 && column < columns) pixels.push([row, column, dr * kernel + dc]);
    }
  return pixels;
}

/** A value of each index of a shape. */
function fill(shape: Shape, value: (index: number[]) => number): Numbers {
  const filled = new Float64Array(volume(shape));
  const index = shape.map(() => 0);
  for (let place = 0; place < filled.length; place++) {
    filled[place] = value(index);
    for (let side = shape.length - 1; side >= 0 && ++index[side] === shape[side]; side--) index[side] = 0;
  }
  return filled;
}

/** The place of an index; along sides of 1 every index is the first. */
const offset = (shape: Shape, index: readonly number[]): number =>
  shape.reduce((place, size, side) => place * size + (size === 1 ? 0 : index[side]), 0);

export const volume = (shape: Shape): number => shape.reduce((product, size) => product * size, 1);
const pixelsOf = ([, ...others]: Shape): number => volume(others);

/** How near values came to a place where a layer's derivative jumps. */
export class Kinks {
  nearest = Infinity;

  pass(distance: number, value: number): number {
    this.nearest = Math.min(this.nearest, distance);
    return value;
  }
}

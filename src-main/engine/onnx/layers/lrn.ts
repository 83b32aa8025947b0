import type { Shape } from '../../../network/network.ts';
import type { Graph, Value } from '../graph.ts';
import { batchFirst, batchLast, type LayerForm, type LayerKind } from './layer.ts';
import { asImages } from '../standard/graph.ts';

type ImageShape = readonly [channels: number, rows: number, columns: number];

/** The settings of the layer's spec. */
interface Lrn {
  readonly size: number;
  readonly alpha: number;
  readonly beta: number;
  readonly k: number;
}

interface Normalised {
  readonly y: Value;
  /** s, the base of the power. */
  readonly scale: Value;
  /** s^-beta */
  readonly factor: Value;
}

/**
 * Local response normalisation across channels (Krizhevsky et al. 2012, 3.3, in Caffe's form): with W(i) the `size`
 * channels centred on i, cut at the first and last,
 *
 *     s_i = k + alpha / size * sum over j in W(i) of x_j^2
 *     y_i = x_i * s_i^-beta
 *
 * The sum is a product with the band matrix B[i, j] = [j in W(i)]. x is [channels, rows, columns, N].
 */
export function forward(graph: Graph, lrn: Lrn, shape: ImageShape, x: Value, product = bandProduct): Normalised {
  const scale = product(graph, lrn, shape, graph.node('Mul', [x, x]), lrn.alpha / lrn.size, lrn.k);
  const factor = negativePower(graph, scale, lrn.beta);
  return { y: graph.node('Mul', [x, factor]), scale, factor };
}

/**
 * x_j stands in y_j and in every s_i with j in W(i), that is i in W(j):
 *
 *     dx_j = dy_j s_j^-beta - 2 alpha beta / size * x_j * sum over i in W(j) of dy_i x_i s_i^(-beta - 1)
 *
 * and x_i s_i^(-beta - 1) = y_i / s_i. B is symmetric, so the sum is again the product with B.
 */
export function backward(
  graph: Graph,
  lrn: Lrn,
  shape: ImageShape,
  x: Value,
  { y, scale, factor }: Normalised,
  dy: Value,
  product = bandProduct,
): Value {
  const inner = graph.node('Mul', [dy, graph.node('Div', [y, scale])]);
  const sum = product(graph, lrn, shape, inner, (2 * lrn.alpha * lrn.beta) / lrn.size);
  return graph.node('Sub', [graph.node('Mul', [dy, factor]), graph.node('Mul', [x, sum])]);
}

type BandProduct = typeof bandProduct;

/** weight * B x + added, with x read as [channels, rows * columns * N]. */
function bandProduct(
  graph: Graph,
  lrn: Lrn,
  [channels, rows, columns]: ImageShape,
  x: Value,
  weight: number,
  added = 0,
): Value {
  const band = graph.constant(bandMatrix(lrn, channels, weight), [channels, channels]);
  const product = graph.node('MatMul', [band, graph.reshape(x, channels, -1)]);
  const sum = added === 0 ? product : graph.node('Add', [product, graph.constant(added)]);
  return graph.reshape(sum, channels, rows, columns, -1);
}

/** weight * B x + added on blocked images: a convolution with a kernel of one pixel and a bias. */
export const blockedBandProduct =
  (block: number): BandProduct =>
  (graph, lrn, [channels], x, weight, added = 0) => {
    const band = bandMatrix(lrn, channels, weight);
    const bank = new Float64Array(band.length);
    for (let o = 0; o < channels; o++)
      for (let i = 0; i < channels; i++) {
        const ofBlocks = Math.floor(o / block) * (channels / block) + Math.floor(i / block);
        bank[(ofBlocks * block + (i % block)) * block + (o % block)] = band[o * channels + i];
      }
    const inputs = [x, graph.constant(bank, [channels, channels, 1, 1])];
    if (added !== 0) inputs.push(graph.constant(new Float64Array(channels).fill(added), [channels]));
    return graph.blocked('Conv', inputs, {
      kernel_shape: [1, 1],
      strides: [1, 1],
      pads: [0, 0, 0, 0],
      dilations: [1, 1],
      group: 1,
    });
  };

/** weight * B, [channels, channels]. */
function bandMatrix({ size }: Lrn, channels: number, weight: number): Float64Array {
  const band = new Float64Array(channels * channels);
  const reach = (size - 1) / 2;
  for (let i = 0; i < channels; i++)
    for (let j = Math.max(0, i - reach); j <= Math.min(channels - 1, i + reach); j++) band[i * channels + j] = weight;
  return band;
}

/** s^-beta, for beta = 0.75 by square roots: onnxruntime's Pow takes twenty times as long. */
function negativePower(graph: Graph, scale: Value, beta: number): Value {
  if (beta !== 0.75) return graph.node('Pow', [scale, graph.constant(-beta)]);
  const root = graph.node('Sqrt', [scale]);
  return graph.node('Reciprocal', [graph.node('Mul', [root, graph.node('Sqrt', [root])])]);
}

const formWith =
  (product: BandProduct): LayerForm<'lrn'> =>
  (graph, { spec, input }, { inputs: [x] }) => {
    const normalised = forward(graph, spec, asShape(input), x, product);
    return {
      y: normalised.y,
      backward: (dy) => ({ inputs: [backward(graph, spec, asShape(input), x, normalised, dy, product)] }),
    };
  };

/** An LRN layer's input is an image. */
const asShape = (shape: Shape): ImageShape => shape as ImageShape;

/** Images [N, channels, ...] turned to batch last and back. */
const batchFirstForm: LayerForm<'lrn'> = (graph, layer, { inputs: [x], ...inputs }) => {
  const value = formWith(bandProduct)(graph, layer, { ...inputs, inputs: [batchLast(graph, x, layer.input)] });
  return {
    y: batchFirst(graph, value.y, layer.input),
    backward: (dy, needs) => {
      const [dx] = value.backward(batchLast(graph, dy, layer.input), needs).inputs;
      return { inputs: [dx && batchFirst(graph, dx, layer.input)] };
    },
  };
};

export const lrn: LayerKind<'lrn'> = {
  batchFirst: batchFirstForm,
  batchLast: formWith(bandProduct),
  blocked: (block) => formWith(blockedBandProduct(block)),
  // As here, the standard divides the sum by the window's size.
  standard: (graph, { spec }, name, [x], output) => {
    const { size, alpha, beta, k } = spec;
    const attributes = { size, alpha: { float: alpha }, beta: { float: beta }, bias: { float: k } };
    return { value: graph.node(name, 'LRN', [asImages(graph, name, x)], attributes, output), flat: false };
  },
};

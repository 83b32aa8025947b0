import type { Shape } from '../../../network/network.ts';
import type { Graph, Value } from '../graph.ts';

/** alpha and size as in the spec of the layer. */
export interface Lrn {
  readonly size: number;
  readonly alpha: number;
  readonly beta: number;
  readonly k: number;
}

export interface Normalised {
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
export function forward(graph: Graph, lrn: Lrn, shape: Shape, x: Value, product = bandProduct): Normalised {
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
  shape: Shape,
  x: Value,
  { y, scale, factor }: Normalised,
  dy: Value,
  product = bandProduct,
): Value {
  const inner = graph.node('Mul', [dy, graph.node('Div', [y, scale])]);
  const sum = product(graph, lrn, shape, inner, (2 * lrn.alpha * lrn.beta) / lrn.size);
  return graph.node('Sub', [graph.node('Mul', [dy, factor]), graph.node('Mul', [x, sum])]);
}

export type BandProduct = typeof bandProduct;

/** weight * B x + added, x read as [channels, rows * columns * N]. */
function bandProduct(
  graph: Graph,
  lrn: Lrn,
  [channels, rows, columns]: Shape,
  x: Value,
  weight: number,
  added = 0,
): Value {
  const band = graph.constant(bandMatrix(lrn, channels, weight), [channels, channels]);
  const product = graph.node('MatMul', [band, graph.reshape(x, channels, -1)]);
  const sum = added === 0 ? product : graph.node('Add', [product, graph.constant(added)]);
  return graph.reshape(sum, channels, rows, columns, -1);
}

/** weight * B, [channels, channels]. */
export function bandMatrix({ size }: Lrn, channels: number, weight: number): Float64Array {
  const band = new Float64Array(channels * channels);
  const reach = (size - 1) / 2;
  for (let i = 0; i < channels; i++)
    for (let j = Math.max(0, i - reach); j <= Math.min(channels - 1, i + reach); j++) band[i * channels + j] = weight;
  return band;
}

/** s^-beta. Square roots where they do: onnxruntime's Pow takes twenty times as long. */
function negativePower(graph: Graph, scale: Value, beta: number): Value {
  if (beta !== 0.75) return graph.node('Pow', [scale, graph.constant(-beta)]);
  const root = graph.node('Sqrt', [scale]);
  return graph.node('Reciprocal', [graph.node('Mul', [root, graph.node('Sqrt', [root])])]);
}

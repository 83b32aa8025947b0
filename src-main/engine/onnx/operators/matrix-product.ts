import type { Graph, Value } from '../graph.ts';

/** A matrix, or the transpose of one. */
export interface Matrix {
  readonly value: Value;
  readonly transposed?: boolean;
}

/** Terms of a sum that are added in one portion, however few columns a thread has. */
const ONE_PORTION = 128;

/** Columns of which 16 threads have 64 each. */
export const NARROW = 16 * 64;

/**
 * a b, of `rows` x `columns`; each number is a sum of `terms`.
 *
 * onnxruntime's threads share the rows of a product that has no more columns than rows, else the columns; and with few
 * columns left to a thread, it adds the terms of a long sum in other portions. So that any number of threads gives the same
 * bytes, products with few columns are made with the longer side as the rows, and turned back: 1 % of a step for the weights
 * of a dense layer, whose sums over a batch need none of that. Wide ones are left alone: what is cut between 16 threads
 * there is still more than the 64 columns from which on the portions are the same.
 */
export function matrixProduct(
  graph: Graph,
  a: Matrix,
  b: Matrix,
  [rows, columns, terms = Infinity]: readonly [rows: number, columns: number, terms?: number],
): Value {
  const turned = columns > rows && columns <= NARROW && terms > ONE_PORTION;
  const [left, right] = turned ? [flip(b), flip(a)] : [a, b];
  const product = graph.node('Gemm', [left.value, right.value], {
    transA: left.transposed ? 1 : 0,
    transB: right.transposed ? 1 : 0,
  });
  if (!turned) return product;
  // A plain transpose would be fused into the product, which would turn it back.
  return unfusedTranspose(graph, product);
}

/** The transpose of a matrix, which onnxruntime leaves as it stands: with a third side it fits none of its fusions. */
export function unfusedTranspose(graph: Graph, matrix: Value): Value {
  return graph.reshape(graph.transpose(graph.reshape(matrix, 0, 0, 1), 1, 0, 2), 0, -1);
}

const flip = ({ value, transposed = false }: Matrix): Matrix => ({ value, transposed: !transposed });

import type { Graph, Value } from '../graph.ts';

/** A matrix, or the transpose of one. */
export interface Matrix {
  readonly value: Value;
  readonly transposed?: boolean;
}

/** A sum of at most so many terms is added in one portion, however few columns a thread has. */
const ONE_PORTION = 128;

/** So many columns leave 64 to each of 16 threads. */
export const NARROW = 16 * 64;

/**
 * a b, and a bias [columns] added to each row, of `rows` x `columns`; each number is a sum of `terms`.
 *
 * onnxruntime's threads share the rows of a product that has no more columns than rows, otherwise its columns; a thread with
 * few columns adds the terms of a long sum in other portions. So that any number of threads gives the same bytes, products
 * with few columns are made with the longer side as the rows, and turned back (1% of a step for the weights of a dense
 * layer). Sums of few terms and products with many columns don't need that: each of 16 threads still has the 64 columns from
 * which on the portions are the same.
 */
export function matrixProduct(
  graph: Graph,
  a: Matrix,
  b: Matrix,
  [rows, columns, terms = Infinity]: readonly [rows: number, columns: number, terms?: number],
  bias?: Value,
): Value {
  const turned = columns > rows && columns <= NARROW && terms > ONE_PORTION;
  const [left, right] = turned ? [flip(b), flip(a)] : [a, b];
  const added = bias === undefined || turned ? [] : [bias];
  const product = graph.node('Gemm', [left.value, right.value, ...added], {
    transA: left.transposed ? 1 : 0,
    transB: right.transposed ? 1 : 0,
  });
  if (!turned) return product;
  // A plain transpose would be fused into the product, which would turn it back.
  const back = unfusedTranspose(graph, product);
  return bias === undefined ? back : graph.node('Add', [back, bias]);
}

/** The transpose of a matrix, with a third side, so that it fits none of onnxruntime's fusions. */
export function unfusedTranspose(graph: Graph, matrix: Value): Value {
  return graph.reshape(graph.transpose(graph.reshape(matrix, 0, 0, 1), 1, 0, 2), 0, -1);
}

const flip = ({ value, transposed = false }: Matrix): Matrix => ({ value, transposed: !transposed });

/** A matrix of numbers, row by row. */
export type Rows = readonly (readonly number[])[];

export const constantMatrix = (graph: Graph, rows: Rows): Value =>
  graph.constant(Float64Array.from(rows.flat()), [rows.length, rows[0].length]);

export const turned = (rows: Rows): number[][] => rows[0].map((_, index) => rows.map((row) => row[index]));

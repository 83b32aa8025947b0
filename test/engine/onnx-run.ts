import { createHash } from 'node:crypto';
import { Tensor } from 'onnxruntime-node';
import { Graph, type Value } from '../../src-main/engine/onnx/graph.ts';
import { createSession } from '../../src-main/engine/onnx/session.ts';
import { RandomStream } from '../../src-main/random.ts';

export interface Numbers {
  readonly shape: readonly number[];
  readonly data: Float64Array;
}

export const numbers = (shape: readonly number[], value: (index: number) => number): Numbers => ({
  shape,
  data: Float64Array.from({ length: shape.reduce((product, size) => product * size, 1) }, (_, index) => value(index)),
});

/** Small whole numbers: sums of their products are exact in float32, so that gradients can be compared exactly. */
export function wholeNumbers(shape: readonly number[], stream: RandomStream): Numbers {
  return numbers(shape, () => stream.integer(7) - 3);
}

export const gaussians = (shape: readonly number[], stream: RandomStream): Numbers =>
  numbers(shape, () => stream.gaussian());

/** 0, 1, 2 ... in random order: no two are equal. */
export function distinctNumbers(shape: readonly number[], stream: RandomStream): Numbers {
  const ascending = numbers(shape, (index) => index);
  return { shape, data: stream.shuffle(ascending.data) };
}

/** Builds a graph over the inputs, runs it and returns its values in float64. */
export async function run<Name extends string>(
  type: 'float32' | 'float64',
  inputs: Readonly<Record<string, Numbers>>,
  build: (graph: Graph, inputs: Record<string, Value>) => Record<Name, Value>,
  threads = 1,
): Promise<Record<Name, Float64Array>> {
  const evaluate = await compile(type, inputs, build, threads);
  return evaluate(inputs);
}

/** The same, to be run many times with other numbers of the same shapes. */
export async function compile<Name extends string>(
  type: 'float32' | 'float64',
  inputs: Readonly<Record<string, Numbers>>,
  build: (graph: Graph, inputs: Record<string, Value>) => Record<Name, Value>,
  threads = 1,
): Promise<(inputs: Readonly<Record<string, Numbers>>) => Promise<Record<Name, Float64Array>>> {
  const graph = new Graph(type);
  const values = Object.fromEntries(
    Object.entries(inputs).map(([name, { shape }]) => [name, graph.input(name, shape)]),
  );
  const outputs = Object.entries<Value>(build(graph, values));
  for (const [name, value] of outputs) graph.output(name, value);
  const session = await createSession(graph, threads);
  return async (feeds) => {
    const tensors = Object.entries(feeds).map(([name, { shape, data }]) => {
      const array = type === 'float32' ? Float32Array.from(data) : data;
      return [name, new Tensor(array, shape)];
    });
    const result = await session.run(Object.fromEntries(tensors));
    const read = outputs.map(([name]) => [name, Float64Array.from(result[name].data as Float32Array)]);
    return Object.fromEntries(read) as Record<Name, Float64Array>;
  };
}

/** Gradient of a scalar function by central differences, element by element; exact where it is linear within `h`. */
export async function centralDifferences(
  x: Float64Array,
  h: number,
  f: () => number | Promise<number>,
): Promise<Float64Array> {
  const gradient = new Float64Array(x.length);
  for (let i = 0; i < x.length; i++) {
    const original = x[i];
    x[i] = original + h;
    const above = await f();
    x[i] = original - h;
    const below = await f();
    x[i] = original;
    gradient[i] = (above - below) / (2 * h);
  }
  return gradient;
}

export const dot = (a: Float64Array, b: Float64Array): number => a.reduce((sum, value, i) => sum + value * b[i], 0);

export const largestDifference = (actual: Float64Array, expected: Float64Array): number =>
  expected.reduce((most, value, i) => Math.max(most, Math.abs(value - actual[i])), 0);

/** Largest difference, relative to the largest element. */
export function relativeError(actual: Float64Array, expected: Float64Array): number {
  const largest = expected.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
  return largestDifference(actual, expected) / (largest || 1);
}

/** SHA-256 of the bytes: to compare large arrays, whose differences nobody wants to read. */
export function digest(...arrays: readonly (Float32Array | Float64Array)[]): string {
  const hash = createHash('sha256');
  for (const array of arrays) hash.update(array);
  return hash.digest('hex');
}

import { Tensor } from 'onnxruntime-node';
import { Graph } from '../../src-main/engine/onnx/graph.ts';
import type { Attribute } from '../../src-main/engine/onnx/protobuf.ts';
import { createSession } from '../../src-main/engine/onnx/session.ts';

/** Does something once; resolves to the floating point operations that it took. */
export type Kernel = () => Promise<number>;

/**
 * What comes nearest to the machine's peak of multiply-adds, in onnxruntime; torch_step.py has the same. A library may
 * be better at the one or the other, so that a peak is the better of both.
 */
export const matrixProduct = (threads: number): Promise<Kernel> =>
  kernel(threads, 'MatMul', [1024, 1024], [1024, 1024], [1024, 1024], 2 * 1024 ** 3);

/** As in the middle of alexnet-32: 32 images of 192 channels, 16 x 16, under 192 kernels of 3 x 3. */
export const convolution = (threads: number): Promise<Kernel> =>
  kernel(threads, 'Conv', [32, 192, 16, 16], [192, 192, 3, 3], [32, 192, 16, 16], 2 * 32 * 192 * 192 * 9 * 256, {
    pads: [1, 1, 1, 1],
  });

async function kernel(
  threads: number,
  operator: string,
  a: readonly number[],
  b: readonly number[],
  c: readonly number[],
  flops: number,
  attributes: Readonly<Record<string, Attribute>> = {},
): Promise<Kernel> {
  const graph = new Graph();
  graph.output('c', graph.node(operator, [graph.input('a', a), graph.input('b', b)], attributes), c);
  const session = await createSession(graph, threads);
  const random = (shape: readonly number[]) => {
    const size = shape.reduce((product, extent) => product * extent, 1);
    return new Tensor('float32', Float32Array.from({ length: size }, Math.random), shape);
  };
  const feeds = { a: random(a), b: random(b) };
  const fetches = { c: random(c) };
  return async () => {
    await session.run(feeds, fetches);
    return flops;
  };
}

import { InferenceSession, Tensor } from 'onnxruntime-node';
import type { Network } from '../../../network/network.ts';
import { CHANNELS } from '../../../network/network.ts';
import { Graph, type Value } from '../graph.ts';
import { createSession } from '../session.ts';

/**
 * The blocked layout of onnxruntime's fastest convolutions (domain com.microsoft.nchwc, kernels in MLAS): images are
 * [N, channels / block, rows, columns, block], so that one vector register holds the same pixel of `block` channels. Their
 * shape is still said to be [N, channels, rows, columns]. onnxruntime itself uses it for networks with constant weights
 * only; here weights change with every step, so the graph says it in so many words.
 *
 * Measured (2 cores with AVX-512, one process on each): 100 to 110 GFLOP/s a core, of 117 that the core has; the same
 * convolutions in the batch-last layout: 76 to 95.
 */
export interface Blocked {
  /** Channels that stand together: 16 with AVX-512, 8 with AVX. */
  readonly block: number;
}

let found: Promise<number | undefined> | undefined;

/** Channels in a block on this processor; undefined where onnxruntime has no such kernels for it. */
export function blockOfProcessor(): Promise<number | undefined> {
  found ??= probe();
  return found;
}

/** A few channels are filled up to a whole block. */
async function probe(): Promise<number | undefined> {
  let session: InferenceSession | undefined;
  try {
    const graph = new Graph();
    graph.output('y', graph.blocked('ReorderInput', [graph.input('x', [1, 4, 1, 1])]));
    session = await createSession(graph, 1);
    const { y } = await session.run({ x: new Tensor('float32', new Float32Array(4), [1, 4, 1, 1]) });
    return y.dims[1] > 4 ? y.dims[1] : undefined;
  } catch {
    return undefined;
  } finally {
    await session?.release();
  }
}

/**
 * Whether all of a network's convolutions can be laid out so: whole blocks of images, filters and channels (of the first
 * layer, which reads plain images, of filters only), and a stride only where no gradient goes further down.
 */
export function canBeBlocked({ layers }: Network, batch: number, block: number): boolean {
  const convolutions = layers.filter(({ spec }) => spec.type === 'conv');
  if (convolutions.length === 0 || layers[0].spec.type !== 'conv' || batch % block !== 0) return false;
  return convolutions.every(({ spec, input }, index) => {
    if (spec.type !== 'conv' || spec.pad >= spec.kernel) return false;
    const wholeFilters = spec.filters % (block * spec.groups) === 0;
    if (index === 0) return input[0] === CHANNELS && spec.groups === 1 && wholeFilters;
    return wholeFilters && input[0] % (block * spec.groups) === 0 && spec.stride === 1;
  });
}

/** [N, channels, rows, columns], blocked. */
export const toBlocked = (graph: Graph, x: Value): Value => graph.blocked('ReorderInput', [x]);

/** The way back. */
export const fromBlocked = (graph: Graph, x: Value, channels: number): Value =>
  graph.blocked('ReorderOutput', [x], { channels });

import { Tensor } from 'onnxruntime-node';
import { maskShape } from '../../network/layers/dropout.ts';
import { CHANNELS, type Network } from '../../network/network.ts';

// Names of the graphs' inputs and outputs. A parameter's input is its own name (`conv1.weight`), which has no slash: no layer
// can have the name of anything else.

export const IMAGES = '/images';
/** The input in place of images, where a graph begins above a prefix. */
export const BOUNDARY = '/boundary';
/** A prefix's output: the activations after layer n. */
export const boundaryOf = (n: number): string => `/boundary${n}`;
export const LABELS = '/labels';
export const LEARNING_RATE = '/learningRate';
export const LOSS = '/loss';
export const CORRECT = '/correct';
export const ANSWERS = '/answers';
export const dropoutInput = (index: number): string => `/dropout${index}`;
export const momentumOf = (parameter: string): string => `${parameter}/momentum`;
/** A step's output: the weight or momentum after it. */
export const next = (name: string): string => `${name}/next`;

type Feeds = Record<string, Tensor>;

/** The tensor of N images [N, 3, inputSize, inputSize]. */
export function imageFeeds({ spec }: Network, images: Float32Array, count: number): Feeds {
  return { [IMAGES]: new Tensor('float32', images, [count, CHANNELS, spec.inputSize, spec.inputSize]) };
}

/** Masks of the dropout layers among layers from + 1 .. to; `masks` has one for each dropout layer of the network, in order. */
export function dropoutFeeds(
  { layers, depth }: Network,
  masks: readonly Float32Array[],
  count: number,
  { from = 0, to = depth }: { readonly from?: number; readonly to?: number },
): Feeds {
  const dropouts = layers.flatMap((layer) => {
    const shape = maskShape(layer);
    return shape === undefined ? [] : [{ n: layer.n, shape }];
  });
  if (masks.length !== dropouts.length)
    throw new RangeError(`the network has ${dropouts.length} dropout layers, the batch ${masks.length} masks`);
  return Object.fromEntries(
    dropouts.flatMap(({ n, shape }, index) => {
      if (n <= from || n > to) return [];
      return [[dropoutInput(index), new Tensor('float32', masks[index], [count, ...shape])]];
    }),
  );
}

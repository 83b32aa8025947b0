import { Tensor } from 'onnxruntime-node';
import { CHANNELS, type Network } from '../../network/network.ts';
import { IMAGES, dropoutInput } from './names.ts';

type Feeds = Record<string, Tensor>;

/** Of N images [N, 3, inputSize, inputSize]. */
export function imageFeeds({ spec }: Network, images: Float32Array, count: number): Feeds {
  return { [IMAGES]: new Tensor('float32', images, [count, CHANNELS, spec.inputSize, spec.inputSize]) };
}

/** Of the dropout layers among layers from + 1 .. to; `masks` has one for each of the whole network, in order. */
export function dropoutFeeds(
  { layers, depth }: Network,
  masks: readonly Float32Array[],
  count: number,
  { from = 0, to = depth }: { readonly from?: number; readonly to?: number },
): Feeds {
  const dropouts = layers.filter(({ spec }) => spec.type === 'dropout');
  if (masks.length !== dropouts.length)
    throw new RangeError(`the network has ${dropouts.length} dropout layers, the batch ${masks.length} masks`);
  return Object.fromEntries(
    dropouts.flatMap(({ n, output }, index) => {
      if (n <= from || n > to) return [];
      return [[dropoutInput(index), new Tensor('float32', masks[index], [count, ...output])]];
    }),
  );
}

import type { Shape } from '../../../network/network.ts';
import type { Graph, Value } from '../graph.ts';
import { bandMatrix, type Lrn } from '../operators/lrn.ts';

/** weight * B x + added (operators/lrn.ts) on blocked images: a convolution with a kernel of one pixel and a bias. */
export const blockedBandProduct =
  (block: number) =>
  (graph: Graph, lrn: Lrn, [channels]: Shape, x: Value, weight: number, added = 0): Value => {
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

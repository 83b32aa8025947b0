import type { Layer, Network } from '../../src-main/network/network.ts';

/** Only layers with weights: what the rest computes are not the multiply-adds that a peak is measured in. */
const weightLayers = ({ layers }: Network): readonly Layer[] => layers.filter(({ parameters }) => parameters > 0);

/** Floating point operations of one image's forward pass, by the definition: by spectra there are fewer. */
export const evaluationFlops = (network: Network): number =>
  weightLayers(network).reduce((sum, { flops }) => sum + flops, 0);

/**
 * Floating point operations of one image in a training step with layers 1..frozen frozen. The gradient of a layer's
 * weights and that of its input cost as much as its forward pass each; the lowest layer that learns needs no gradient of
 * its input, and what is frozen needs none at all.
 */
export function stepFlops(network: Network, frozen = 0): number {
  const backward = ({ n, flops }: Layer) => (n <= frozen ? 0 : n === frozen + 1 ? flops : 2 * flops);
  return weightLayers(network).reduce((sum, layer) => sum + layer.flops + backward(layer), 0);
}

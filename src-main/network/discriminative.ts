import type { NetworkSpec } from './spec.ts';

/**
 * Discriminative fine-tuning (Howard & Ruder 2018, section 3.2): the network whose layers 1..n learn at so many times their
 * rate. Weight decay goes with it, as an update is the rate times the gradient with the decay in it (Caffe).
 */
export function withRates(network: NetworkSpec, n: number, rateOf: (layer: number, n: number) => number): NetworkSpec {
  let layer = 0;
  return {
    ...network,
    layers: network.layers.map((spec) => {
      if (spec.type !== 'conv' && spec.type !== 'dense') return spec;
      layer += 1;
      if (layer > n) return spec;
      const factor = rateOf(layer, n);
      const { weight, bias } = spec.multipliers;
      return {
        ...spec,
        multipliers: {
          weight: { ...weight, learningRate: factor * weight.learningRate },
          bias: { ...bias, learningRate: factor * bias.learningRate },
        },
      };
    }),
  };
}

import type { Layer, Network, Parameter } from './network.ts';
import type { Tensor, Weights } from './weights.ts';

/**
 * Adapters of rank R: beside each convolution W among the layers 1..n stands a convolution of 1x1 through R channels,
 *
 *     y = W * x + b + B (A x)    A [R, channels in / groups], B [filters, R],
 *
 * of the same stride, on the pixel that the centre of W's kernel sees; for groups, each filter's row of B A meets the
 * channels of its group. A and B learn, W and b don't, nor do dense layers among 1..n. B starts at zero, so that the
 * network starts as the one without adapters. As B A is a kernel whose only tap is the centre, it can be added to W: a
 * trained network needs no adapters.
 *
 * Rebuffi et al. 2018 (parallel residual adapters) in the low-rank form of Hu et al. 2022 (LoRA) without its scale
 * alpha / R. Dante (arXiv 2605.03602, medical segmentation) also factorises channels, but at every tap of the kernel.
 */
export function withAdapters(network: Network, n: number, rank: number): Network {
  const adapted = network.layers.filter((layer) => layer.n <= n && layer.spec.type === 'conv');
  return {
    ...network,
    layers: network.layers.map((layer) => (adapted.includes(layer) ? { ...layer, adapterRank: rank } : layer)),
    parameters: [
      ...network.parameters.map((parameter) => (parameter.n <= n ? { ...parameter, kept: true } : parameter)),
      ...adapted.flatMap((layer) => adapterParameters(layer, rank)),
    ],
  };
}

export const adapterNames = ({ name }: Pick<Layer, 'name'>) => ({ a: `${name}.adapter.a`, b: `${name}.adapter.b` });

function adapterParameters({ spec, name, n, input, output }: Layer, rank: number): Parameter[] {
  if (spec.type !== 'conv') return [];
  const channels = input[0] / spec.groups;
  const { a, b } = adapterNames({ name });
  const filters = output[0];
  const shared = { layer: name, role: 'weight', n, multipliers: spec.multipliers.weight } as const;
  return [
    {
      ...{ ...shared, name: a, adapter: 'a', shape: [rank, channels], size: rank * channels, fanIn: channels },
      initial: { kind: 'gaussian', std: Math.sqrt(2 / channels) },
    },
    {
      ...{ ...shared, name: b, adapter: 'b', shape: [filters, rank], size: filters * rank, fanIn: rank },
      initial: { kind: 'constant', value: 0 },
    },
  ];
}

/** Row and column of the tap that an adapter stands at; of an even kernel the one before the middle. */
export const centreOf = (kernel: number): number => Math.floor((kernel - 1) / 2);

/** W with B A added at the centre: of the layer's own shape. */
export function mergedKernel(weight: Tensor, a: Tensor, b: Tensor): Tensor {
  const [filters, channels, kernel] = weight.shape;
  const [rank] = a.shape;
  const centre = centreOf(kernel);
  const data = weight.data.slice();
  for (let o = 0; o < filters; o++)
    for (let i = 0; i < channels; i++) {
      let sum = 0;
      for (let r = 0; r < rank; r++) sum += b.data[o * rank + r] * a.data[r * channels + i];
      data[((o * channels + i) * kernel + centre) * kernel + centre] += sum;
    }
  return { shape: weight.shape, data };
}

/** The weights of the network without adapters that computes the same. */
export function mergedWeights(network: Network, weights: Weights): Weights {
  const merged = new Map<string, Tensor>();
  for (const { name, adapter } of network.parameters) if (!adapter) merged.set(name, weights.get(name)!);
  for (const layer of network.layers.filter(({ adapterRank }) => adapterRank !== undefined)) {
    const { a, b } = adapterNames(layer);
    const name = `${layer.name}.weight`;
    merged.set(name, mergedKernel(weights.get(name)!, weights.get(a)!, weights.get(b)!));
  }
  return merged;
}

/**
 * Discriminative fine-tuning (Howard & Ruder 2018, section 3.2): the network whose layers 1..n learn at so many times their
 * rate. Weight decay goes with it, as an update is the rate times the gradient with the decay in it (Caffe).
 */
export function withRates(network: Network, n: number, rateOf: (layer: number, n: number) => number): Network {
  return {
    ...network,
    parameters: network.parameters.map((parameter) => {
      if (parameter.n > n) return parameter;
      const { multipliers } = parameter;
      const learningRate = rateOf(parameter.n, n) * multipliers.learningRate;
      return { ...parameter, multipliers: { ...multipliers, learningRate } };
    }),
  };
}

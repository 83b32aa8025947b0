import type { Learning } from '../common/treatments/definition.ts';
import { isNorm } from './cuts.ts';
import { volume } from './layers/layer.ts';
import { adapterNames, isStatistic, type Layer, type Network, type Parameter } from './network.ts';
import type { Tensor, Weights } from './weights.ts';

/**
 * Adapters of rank R: beside each convolution W among the layers 1..n stands a convolution of 1x1 through R channels,
 *
 *     y = W * x + b + B (A x)    A [R, channels in / groups], B [filters, R],
 *
 * of the same stride, on the pixel that the centre of W's kernel sees; for groups, each filter's row of B A meets the
 * channels of its group, for a depthwise convolution its one channel. Beside a dense layer W, as those of attention and of a
 * transformer's blocks, y = W x + b + B (A x) with A [R, inputs], B [units, R]. A and B learn, nothing else among 1..n
 * changes, statistics of norms included. B starts at zero, so that the network starts as the one without adapters. As B A is
 * a matrix, or a kernel whose only tap is the centre, it can be added to W: a trained network needs no adapters.
 *
 * Rebuffi et al. 2018 (parallel residual adapters) in the low-rank form of Hu et al. 2022 (LoRA) without its scale
 * alpha / R. Dante (arXiv 2605.03602, medical segmentation) also factorises channels, but at every tap of the kernel.
 */
export function withAdapters(network: Network, n: number, rank: number): Network {
  const adapted = network.layers.filter((layer) => layer.n <= n && canBeAdapted(network, layer));
  return {
    ...network,
    layers: network.layers.map((layer) => (adapted.includes(layer) ? { ...layer, adapterRank: rank } : layer)),
    parameters: [
      ...network.parameters.map((parameter) => (parameter.n <= n ? { ...parameter, kept: true } : parameter)),
      ...adapted.flatMap((layer) => adapterParameters(layer, rank)),
    ],
  };
}

/**
 * Whether a layer has an adapter beside it where it is copied. Dense layers of networks of the paper's kinds of layers alone
 * have none: what was trained so is a study of its own.
 */
export const canBeAdapted = (network: Network, { spec }: Pick<Layer, 'spec'>): boolean =>
  spec.type === 'conv' || (spec.type === 'dense' && !isOfThePaper(network));

/** Whether there are batch norms among the layers that can be copied or frozen. */
export const hasBatchNorms = ({ layers, depth }: Pick<Network, 'layers' | 'depth'>): boolean =>
  layers.some(({ n, spec }) => n < depth && spec.type === 'batch-norm');

/** Whether a network has the kinds of layers of the paper's alone. */
export const isOfThePaper = ({ layers }: Pick<Network, 'layers'>): boolean =>
  layers.every(({ spec }) => OF_THE_PAPER.has(spec.type));

const OF_THE_PAPER: ReadonlySet<string> = new Set(['conv', 'dense', 'relu', 'pool', 'lrn', 'dropout']);

/** Of a layer's kernel or matrix: the filters or units, and what each of them reads at one place. */
export function adaptedSides({ spec, input, output }: Layer): { readonly outputs: number; readonly inputs: number } {
  switch (spec.type) {
    case 'conv':
      return { outputs: spec.filters, inputs: input[0] / spec.groups };
    case 'dense':
      return spec.over === 'last'
        ? { outputs: output.at(-1)!, inputs: input.at(-1)! }
        : { outputs: output[0], inputs: volume(input) };
    default:
      throw new Error(`a layer of type "${spec.type}" has no adapter`);
  }
}

function adapterParameters(layer: Layer, rank: number): Parameter[] {
  const { spec, name, n } = layer;
  if (spec.type !== 'conv' && spec.type !== 'dense') return [];
  const { outputs, inputs } = adaptedSides(layer);
  const { a, b } = adapterNames(layer);
  const shared = { layer: name, role: 'weight', n, multipliers: spec.multipliers.weight } as const;
  return [
    {
      ...{ ...shared, name: a, adapter: 'a', shape: [rank, inputs], size: rank * inputs, fanIn: inputs },
      initial: { kind: 'gaussian', std: Math.sqrt(2 / inputs) },
    },
    {
      ...{ ...shared, name: b, adapter: 'b', shape: [outputs, rank], size: outputs * rank, fanIn: rank },
      initial: { kind: 'constant', value: 0 },
    },
  ];
}

/** Row and column of the tap that an adapter stands at; of an even kernel the one before the middle. */
export const centreOf = (kernel: number): number => Math.floor((kernel - 1) / 2);

/** W with B A added, for a convolution at its centre: of the layer's own shape. */
export function mergedKernel(weight: Tensor, a: Tensor, b: Tensor): Tensor {
  const [outputs, inputs, kernel = 1] = weight.shape;
  const [rank] = a.shape;
  const centre = centreOf(kernel);
  const data = weight.data.slice();
  for (let o = 0; o < outputs; o++)
    for (let i = 0; i < inputs; i++) {
      let sum = 0;
      for (let r = 0; r < rank; r++) sum += b.data[o * rank + r] * a.data[r * inputs + i];
      data[((o * inputs + i) * kernel + centre) * kernel + centre] += sum;
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
function withRates(network: Network, n: number, rateOf: (layer: number, n: number) => number): Network {
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

/**
 * The network whose layers 1..n keep everything but their norms: `statistics`, the running ones of batch norms, which follow
 * the images of steps; or `affine`, weights and biases of all norms, which learn.
 */
function withNorms(network: Network, n: number, norms: 'statistics' | 'affine'): Network {
  const ofNorms = new Set(network.layers.filter(({ spec }) => isNorm(spec.type)).map(({ name }) => name));
  const changes = (parameter: Parameter) =>
    norms === 'statistics' ? isStatistic(parameter) : ofNorms.has(parameter.layer) && !isStatistic(parameter);
  return {
    ...network,
    parameters: network.parameters.map((parameter) =>
      parameter.n <= n && !changes(parameter) ? { ...parameter, kept: true } : parameter,
    ),
  };
}

/** The network that is trained where layers 1..n learn so. */
export function treatedNetwork(
  network: Network,
  n: number,
  { adapterRank, norms, rateOf }: Pick<Partial<Learning>, 'adapterRank' | 'norms' | 'rateOf'>,
): Network {
  if (adapterRank !== undefined) return withAdapters(network, n, adapterRank);
  if (norms !== undefined) return withNorms(network, n, norms);
  return rateOf ? withRates(network, n, rateOf) : network;
}

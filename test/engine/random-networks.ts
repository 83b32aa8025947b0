import fc from 'fast-check';
import { UserError } from '../../src-main/errors.ts';
import { BUILT_IN_NETWORKS } from '../../src-main/network/built-in.ts';
import { maskShape } from '../../src-main/network/layers/dropout.ts';
import { volume } from '../../src-main/network/layers/layer.ts';
import { CHANNELS, resolveNetwork, type Network } from '../../src-main/network/network.ts';
import { networkSchema, type NetworkInput } from '../../src-main/network/spec.ts';
import { initialWeights, type Weights } from '../../src-main/network/weights.ts';
import type { TrainingBatch } from '../../src-main/engine/engine.ts';
import { RandomStream } from '../../src-main/random.ts';

type LayerInput = NetworkInput['layers'][number];

export const PLAIN_MULTIPLIERS = { weight: { learningRate: 1, decay: 1 }, bias: { learningRate: 1, decay: 1 } };

/** Learning rate 1 leaves v = g after the first step: no momentum, no decay. */
const PLAIN_TRAINING: NetworkInput['training'] = {
  batchSize: 3,
  epochs: 1,
  learningRate: 1,
  momentum: 0,
  weightDecay: 0,
  schedule: { kind: 'cosine' },
  warmUp: 0,
  cropPadding: 0,
  mirror: false,
};

/** The smallest built-in network, with dropout where the paper's has it: below fc7 and fc8. */
export function smallWithDropout(): Network {
  const small = BUILT_IN_NETWORKS.get('alexnet-32-small')!;
  const layers = small.layers.flatMap((layer) =>
    layer.type === 'dense' && layer.name !== 'fc6' ? [{ type: 'dropout' as const, rate: 0.5 }, layer] : [layer],
  );
  return resolveNetwork({ ...small, layers }, 10);
}

export const networkOf = (
  inputSize: number,
  layers: readonly LayerInput[],
  classes: number,
  training: Partial<NetworkInput['training']> = {},
): Network => {
  const spec = { name: 'random', inputSize, layers: [...layers], training: { ...PLAIN_TRAINING, ...training } };
  return resolveNetwork(networkSchema.parse(spec), classes);
};

const withoutWeights: fc.Arbitrary<LayerInput> = fc.oneof(
  { weight: 1, arbitrary: fc.constant<LayerInput>({ type: 'relu' }) },
  {
    weight: 3,
    arbitrary: fc.record({
      type: fc.constant('pool' as const),
      mode: fc.constantFrom('max' as const, 'average' as const),
      kernel: fc.integer({ min: 2, max: 3 }),
      stride: fc.integer({ min: 1, max: 3 }),
      pad: fc.integer({ min: 0, max: 2 }),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      type: fc.constant('lrn' as const),
      size: fc.constantFrom(1, 3, 5),
      // Large, so that its gradient matters.
      alpha: fc.constantFrom(0.3, 1.5),
      beta: fc.constantFrom(0.5, 0.75),
      k: fc.constantFrom(1, 2),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ type: fc.constant('dropout' as const), rate: fc.constantFrom(0.25, 0.5) }),
  },
);

const conv = fc.record({
  type: fc.constant('conv' as const),
  filters: fc.constantFrom(3, 6),
  kernel: fc.integer({ min: 1, max: 4 }),
  stride: fc.constantFrom(1, 1, 2, 3),
  pad: fc.integer({ min: 0, max: 3 }),
  groups: fc.constantFrom(1, 3),
});
const dense = fc.record({ type: fc.constant('dense' as const), units: fc.integer({ min: 1, max: 6 }) });

/** Stacks whose windows are too large for what is left of the image are thrown away. */
export const randomNetworks: fc.Arbitrary<Network> = fc
  .record({
    inputSize: fc.integer({ min: 4, max: 9 }),
    convs: fc.array(fc.tuple(conv, fc.array(withoutWeights, { maxLength: 3 })), { minLength: 1, maxLength: 3 }),
    denses: fc.array(fc.tuple(dense, fc.array(withoutWeights, { maxLength: 2 })), { maxLength: 2 }),
    classes: fc.integer({ min: 2, max: 5 }),
  })
  .map(({ inputSize, convs, denses, classes }) => {
    const layers = [...convs, ...denses].flatMap(([weighted, others], i) => [
      { ...weighted, name: `layer${i + 1}`, multipliers: PLAIN_MULTIPLIERS },
      ...others,
    ]);
    return tryNetwork(inputSize, [...layers, { type: 'dense', name: 'last', multipliers: PLAIN_MULTIPLIERS }], classes);
  })
  .filter((network) => network !== undefined);

function tryNetwork(inputSize: number, layers: readonly LayerInput[], classes: number): Network | undefined {
  try {
    return networkOf(inputSize, layers, classes);
  } catch (error) {
    if (error instanceof UserError) return undefined;
    throw error;
  }
}

/** As initialised, but biases and adapters are not zero, nor are norms as they start: a bug may hide behind zeros and ones. */
export function randomWeights(network: Network, seed: string): Weights {
  const weights = new Map(initialWeights(network, seed));
  for (const { name, role, adapter, initial, shape, size } of network.parameters) {
    const stream = new RandomStream(seed, 'bias', name);
    const set = (value: () => number) => weights.set(name, { shape, data: Float32Array.from({ length: size }, value) });
    if (role === 'bias' || role === 'runningMean' || adapter === 'b') set(() => 0.3 * stream.gaussian());
    else if (role === 'runningVariance') set(() => 0.5 + stream.uniform());
    else if (initial.kind === 'constant') set(() => initial.value + 0.3 * stream.gaussian());
  }
  return weights;
}

/** Gaussian images, random labels and masks of layers with dropout. */
export function randomBatch(network: Network, images: number, seed: string): TrainingBatch {
  const stream = new RandomStream(seed, 'batch');
  const size = images * CHANNELS * network.spec.inputSize ** 2;
  return {
    images: Float32Array.from({ length: size }, () => stream.gaussian()),
    labels: Int32Array.from({ length: images }, () => stream.integer(network.classes)),
    dropoutMasks: network.layers.flatMap((layer) => {
      const shape = maskShape(layer);
      if (shape === undefined || !('rate' in layer.spec)) return [];
      const { rate } = layer.spec;
      const length = images * volume(shape);
      return [Float32Array.from({ length }, () => (stream.uniform() < rate ? 0 : 1 / (1 - rate)))];
    }),
  };
}

import { RandomStream } from '../random.ts';
import type { Network, Parameter } from './network.ts';
import type { WeightLayerSpec } from './spec.ts';

export interface Tensor {
  readonly shape: readonly number[];
  readonly data: Float32Array;
}

/** Tensors by parameter name (`conv1.weight`), in the order of `network.parameters`. */
export type Weights = ReadonlyMap<string, Tensor>;

/**
 * Random weights as the spec says, one random stream per parameter: a layer's weights don't depend on the layers below it.
 * One factor of an adapter is random by He's rule, the other zero.
 */
export function initialWeights(network: Network, seed: string): Weights {
  return new Map(network.parameters.map((parameter) => [parameter.name, initialTensor(network, parameter, seed)]));
}

function initialTensor(network: Network, parameter: Parameter, seed: string): Tensor {
  const { init } = network.layers.find((layer) => layer.n === parameter.n)!.spec as WeightLayerSpec;
  const data = new Float32Array(parameter.size);
  if (parameter.kind === 'bias') data.fill(init.bias);
  else if (parameter.adapter !== 'b') {
    const { weight } = init;
    const std = weight.kind === 'he' || parameter.adapter ? Math.sqrt(2 / parameter.fanIn) : weight.std;
    const stream = new RandomStream(seed, 'init', parameter.name);
    for (let i = 0; i < data.length; i++) data[i] = std * stream.gaussian();
  }
  return { shape: parameter.shape, data };
}

/** Zeros in the shape of every parameter, such as momentum starts from. */
export function zeroWeights(network: Network): Weights {
  return new Map(
    network.parameters.map(({ name, shape, size }) => [name, { shape, data: new Float32Array(size) }] as const),
  );
}

/** The transplant of the paper, section 3: layers 1..n from `source`, the layers above, and adapters, from `fresh`. */
export function transplant(network: Network, source: Weights, fresh: Weights, n: number): Weights {
  return new Map(
    network.parameters.map((parameter) => {
      const from = (parameter.n <= n && !parameter.adapter ? source : fresh).get(parameter.name);
      if (!from || from.shape.join() !== parameter.shape.join())
        throw new Error(`${parameter.name} of the source does not have the shape ${parameter.shape.join('x')}`);
      return [parameter.name, from] as const;
    }),
  );
}

import { RandomStream } from '../random.ts';
import type { Network, Parameter } from './network.ts';

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
export function initialWeights(network: Pick<Network, 'parameters'>, seed: string): Weights {
  return new Map(network.parameters.map((parameter) => [parameter.name, initialTensor(parameter, seed)]));
}

function initialTensor({ name, shape, size, initial }: Parameter, seed: string): Tensor {
  const data = new Float32Array(size);
  if (initial.kind === 'constant') data.fill(initial.value);
  else {
    const stream = new RandomStream(seed, 'init', name);
    for (let i = 0; i < data.length; i++) data[i] = initial.std * stream.gaussian();
  }
  return { shape, data };
}

/** Whether a transplant of layers 1..n copies it. */
export const isCopied = (parameter: Parameter, n: number): boolean => parameter.n <= n && !parameter.adapter;

/** The transplant of the paper, section 3: layers 1..n from `source`, the layers above, and adapters, from `fresh`. */
export function transplant(network: Network, source: Weights, fresh: Weights, n: number): Weights {
  return new Map(
    network.parameters.map((parameter) => {
      const from = (isCopied(parameter, n) ? source : fresh).get(parameter.name);
      if (!from || from.shape.join() !== parameter.shape.join())
        throw new Error(`${parameter.name} of the source does not have the shape ${parameter.shape.join('x')}`);
      return [parameter.name, from] as const;
    }),
  );
}

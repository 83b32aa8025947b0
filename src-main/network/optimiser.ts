import { volume } from './layers/layer.ts';
import { isStatistic, type Network, type Parameter } from './network.ts';
import type { TrainingSpec } from './spec.ts';
import type { Weights } from './weights.ts';

interface Moment {
  /** Its name in checkpoints, beside the weights: that of the parameter, and what follows it. */
  readonly name: string;
  readonly shape: readonly number[];
}

/**
 * What an optimiser remembers of a parameter from step to step. SGD: its velocity. AdamW: the means of its gradient and of the
 * square, and the steps that it has learned for.
 */
export function momentsOf({ name, shape }: Pick<Parameter, 'name' | 'shape'>, { optimiser }: TrainingSpec): Moment[] {
  if (optimiser === undefined) return [{ name, shape }];
  return [
    { name, shape },
    { name: `${name}/variance`, shape },
    { name: `${name}/steps`, shape: [1] },
  ];
}

/** Those of all parameters of a network, of which running statistics have none. */
export function allMoments({ parameters, spec }: Network): Moment[] {
  return parameters
    .filter((parameter) => !isStatistic(parameter))
    .flatMap((parameter) => momentsOf(parameter, spec.training));
}

/** All that a checkpoint of a network has, to go on from it. */
export const wholeCheckpoint = (network: Network) => ({ ...network, moments: allMoments(network) });

/** How many numbers that are. */
export function checkpointSize(network: Network): number {
  const moments = allMoments(network).map(({ shape }) => volume(shape));
  return [...network.parameters.map(({ size }) => size), ...moments].reduce((sum, size) => sum + size, 0);
}

/** What training begins with: zeros. */
export function zeroMoments(network: Network): Weights {
  return new Map(
    allMoments(network).map(({ name, shape }) => {
      return [name, { shape, data: new Float32Array(volume(shape)) }] as const;
    }),
  );
}

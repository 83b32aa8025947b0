import { UserError } from '../errors.ts';
import type { Network } from '../network/network.ts';
import type { Weights } from '../network/weights.ts';
import type { PretrainedLayer } from './layer.ts';

/** The first layers of a pretrained file that a network can take. */
export interface FittingLayers {
  /** How many, at least one; never the last, whose units are the classes of B. */
  readonly layers: number;
  /** Under the network's own names. */
  readonly weights: Weights;
}

/**
 * The first layers whose weights and biases have the network's shapes. Strides, padding and what stands between the
 * layers are the network's own and not compared. Throws a UserError, one clause, if not even the first fits or a
 * weight is not a number.
 */
export function fittingLayers(layers: readonly PretrainedLayer[], network: Network): FittingLayers {
  const weights = new Map<string, { shape: readonly number[]; data: Float32Array }>();
  let fitting = 0;
  for (const [place, layer] of layers.slice(0, network.depth - 1).entries()) {
    const [weight, bias, ...others] = network.parameters.filter(({ n }) => n === place + 1);
    if (bias?.role !== 'bias' || others.length > 0) break;
    if (!isOf(layer.weightShape, weight.shape) || !layer.biasShape || !isOf(layer.biasShape, bias.shape)) break;
    const read = layer.read();
    for (const [{ name, shape }, tensor] of [
      [weight, read.weight],
      [bias, read.bias],
    ] as const) {
      if (!tensor.data.every(Number.isFinite))
        throw new UserError(`its layer ${layer.name} holds values that are not numbers`);
      weights.set(name, { shape, data: tensor.data });
    }
    fitting += 1;
  }
  if (fitting === 0) throw misfit(layers.at(0), network);
  return { layers: fitting, weights };
}

const isOf = (shape: readonly number[], wanted: readonly number[]): boolean => shape.join() === wanted.join();

function misfit(first: PretrainedLayer | undefined, { spec, parameters }: Network): UserError {
  const [weight, bias] = parameters;
  if (bias?.role !== 'bias')
    return new UserError(
      `${spec.name} is no chain of convolutions and dense layers with a bias each, and only those can take layers from a file`,
    );
  const wanted = `layer 1 of ${spec.name} has weights of ${weight.shape.join('x')} with a bias`;
  if (!first) return new UserError(`it has no convolutions or dense layers; ${wanted}`);
  const shape = first.weightShape.slice(0, 8).join('x');
  return new UserError(
    `${wanted}, but its first layer (${first.name.slice(0, 64)}) has ${shape}${first.biasShape ? '' : ' without a bias'}`,
  );
}

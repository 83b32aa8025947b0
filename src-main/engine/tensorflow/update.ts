import type { Scalar, Tensor, Variable } from '@tensorflow/tfjs-core';
import type { Parameter } from '../../network/network.ts';
import type { TrainingSpec } from '../../network/spec.ts';
import type { Tf } from './backend.ts';

/** A parameter that learns, with what the optimiser remembers of it (network/optimiser.ts). */
export interface Learning {
  readonly parameter: Parameter;
  readonly weight: Variable;
  readonly moments: readonly Variable[];
}

/** Updates parameters in place, by the rules of engine.ts. @param gradients by the names of variables */
export function update(
  tf: Tf,
  training: TrainingSpec,
  learning: readonly Learning[],
  gradients: Readonly<Record<string, Tensor>>,
  learningRate: number,
): void {
  const factor = clipFactor(tf, training, Object.values(gradients));
  const rule = training.optimiser === undefined ? descend : adapt;
  for (const one of learning) {
    const gradient = gradients[one.weight.name];
    rule(tf, training, one, factor ? tf.mul(gradient, factor) : gradient, learningRate);
  }
}

/** min(1, clipNorm / norm of all gradients together) (Pascanu et al. 2013, algorithm 1); PyTorch adds 1e-6 to the norm. */
function clipFactor(tf: Tf, { clipNorm }: TrainingSpec, gradients: readonly Tensor[]): Tensor | undefined {
  if (clipNorm === undefined) return undefined;
  const norm = tf.sqrt(tf.addN(gradients.map((gradient) => tf.sum<Scalar>(tf.square(gradient)))));
  return tf.minimum(1, tf.div(clipNorm, tf.add(norm, 1e-6)));
}

type Rule = (tf: Tf, training: TrainingSpec, learning: Learning, gradient: Tensor, learningRate: number) => void;

/** SGD with momentum as in Caffe. */
const descend: Rule = (tf, { momentum, weightDecay }, { parameter, weight, moments: [velocity] }, gradient, rate) => {
  const { multipliers } = parameter;
  // g = dLoss/dw + weightDecay * m.decay * w
  const decayed = tf.add(gradient, tf.mul(weight, weightDecay * multipliers.decay));
  // v <- momentum * v + learningRate * m.learningRate * g
  velocity.assign(tf.add(tf.mul(velocity, momentum), tf.mul(decayed, rate * multipliers.learningRate)));
  // w <- w - v
  weight.assign(tf.sub(weight, velocity));
};

/** Adam (Kingma and Ba 2015, algorithm 1) with decay apart from its gradient (Loshchilov and Hutter 2019, algorithm 2). */
const adapt: Rule = (tf, training, { parameter, weight, moments: [mean, square, steps] }, gradient, learningRate) => {
  const { momentum: beta1, weightDecay, optimiser } = training;
  const { beta2, epsilon } = optimiser!;
  const { multipliers } = parameter;
  const rate = learningRate * multipliers.learningRate;
  const follow = (moment: Variable, beta: number, value: Tensor) =>
    moment.assign(tf.add(tf.mul(moment, beta), tf.mul(value, 1 - beta)));
  const unbiased = (moment: Variable, beta: number) => tf.div(moment, tf.sub(1, tf.pow(beta, steps)));
  steps.assign(tf.add(steps, 1));
  follow(mean, beta1, gradient);
  follow(square, beta2, tf.square(gradient));
  const direction = tf.div(unbiased(mean, beta1), tf.add(tf.sqrt(unbiased(square, beta2)), epsilon));
  const decayed = tf.mul(weight, 1 - rate * weightDecay * multipliers.decay);
  weight.assign(tf.sub(decayed, tf.mul(direction, rate)));
};

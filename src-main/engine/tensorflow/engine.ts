import type { Scalar, Tensor, Tensor1D, Tensor2D, Tensor4D, Variable } from '@tensorflow/tfjs-core';
import { CHANNELS, learns, parameterNamed, type Layer, type Network, type Parameter } from '../../network/network.ts';
import { zeroMoments } from '../../network/optimiser.ts';
import type { Tensor as PlainTensor, Weights } from '../../network/weights.ts';
import type { Batch, BatchResult, Engine, Trainer, TrainerOptions, TrainingBatch } from '../engine.ts';
import { loadTensorflow, type Tensorflow, type TensorflowOptions, type Tf } from './backend.ts';
import { applyLayer, imagesIn, parameterIn, parameterOut, type LayerContext } from './layers.ts';

export type TensorflowEngine = Engine & Omit<Tensorflow, 'tf'>;

/**
 * The network in the TensorFlow.js API. The pure JavaScript backend is slow and uses one thread, but it is always there, and
 * tests run on it. Native TensorFlow takes its threads when it is loaded, not from `TrainerOptions.threads`.
 */
export async function createTensorflowEngine(options: TensorflowOptions = {}): Promise<TensorflowEngine> {
  const { tf, ...about } = await loadTensorflow(options);
  return {
    name: 'tensorflow',
    ...about,
    compile: async (trainerOptions) => new TensorflowTrainer(tf, trainerOptions),
  };
}

/** A parameter that is trained. */
interface Trained {
  readonly parameter: Parameter;
  readonly weight: Variable;
  readonly velocity: Variable;
  /** Caffe's `lr_mult` and `decay_mult`. */
  readonly multipliers: { readonly learningRate: number; readonly decay: number };
}

/** One network in TensorFlow's memory. After each call, only the tensors of parameters and momentum are left. */
class TensorflowTrainer implements Trainer {
  readonly #tf: Tf;
  readonly #network: Network;
  readonly #frozenLayers: readonly Layer[];
  readonly #trainedLayers: readonly Layer[];
  readonly #weights: ReadonlyMap<string, Variable>;
  readonly #trained: readonly Trained[];

  constructor(tf: Tf, options: TrainerOptions) {
    const { network, frozen } = options;
    this.#tf = tf;
    this.#network = network;
    this.#frozenLayers = network.layers.filter((layer) => layer.n <= frozen);
    this.#trainedLayers = network.layers.filter((layer) => layer.n > frozen);
    const isTrained = (parameter: Parameter) => learns(parameter, frozen);
    this.#weights = new Map(
      network.parameters.map((parameter) => [
        parameter.name,
        variable(tf, options.weights, parameter, isTrained(parameter)),
      ]),
    );
    const momentum = options.momentum ?? zeroMoments(network);
    this.#trained = network.parameters.filter(isTrained).map((parameter) => ({
      parameter,
      weight: this.#weights.get(parameter.name)!,
      velocity: variable(tf, momentum, parameter, false),
      multipliers: parameter.multipliers,
    }));
  }

  async step(batch: TrainingBatch, learningRate: number): Promise<BatchResult> {
    const tf = this.#tf;
    const results = tf.tidy(() => {
      const context = this.#context(batch.dropoutMasks);
      const labels = tf.tensor1d(batch.labels, 'int32');
      // This is outside of the gradient's tape: frozen layers cost one forward pass and no more.
      const frozen = this.#forward(this.#frozenLayers, this.#images(batch), context);
      let logits: Tensor2D | undefined;
      const loss = () => {
        logits = tf.keep(asLogits(tf, this.#forward(this.#trainedLayers, frozen, context)));
        return crossEntropy(tf, logits, labels);
      };
      const value = this.#trained.length > 0 ? this.#descend(loss, learningRate) : loss();
      const correct = countCorrect(tf, logits!, labels);
      logits!.dispose();
      return [value, correct];
    });
    return read(results);
  }

  async evaluate(batch: Batch): Promise<BatchResult> {
    const tf = this.#tf;
    const results = tf.tidy(() => {
      const labels = tf.tensor1d(batch.labels, 'int32');
      const logits = asLogits(tf, this.#forward(this.#network.layers, this.#images(batch), this.#context()));
      return [crossEntropy(tf, logits, labels), countCorrect(tf, logits, labels)];
    });
    return read(results);
  }

  weights(): Promise<Weights> {
    return this.#read((name) => this.#weights.get(name));
  }

  async parameter(name: string): Promise<PlainTensor> {
    const { shape } = parameterNamed(this.#network, name);
    return parameterOut(this.#tf, this.#weights.get(name)!, shape);
  }

  momentum(): Promise<Weights> {
    const velocities = new Map(this.#trained.map(({ parameter, velocity }) => [parameter.name, velocity]));
    return this.#read((name) => velocities.get(name));
  }

  async dispose(): Promise<void> {
    this.#weights.forEach((weight) => weight.dispose());
    this.#trained.forEach(({ velocity }) => velocity.dispose());
  }

  /** Does the update of engine.ts in place; returns the loss before it. */
  #descend(loss: () => Scalar, learningRate: number): Scalar {
    const tf = this.#tf;
    const { momentum, weightDecay } = this.#network.spec.training;
    const { value, grads } = tf.variableGrads(
      loss,
      this.#trained.map(({ weight }) => weight),
    );
    for (const { weight, velocity, multipliers } of this.#trained) {
      // g = dLoss/dw + weightDecay * m.decay * w
      const gradient = tf.add(grads[weight.name], tf.mul(weight, weightDecay * multipliers.decay));
      // v <- momentum * v + learningRate * m.learningRate * g
      velocity.assign(tf.add(tf.mul(velocity, momentum), tf.mul(gradient, learningRate * multipliers.learningRate)));
      // w <- w - v
      weight.assign(tf.sub(weight, velocity));
    }
    return value;
  }

  #images(batch: Batch): Tensor4D {
    const { inputSize } = this.#network.spec;
    return imagesIn(this.#tf, batch.images, [CHANNELS, inputSize, inputSize]);
  }

  #forward(layers: readonly Layer[], x: Tensor4D, context: LayerContext): Tensor4D {
    return layers.reduce((input, layer) => applyLayer(this.#tf, layer, input, context), x);
  }

  #context(masks: readonly Float32Array[] = []): LayerContext {
    const dropouts = this.#network.layers.filter(({ spec }) => spec.type === 'dropout');
    return {
      parameter: (name) => this.#weights.get(name)!,
      mask: (layer) => {
        const mask = masks[dropouts.indexOf(layer)];
        return mask && imagesIn(this.#tf, mask, layer.output);
      },
    };
  }

  /** Copies of parameters or momentum in the program's layout; zeros where there is no variable. */
  async #read(variableOf: (name: string) => Variable | undefined): Promise<Weights> {
    const weights = new Map(zeroMoments(this.#network));
    for (const { name, shape } of this.#network.parameters) {
      const variable = variableOf(name);
      if (variable) weights.set(name, await parameterOut(this.#tf, variable, shape));
    }
    return weights;
  }
}

function variable(tf: Tf, weights: Weights, { name, shape }: Parameter, trainable: boolean): Variable {
  const tensor = weights.get(name);
  if (!tensor || tensor.shape.join() !== shape.join())
    throw new Error(`weights without a tensor ${name} of shape ${shape.join('x')}`);
  const initial = parameterIn(tf, tensor);
  const created = tf.variable(initial, trainable);
  initial.dispose();
  return created;
}

/** [N, 1, 1, classes] -> [N, classes]. */
const asLogits = (tf: Tf, output: Tensor4D): Tensor2D => tf.reshape(output, [output.shape[0], output.shape[3]]);

/** Mean over the batch of -log softmax(logits)[label]. */
function crossEntropy(tf: Tf, logits: Tensor2D, labels: Tensor1D): Scalar {
  const [count, classes] = logits.shape;
  const likelihoods = tf.mul(tf.oneHot(labels, classes), tf.logSoftmax(logits));
  return tf.div(tf.neg(tf.sum<Scalar>(likelihoods)), count);
}

function countCorrect(tf: Tf, logits: Tensor2D, labels: Tensor1D): Scalar {
  return tf.sum(tf.cast(tf.equal(tf.argMax(logits, 1), labels), 'int32'));
}

async function read(results: readonly Tensor[]): Promise<BatchResult> {
  const [loss, correct] = await Promise.all(results.map(async (tensor) => (await tensor.data())[0]));
  results.forEach((tensor) => tensor.dispose());
  return { loss, correct };
}

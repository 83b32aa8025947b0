import type { Scalar, Tensor, Tensor1D, Tensor2D, Variable } from '@tensorflow/tfjs-core';
import { maskShape } from '../../network/layers/dropout.ts';
import {
  changes,
  CHANNELS,
  learns,
  parameterName,
  parameterNamed,
  type Layer,
  type Network,
  type Parameter,
} from '../../network/network.ts';
import { momentsOf, zeroMoments } from '../../network/optimiser.ts';
import type { Tensor as PlainTensor, Weights } from '../../network/weights.ts';
import type {
  Batch,
  BatchResult,
  Engine,
  EvaluationResult,
  Trainer,
  TrainerOptions,
  TrainingBatch,
} from '../engine.ts';
import { loadTensorflow, type Tensorflow, type TensorflowOptions, type Tf } from './backend.ts';
import { applyLayer } from './layers/kinds.ts';
import type { LayerInputs } from './layers/layer.ts';
import { parameterIn, parameterOut, valuesIn } from './tensors.ts';
import { update, type Learning } from './update.ts';

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

/** Outputs of layers by their places; -1: the images. */
type Values = ReadonlyMap<number, Tensor>;
const IMAGES = -1;

/** What layers are given besides their inputs and parameters; absent: nothing, as in an evaluation. */
type Given = (layer: Layer) => Pick<LayerInputs, 'mask' | 'follow'>;

/** One network in TensorFlow's memory. After each call, only the tensors of parameters and momentum are left. */
class TensorflowTrainer implements Trainer {
  readonly #tf: Tf;
  readonly #network: Network;
  readonly #frozenLayers: readonly Layer[];
  readonly #otherLayers: readonly Layer[];
  readonly #weights: ReadonlyMap<string, Variable>;
  readonly #learning: readonly Learning[];
  /** Names of running statistics that steps change. */
  readonly #following: ReadonlySet<string>;

  constructor(tf: Tf, { network, frozen, weights, momentum = zeroMoments(network) }: TrainerOptions) {
    this.#tf = tf;
    this.#network = network;
    this.#frozenLayers = network.layers.filter(({ n }) => n <= frozen);
    this.#otherLayers = network.layers.filter(({ n }) => n > frozen);
    const { parameters, spec } = network;
    this.#weights = new Map(
      parameters.map((parameter) => [parameter.name, variable(tf, weights, parameter, learns(parameter, frozen))]),
    );
    this.#learning = parameters
      .filter((parameter) => learns(parameter, frozen))
      .map((parameter) => ({
        parameter,
        weight: this.#weights.get(parameter.name)!,
        moments: momentsOf(parameter, spec.training).map((moment) => {
          return variable(tf, momentum, { ...moment, role: parameter.role }, false);
        }),
      }));
    const statistics = parameters.filter((parameter) => changes(parameter, frozen) && !learns(parameter, frozen));
    this.#following = new Set(statistics.map(({ name }) => name));
  }

  async step(batch: TrainingBatch, learningRate: number): Promise<BatchResult> {
    const tf = this.#tf;
    const { training } = this.#network.spec;
    const results = tf.tidy(() => {
      const statistics = new Map<string, Tensor>();
      const given = this.#givenInTraining(batch.dropoutMasks, statistics);
      const labels = tf.tensor1d(batch.labels, 'int32');
      // This is outside of the gradient's tape: frozen layers cost one forward pass and no more.
      const below = this.#forward(this.#frozenLayers, this.#images(batch), given);
      let logits: Tensor2D | undefined;
      const loss = () => {
        logits = tf.keep(this.#logits(this.#forward(this.#otherLayers, below, given)));
        return crossEntropy(tf, logits, labels, training.labelSmoothing);
      };
      const value = this.#learning.length > 0 ? this.#descend(loss, learningRate) : loss();
      for (const [name, statistic] of statistics) {
        this.#weights.get(name)!.assign(statistic);
        statistic.dispose();
      }
      const correct = countCorrect(tf, logits!, labels);
      logits!.dispose();
      return [value, correct];
    });
    return read(results);
  }

  async evaluate(batch: Batch): Promise<EvaluationResult> {
    const tf = this.#tf;
    const [answers, ...results] = tf.tidy((): Tensor[] => {
      const labels = tf.tensor1d(batch.labels, 'int32');
      const logits = this.#logits(this.#forward(this.#network.layers, this.#images(batch), () => ({})));
      return [tf.argMax(logits, 1), crossEntropy(tf, logits, labels), countCorrect(tf, logits, labels)];
    });
    const given = await answers.data();
    answers.dispose();
    return { ...(await read(results)), answers: given };
  }

  async weights(): Promise<Weights> {
    const weights = new Map<string, PlainTensor>();
    for (const { name } of this.#network.parameters) weights.set(name, await this.parameter(name));
    return weights;
  }

  async parameter(name: string): Promise<PlainTensor> {
    return parameterOut(this.#tf, this.#weights.get(name)!, parameterNamed(this.#network, name));
  }

  /** Zeros of what doesn't learn. */
  async momentum(): Promise<Weights> {
    const momentum = new Map(zeroMoments(this.#network));
    for (const { parameter, moments } of this.#learning)
      for (const [index, moment] of momentsOf(parameter, this.#network.spec.training).entries()) {
        const kind = { ...moment, role: parameter.role };
        momentum.set(moment.name, await parameterOut(this.#tf, moments[index], kind));
      }
    return momentum;
  }

  async dispose(): Promise<void> {
    this.#weights.forEach((weight) => weight.dispose());
    for (const { moments } of this.#learning) moments.forEach((moment) => moment.dispose());
  }

  /** Returns the loss before the update. */
  #descend(loss: () => Scalar, learningRate: number): Scalar {
    const weights = this.#learning.map(({ weight }) => weight);
    const { value, grads } = this.#tf.variableGrads(loss, weights);
    update(this.#tf, this.#network.spec.training, this.#learning, grads, learningRate);
    return value;
  }

  #images({ images }: Batch): Values {
    const { inputSize } = this.#network.spec;
    return new Map([[IMAGES, valuesIn(this.#tf, images, [CHANNELS, inputSize, inputSize])]]);
  }

  /** Values with those of further layers. */
  #forward(layers: readonly Layer[], values: Values, given: Given): Values {
    const all = new Map(values);
    for (const layer of layers) {
      const inputs = layer.sources.map((source) => all.get(source)!);
      const named = (name: string) => this.#weights.get(name)!;
      const parameter: LayerInputs['parameter'] = (role) => named(parameterName(layer.name, role));
      all.set(layer.place, applyLayer(this.#tf, layer, { inputs, parameter, named, ...given(layer) }));
    }
    return all;
  }

  /** [N, 1, 1, classes] of the last layer as [N, classes]. */
  #logits(values: Values): Tensor2D {
    return this.#tf.reshape(values.get(this.#network.layers.length - 1)!, [-1, this.#network.classes]);
  }

  /** @param statistics gets the running ones after the step, by their names */
  #givenInTraining(masks: readonly Float32Array[], statistics: Map<string, Tensor>): Given {
    const masked = this.#network.layers.filter((layer) => maskShape(layer) !== undefined);
    return (layer) => {
      const shape = maskShape(layer);
      if (shape) return { mask: valuesIn(this.#tf, masks[masked.indexOf(layer)], shape) };
      if (!this.#following.has(parameterName(layer.name, 'runningMean'))) return {};
      return {
        follow: (role, value) => statistics.set(parameterName(layer.name, role), this.#tf.keep(value)),
      };
    };
  }
}

function variable(
  tf: Tf,
  weights: Weights,
  { name, role, shape }: Pick<Parameter, 'name' | 'role' | 'shape'>,
  trainable: boolean,
): Variable {
  const tensor = weights.get(name);
  if (!tensor || tensor.shape.join() !== shape.join())
    throw new Error(`weights without a tensor ${name} of shape ${shape.join('x')}`);
  const initial = parameterIn(tf, tensor, { role, shape });
  const created = tf.variable(initial, trainable);
  initial.dispose();
  return created;
}

/**
 * Mean over the batch of -log softmax(logits)[label], or with label smoothing of the mean over classes, in which the label has
 * 1 - smoothing more than the others (Szegedy et al. 2016, section 7).
 */
function crossEntropy(tf: Tf, logits: Tensor2D, labels: Tensor1D, smoothing = 0): Scalar {
  const [count, classes] = logits.shape;
  const isLabel = tf.oneHot(labels, classes);
  const target = smoothing === 0 ? isLabel : tf.add(tf.mul(isLabel, 1 - smoothing), smoothing / classes);
  const likelihoods = tf.mul(target, tf.logSoftmax(logits));
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

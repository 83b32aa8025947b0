import { createRequire } from 'node:module';
import { Tensor, type InferenceSession } from 'onnxruntime-node';
import { CHANNELS, parameterNamed, type Network, type Parameter } from '../../network/network.ts';
import type { Tensor as PlainTensor, Weights } from '../../network/weights.ts';
import type { Batch, BatchResult, Engine, Trainer, TrainerOptions, TrainingBatch } from '../engine.ts';
import { blockedLayout } from './blocked/layers.ts';
import { blockOfProcessor, canBeBlocked } from './blocked/layout.ts';
import { evaluationGraph } from './evaluation.ts';
import { CORRECT, IMAGES, LABELS, LEARNING_RATE, LOSS, dropoutInput, momentumOf, next } from './names.ts';
import { batchLastLayout, type Layout } from './layers.ts';
import { createSession } from './session.ts';
import { stepGraph } from './step.ts';

const { version } = createRequire(import.meta.url)('onnxruntime-node/package.json') as { version: string };

/** Forward, backward and update of a training step as one ONNX graph, run by onnxruntime on the CPU. */
export function createOnnxEngine(): Engine {
  return {
    name: 'onnx',
    version: `onnxruntime-node ${version}, CPU`,
    async compile(options) {
      const { network, batchSize, frozen, threads } = options;
      const layout = await layoutFor(network, batchSize);
      const step = await createSession(stepGraph(network, batchSize, frozen, layout), threads);
      const evaluation = await createSession(evaluationGraph(network, batchSize, layout), threads);
      return new OnnxTrainer(options, step, evaluation);
    },
  };
}

/** The fastest that this processor has for a network and its batches. */
async function layoutFor(network: Network, batch: number): Promise<Layout> {
  const block = await blockOfProcessor();
  return block !== undefined && canBeBlocked(network, batch, block)
    ? blockedLayout(network, { block })
    : batchLastLayout;
}

/** Tensors by the name of their graph input. */
type State = Map<string, Tensor>;

class OnnxTrainer implements Trainer {
  readonly #network: Network;
  readonly #batchSize: number;
  readonly #learning: readonly Parameter[];
  readonly #step: InferenceSession;
  readonly #evaluation: InferenceSession;
  /** Weights of all parameters, and momentum of those that learn. */
  #state: State;
  /** A step writes the next state here, then the two change places: nothing is copied or allocated. */
  #spare: State;

  constructor(options: TrainerOptions, step: InferenceSession, evaluation: InferenceSession) {
    const { network, batchSize, frozen, weights, momentum } = options;
    this.#network = network;
    this.#batchSize = batchSize;
    this.#learning = network.parameters.filter(({ n }) => n > frozen);
    this.#step = step;
    this.#evaluation = evaluation;
    this.#state = new Map();
    for (const parameter of network.parameters) this.#state.set(parameter.name, copied(weights, parameter));
    for (const parameter of this.#learning)
      this.#state.set(momentumOf(parameter.name), momentum ? copied(momentum, parameter) : zeros(parameter));
    this.#spare = new Map(this.#state);
    for (const parameter of this.#learning) {
      this.#spare.set(parameter.name, zeros(parameter));
      this.#spare.set(momentumOf(parameter.name), zeros(parameter));
    }
  }

  async step(batch: TrainingBatch, learningRate: number): Promise<BatchResult> {
    const images = this.#checked(batch);
    if (images !== this.#batchSize) throw new RangeError(`a step takes ${this.#batchSize} images, not ${images}`);
    const feeds: Record<string, Tensor> = { ...this.#feeds(batch), ...this.#dropoutFeeds(batch.dropoutMasks) };
    const fetches: Record<string, Tensor | null> = { [LOSS]: null, [CORRECT]: null };
    if (this.#learning.length > 0) feeds[LEARNING_RATE] = new Tensor('float32', [learningRate], []);
    for (const [name, tensor] of this.#state) feeds[name] = tensor;
    for (const { name } of this.#learning)
      for (const changed of [name, momentumOf(name)]) fetches[next(changed)] = this.#spare.get(changed)!;
    const result = await this.#step.run(feeds, fetches);
    [this.#state, this.#spare] = [this.#spare, this.#state];
    return batchResult(result);
  }

  async evaluate(batch: Batch): Promise<BatchResult> {
    this.#checked(batch);
    const feeds = this.#feeds(batch);
    for (const { name } of this.#network.parameters) feeds[name] = this.#state.get(name)!;
    return batchResult(await this.#evaluation.run(feeds));
  }

  async weights(): Promise<Weights> {
    return this.#copies((name) => name);
  }

  async parameter(name: string): Promise<PlainTensor> {
    return this.#copy(name, parameterNamed(this.#network, name));
  }

  async momentum(): Promise<Weights> {
    return this.#copies(momentumOf);
  }

  async dispose(): Promise<void> {
    await this.#step.release();
    await this.#evaluation.release();
  }

  /** The number of images. Throws where a batch does not fit the network: a wrong label would train silently wrong. */
  #checked({ images, labels }: Batch): number {
    const { spec, classes } = this.#network;
    const pixels = labels.length * CHANNELS * spec.inputSize ** 2;
    if (labels.length === 0 || images.length !== pixels)
      throw new RangeError(`${labels.length} labels need ${pixels} pixel values, not ${images.length}`);
    const wrong = labels.find((label) => label < 0 || label >= classes);
    if (wrong !== undefined) throw new RangeError(`label ${wrong} is not one of the network's ${classes} classes`);
    return labels.length;
  }

  #feeds({ images, labels }: Batch): Record<string, Tensor> {
    const size = this.#network.spec.inputSize;
    return {
      [IMAGES]: new Tensor('float32', images, [labels.length, CHANNELS, size, size]),
      [LABELS]: new Tensor('int32', labels, [labels.length, 1]),
    };
  }

  #dropoutFeeds(masks: readonly Float32Array[]): Record<string, Tensor> {
    const layers = this.#network.layers.filter(({ spec }) => spec.type === 'dropout');
    if (masks.length !== layers.length)
      throw new RangeError(`the network has ${layers.length} dropout layers, the batch ${masks.length} masks`);
    return Object.fromEntries(
      layers.map(({ output }, index) => {
        return [dropoutInput(index), new Tensor('float32', masks[index], [this.#batchSize, ...output])];
      }),
    );
  }

  #copies(key: (name: string) => string): Weights {
    return new Map(
      this.#network.parameters.map((parameter) => [parameter.name, this.#copy(key(parameter.name), parameter)]),
    );
  }

  #copy(key: string, parameter: Parameter): PlainTensor {
    const tensor = this.#state.get(key) ?? zeros(parameter);
    return { shape: parameter.shape, data: (tensor.data as Float32Array).slice() };
  }
}

function batchResult(outputs: InferenceSession.ReturnType): BatchResult {
  return { loss: Number(outputs[LOSS].data[0]), correct: Number(outputs[CORRECT].data[0]) };
}

const zeros = ({ size, shape }: Parameter): Tensor => new Tensor('float32', new Float32Array(size), shape);

function copied(from: Weights, { name, shape, size }: Parameter): Tensor {
  const data = from.get(name)?.data;
  if (data?.length !== size) throw new RangeError(`${name}: ${size} values are needed, not ${data?.length ?? 0}`);
  return new Tensor('float32', data.slice(), shape);
}

import { createRequire } from 'node:module';
import { Tensor, type InferenceSession } from 'onnxruntime-node';
import { messageOf, UserError } from '../../errors.ts';
import { volume } from '../../network/layers/layer.ts';
import { allMoments } from '../../network/optimiser.ts';
import { CHANNELS, parameterNamed, type Network, type Parameter } from '../../network/network.ts';
import type { Tensor as PlainTensor, Weights } from '../../network/weights.ts';
import type {
  Batch,
  BatchResult,
  Engine,
  EvaluationResult,
  ImagesOrActivations,
  PrefixEngine,
  Trainer,
  TrainerOptions,
  TrainingBatch,
} from '../engine.ts';
import { evaluationGraph } from './forward.ts';
import type { Graph } from './graph.ts';
import type { EngineName } from '../../common/choices.ts';
import { adapterText, type Adapter } from './gpu/adapter.ts';
import {
  ANSWERS,
  BOUNDARY,
  CORRECT,
  dropoutFeeds,
  imageFeeds,
  LABELS,
  LEARNING_RATE,
  LOSS,
  momentumOf,
} from './inputs.ts';
import { graphLayout } from './graph-layout.ts';
import type { Layout } from './layout.ts';
import { batchLastLayout, blockedLayout, canBeBlocked, isChain, layoutOnCard } from './layouts.ts';
import { OnnxActivations, OnnxPrefix } from './prefix.ts';
import { blockOfProcessor, createSession, type Provider } from './session.ts';
import { CardState, locationsOnCard, MemoryState, type TrainingState } from './state.ts';
import { stepGraph } from './step.ts';

const { version } = createRequire(import.meta.url)('onnxruntime-node/package.json') as { version: string };

const PROVIDERS: Record<Provider, { readonly name: EngineName; readonly title: string }> = {
  cpu: { name: 'onnx', title: 'CPU' },
  webgpu: { name: 'onnx-webgpu', title: 'WebGPU' },
  cuda: { name: 'onnx-cuda', title: 'CUDA' },
};

/** Forward, backward and update of a training step as one ONNX graph, run by one of onnxruntime's providers. */
export function createOnnxEngine(provider: Provider = 'cpu', adapter?: Adapter): Engine {
  const { name, title } = PROVIDERS[provider];
  return {
    name,
    version: `onnxruntime-node ${version}, ${title}${adapter ? ` on ${adapterText(adapter)}` : ''}`,
    compile: (options) => compile(options, provider, 0),
    prefixes: provider === 'cpu' ? prefixes : undefined,
  };
}

/** Only on the processor, where activations stay in its memory between two sessions. */
const prefixes: PrefixEngine = {
  compilePrefix: async (options) => OnnxPrefix.compile(options, await layoutFor(options.network, options.batchSize)),
  compileAbove: (options) => compile(options, 'cpu', options.frozen),
};

/** @param from layers 1..from are left to a prefix */
async function compile(options: TrainerOptions, provider: Provider, from: number): Promise<OnnxTrainer> {
  const { network, batchSize, frozen, threads } = options;
  const onCard = provider === 'webgpu';
  const outputs = onCard ? { preferredOutputLocation: locationsOnCard(options) } : {};
  const layout = provider === 'cpu' ? await layoutFor(network, batchSize) : layoutOnCard(network);
  const session = (graph: Graph, more?: typeof outputs) => {
    const created = createSession(graph, threads, provider, more);
    return onCard ? orNotOnCard(created, network) : created;
  };
  const step = await session(stepGraph(network, batchSize, frozen, layout, from), outputs);
  const evaluation = await session(evaluationGraph(network, batchSize, layout, from));
  const state = onCard ? await CardState.create(options) : new MemoryState(options);
  return new OnnxTrainer(options, from, step, evaluation, state);
}

/** The fastest layout that this processor has for a network and its batches. */
async function layoutFor(network: Network, batch: number): Promise<Layout> {
  const block = await blockOfProcessor();
  if (!isChain(network)) return graphLayout(network, block === undefined ? undefined : { block, batch });
  return block !== undefined && canBeBlocked(network, batch, block)
    ? blockedLayout(network, { block })
    : batchLastLayout;
}

type NamedShape = Pick<Parameter, 'name' | 'shape'>;

class OnnxTrainer implements Trainer<ImagesOrActivations> {
  readonly #network: Network;
  readonly #from: number;
  readonly #batchSize: number;
  readonly #step: InferenceSession;
  readonly #evaluation: InferenceSession;
  readonly #state: TrainingState;

  constructor(
    options: TrainerOptions,
    from: number,
    step: InferenceSession,
    evaluation: InferenceSession,
    state: TrainingState,
  ) {
    this.#network = options.network;
    this.#from = from;
    this.#batchSize = options.batchSize;
    this.#step = step;
    this.#evaluation = evaluation;
    this.#state = state;
  }

  async step(batch: TrainingBatch<ImagesOrActivations>, learningRate: number): Promise<BatchResult> {
    const images = this.#checked(batch);
    if (images !== this.#batchSize) throw new RangeError(`a step takes ${this.#batchSize} images, not ${images}`);
    const masks = dropoutFeeds(this.#network, batch.dropoutMasks, images, { from: this.#from });
    const feeds: Record<string, Tensor> = { ...this.#feeds(batch), ...masks };
    if (this.#state.changed.length > 0) feeds[LEARNING_RATE] = new Tensor('float32', [learningRate], []);
    for (const name of this.#state.changed) feeds[name] = this.#state.get(name);
    const result = await orCardFailure(this.#step.run(feeds), this.#state);
    this.#state.advance(result);
    return batchResult(result);
  }

  async evaluate(batch: Batch<ImagesOrActivations>): Promise<EvaluationResult> {
    this.#checked(batch);
    const outputs = await orCardFailure(this.#evaluation.run(this.#feeds(batch)), this.#state);
    return { ...batchResult(outputs), answers: outputs[ANSWERS].data as Int32Array };
  }

  async weights(): Promise<Weights> {
    return this.#copies(this.#network.parameters, (name) => name);
  }

  async parameter(name: string): Promise<PlainTensor> {
    return this.#copy(name, parameterNamed(this.#network, name));
  }

  async momentum(): Promise<Weights> {
    return this.#copies(allMoments(this.#network), momentumOf);
  }

  async dispose(): Promise<void> {
    await this.#state.dispose();
    await this.#step.release();
    await this.#evaluation.release();
  }

  /** The number of images. Throws where a batch does not fit the network, as a wrong label would go unnoticed. */
  #checked({ images, labels }: Batch<ImagesOrActivations>): number {
    const { spec, classes } = this.#network;
    const pixels = CHANNELS * spec.inputSize ** 2;
    const given = images instanceof Float32Array ? images.length / pixels : images.images;
    if (labels.length === 0 || given !== labels.length)
      throw new RangeError(`${labels.length} labels need as many images of ${pixels} pixel values, not ${given}`);
    const wrong = labels.find((label) => label < 0 || label >= classes);
    if (wrong !== undefined) throw new RangeError(`label ${wrong} is not one of the network's ${classes} classes`);
    return labels.length;
  }

  /** Inputs of both graphs: images or a prefix's activations, labels, and all weights and biases above the prefix. */
  #feeds({ images, labels }: Batch<ImagesOrActivations>): Record<string, Tensor> {
    const feeds: Record<string, Tensor> = { [LABELS]: new Tensor('int32', labels, [labels.length, 1]) };
    if (images instanceof Float32Array) Object.assign(feeds, imageFeeds(this.#network, images, labels.length));
    else if (images instanceof OnnxActivations) feeds[BOUNDARY] = images.tensor;
    else throw new TypeError('the activations are of another engine');
    for (const { name, n } of this.#network.parameters) if (n > this.#from) feeds[name] = this.#state.get(name);
    return feeds;
  }

  async #copies(tensors: readonly NamedShape[], key: (name: string) => string): Promise<Weights> {
    const copies = new Map<string, PlainTensor>();
    for (const tensor of tensors) copies.set(tensor.name, await this.#copy(key(tensor.name), tensor));
    return copies;
  }

  async #copy(key: string, { shape }: NamedShape): Promise<PlainTensor> {
    return { shape, data: this.#state.has(key) ? await this.#state.read(key) : new Float32Array(volume(shape)) };
  }
}

/** Turns the refusal of a network by WebGPU into a UserError: an operator without a kernel there, or a driver. */
function orNotOnCard<Result>(work: Promise<Result>, { spec }: Network): Promise<Result> {
  return work.catch((cause: unknown) => {
    const reason = /fallback to CPU EP/.test(messageOf(cause))
      ? 'WebGPU would leave a part of it to the processor'
      : messageOf(cause).split('\n')[0];
    throw new UserError(
      `The network "${spec.name}" does not run on this graphics card (${reason}): train it with the engine onnx.`,
      { cause },
    );
  });
}

/** Turns the failure of a graphics card into a UserError: a driver is updated, memory runs out, the machine sleeps. */
async function orCardFailure<Result>(work: Promise<Result>, state: TrainingState): Promise<Result> {
  if (!(state instanceof CardState)) return work;
  return work.catch((cause: unknown) => {
    const [reason] = messageOf(cause).split('\n');
    throw new UserError(
      `The graphics card failed (${reason}): resume the study, with fewer workers where its memory ran out, or train with the engine onnx.`,
      { cause },
    );
  });
}

function batchResult(outputs: InferenceSession.ReturnType): BatchResult {
  return { loss: Number(outputs[LOSS].data[0]), correct: Number(outputs[CORRECT].data[0]) };
}

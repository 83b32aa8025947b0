import { createRequire } from 'node:module';
import { Tensor, type InferenceSession } from 'onnxruntime-node';
import { messageOf, UserError } from '../../errors.ts';
import { CHANNELS, parameterNamed, type Network, type Parameter } from '../../network/network.ts';
import type { Tensor as PlainTensor, Weights } from '../../network/weights.ts';
import type {
  Activations,
  Batch,
  BatchResult,
  Engine,
  PrefixEngine,
  Trainer,
  TrainerOptions,
  TrainingBatch,
} from '../engine.ts';
import type { EngineName } from '../../common/choices.ts';
import { blockedLayout } from './blocked/layers.ts';
import { blockOfProcessor, canBeBlocked } from './blocked/layout.ts';
import { evaluationGraph } from './evaluation.ts';
import { dropoutFeeds, imageFeeds } from './feeds.ts';
import { adapterText, type Adapter } from './gpu/adapter.ts';
import { cardLayout } from './gpu/layers.ts';
import { CardState, locationsOnCard } from './gpu/state.ts';
import { batchLastLayout, type Layout } from './layers.ts';
import { BOUNDARY, CORRECT, LABELS, LEARNING_RATE, LOSS, momentumOf } from './names.ts';
import { OnnxActivations, OnnxPrefix } from './prefix.ts';
import type { Provider } from './provider.ts';
import { createSession } from './session.ts';
import { MemoryState, type TrainingState } from './state.ts';
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

/** On the processor only: activations stay in its memory between two sessions. */
const prefixes: PrefixEngine = {
  compilePrefix: async (options) => OnnxPrefix.compile(options, await layoutFor(options.network, options.batchSize)),
  compileAbove: (options) => compile(options, 'cpu', options.frozen),
};

/** @param from layers 1..from are left to a prefix */
async function compile(options: TrainerOptions, provider: Provider, from: number): Promise<OnnxTrainer> {
  const { network, batchSize, frozen, threads } = options;
  const onCard = provider === 'webgpu';
  const outputs = onCard ? { preferredOutputLocation: locationsOnCard(options) } : {};
  const layout = provider === 'cpu' ? await layoutFor(network, batchSize) : cardLayout;
  const step = await createSession(stepGraph(network, batchSize, frozen, layout, from), threads, provider, outputs);
  const evaluation = await createSession(evaluationGraph(network, batchSize, layout, from), threads, provider);
  const state = onCard ? await CardState.create(options) : new MemoryState(options);
  return new OnnxTrainer(options, from, step, evaluation, state);
}

/** The fastest that this processor has for a network and its batches. */
async function layoutFor(network: Network, batch: number): Promise<Layout> {
  const block = await blockOfProcessor();
  return block !== undefined && canBeBlocked(network, batch, block)
    ? blockedLayout(network, { block })
    : batchLastLayout;
}

class OnnxTrainer implements Trainer<Float32Array | Activations> {
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

  async step(batch: TrainingBatch<Float32Array | Activations>, learningRate: number): Promise<BatchResult> {
    const images = this.#checked(batch);
    if (images !== this.#batchSize) throw new RangeError(`a step takes ${this.#batchSize} images, not ${images}`);
    const masks = dropoutFeeds(this.#network, batch.dropoutMasks, images, { from: this.#from });
    const feeds: Record<string, Tensor> = { ...this.#feeds(batch), ...masks };
    const fetches: Record<string, Tensor | null> = { [LOSS]: null, [CORRECT]: null };
    if (this.#state.changed.length > 0) feeds[LEARNING_RATE] = new Tensor('float32', [learningRate], []);
    for (const name of this.#state.changed) feeds[name] = this.#state.get(name);
    const result = await answered(this.#step.run(feeds, { ...fetches, ...this.#state.fetches() }), this.#state);
    this.#state.advance(result);
    return batchResult(result);
  }

  async evaluate(batch: Batch<Float32Array | Activations>): Promise<BatchResult> {
    this.#checked(batch);
    return batchResult(await answered(this.#evaluation.run(this.#feeds(batch)), this.#state));
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
    await this.#state.dispose();
    await this.#step.release();
    await this.#evaluation.release();
  }

  /** The number of images. Throws where a batch does not fit the network: a wrong label would train silently wrong. */
  #checked({ images, labels }: Batch<Float32Array | Activations>): number {
    const { spec, classes } = this.#network;
    const pixels = CHANNELS * spec.inputSize ** 2;
    const given = images instanceof Float32Array ? images.length / pixels : images.images;
    if (labels.length === 0 || given !== labels.length)
      throw new RangeError(`${labels.length} labels need as many images of ${pixels} pixel values, not ${given}`);
    const wrong = labels.find((label) => label < 0 || label >= classes);
    if (wrong !== undefined) throw new RangeError(`label ${wrong} is not one of the network's ${classes} classes`);
    return labels.length;
  }

  /** Of both graphs: images or what a prefix has made of them, labels, and every weight and bias above. */
  #feeds({ images, labels }: Batch<Float32Array | Activations>): Record<string, Tensor> {
    const feeds: Record<string, Tensor> = { [LABELS]: new Tensor('int32', labels, [labels.length, 1]) };
    if (images instanceof Float32Array) Object.assign(feeds, imageFeeds(this.#network, images, labels.length));
    else if (images instanceof OnnxActivations) feeds[BOUNDARY] = images.tensor;
    else throw new TypeError('activations of another engine');
    for (const { name, n } of this.#network.parameters) if (n > this.#from) feeds[name] = this.#state.get(name);
    return feeds;
  }

  async #copies(key: (name: string) => string): Promise<Weights> {
    const copies = new Map<string, PlainTensor>();
    for (const parameter of this.#network.parameters)
      copies.set(parameter.name, await this.#copy(key(parameter.name), parameter));
    return copies;
  }

  async #copy(key: string, { shape, size }: Parameter): Promise<PlainTensor> {
    return { shape, data: this.#state.has(key) ? await this.#state.read(key) : new Float32Array(size) };
  }
}

/** A graphics card may go away: its driver is updated, its memory runs out, the machine sleeps. */
async function answered<Result>(work: Promise<Result>, state: TrainingState): Promise<Result> {
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

import { createRequire } from 'node:module';
import { Tensor, type InferenceSession } from 'onnxruntime-node';
import { messageOf, UserError } from '../../errors.ts';
import { CHANNELS, parameterNamed, type Network, type Parameter } from '../../network/network.ts';
import type { Tensor as PlainTensor, Weights } from '../../network/weights.ts';
import type { Batch, BatchResult, Engine, EngineName, Trainer, TrainerOptions, TrainingBatch } from '../engine.ts';
import { blockedLayout } from './blocked/layers.ts';
import { blockOfProcessor, canBeBlocked } from './blocked/layout.ts';
import { evaluationGraph } from './evaluation.ts';
import { adapterText, type Adapter } from './gpu/adapter.ts';
import { cardLayout } from './gpu/layers.ts';
import { CardState, locationsOnCard } from './gpu/state.ts';
import { batchLastLayout, type Layout } from './layers.ts';
import { CORRECT, IMAGES, LABELS, LEARNING_RATE, LOSS, dropoutInput, momentumOf } from './names.ts';
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
    async compile(options) {
      const { network, batchSize, frozen, threads } = options;
      const onCard = provider === 'webgpu';
      const outputs = onCard ? { preferredOutputLocation: locationsOnCard(options) } : {};
      const layout = provider === 'cpu' ? await layoutFor(network, batchSize) : cardLayout;
      const step = await createSession(stepGraph(network, batchSize, frozen, layout), threads, provider, outputs);
      const evaluation = await createSession(evaluationGraph(network, batchSize, layout), threads, provider);
      const state = onCard ? await CardState.create(options) : new MemoryState(options);
      return new OnnxTrainer(options, step, evaluation, state);
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

class OnnxTrainer implements Trainer {
  readonly #network: Network;
  readonly #batchSize: number;
  readonly #step: InferenceSession;
  readonly #evaluation: InferenceSession;
  readonly #state: TrainingState;

  constructor(options: TrainerOptions, step: InferenceSession, evaluation: InferenceSession, state: TrainingState) {
    this.#network = options.network;
    this.#batchSize = options.batchSize;
    this.#step = step;
    this.#evaluation = evaluation;
    this.#state = state;
  }

  async step(batch: TrainingBatch, learningRate: number): Promise<BatchResult> {
    const images = this.#checked(batch);
    if (images !== this.#batchSize) throw new RangeError(`a step takes ${this.#batchSize} images, not ${images}`);
    const feeds: Record<string, Tensor> = { ...this.#feeds(batch), ...this.#dropoutFeeds(batch.dropoutMasks) };
    const fetches: Record<string, Tensor | null> = { [LOSS]: null, [CORRECT]: null };
    if (this.#state.changed.length > 0) feeds[LEARNING_RATE] = new Tensor('float32', [learningRate], []);
    for (const name of this.#state.changed) feeds[name] = this.#state.get(name);
    const result = await answered(this.#step.run(feeds, { ...fetches, ...this.#state.fetches() }), this.#state);
    this.#state.advance(result);
    return batchResult(result);
  }

  async evaluate(batch: Batch): Promise<BatchResult> {
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
  #checked({ images, labels }: Batch): number {
    const { spec, classes } = this.#network;
    const pixels = labels.length * CHANNELS * spec.inputSize ** 2;
    if (labels.length === 0 || images.length !== pixels)
      throw new RangeError(`${labels.length} labels need ${pixels} pixel values, not ${images.length}`);
    const wrong = labels.find((label) => label < 0 || label >= classes);
    if (wrong !== undefined) throw new RangeError(`label ${wrong} is not one of the network's ${classes} classes`);
    return labels.length;
  }

  /** Of both graphs: images, labels, and every weight and bias. */
  #feeds({ images, labels }: Batch): Record<string, Tensor> {
    const size = this.#network.spec.inputSize;
    const feeds: Record<string, Tensor> = {
      [IMAGES]: new Tensor('float32', images, [labels.length, CHANNELS, size, size]),
      [LABELS]: new Tensor('int32', labels, [labels.length, 1]),
    };
    for (const { name } of this.#network.parameters) feeds[name] = this.#state.get(name);
    return feeds;
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

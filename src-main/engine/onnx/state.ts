import { Tensor, type InferenceSession } from 'onnxruntime-node';
import { volume } from '../../network/layers/layer.ts';
import { changes, learns, type Parameter } from '../../network/network.ts';
import { momentsOf } from '../../network/optimiser.ts';
import type { Weights } from '../../network/weights.ts';
import type { TrainerOptions } from '../engine.ts';
import { Graph } from './graph.ts';
import { momentumOf, next } from './inputs.ts';
import { createSession } from './session.ts';

/** Weights of all parameters, and momentum of those that learn, from step to step. */
export interface TrainingState {
  /** Names of the graph inputs that a step changes. */
  readonly changed: readonly string[];
  /** A tensor by the name of its graph input: a parameter, or the momentum of one that learns. */
  get(name: string): Tensor;
  has(name: string): boolean;
  /** Takes over what a step has written as the current state. */
  advance(outputs: InferenceSession.ReturnType): void;
  /** A copy of a tensor's values. */
  read(name: string): Promise<Float32Array>;
  dispose(): Promise<void>;
}

/** The state that a training starts from: tensors by the name of their graph input. */
function initialTensors({ network, frozen, weights, momentum }: TrainerOptions): Map<string, Tensor> {
  const tensors = new Map(network.parameters.map((parameter) => [parameter.name, copied(weights, parameter)]));
  for (const moment of learned({ network, frozen }))
    tensors.set(momentumOf(moment.name), momentum ? copied(momentum, moment) : zeros(moment));
  return tensors;
}

/** What the optimiser remembers of parameters that learn. */
const learned = ({ network, frozen }: Pick<TrainerOptions, 'network' | 'frozen'>) =>
  network.parameters
    .filter((parameter) => learns(parameter, frozen))
    .flatMap((parameter) => momentsOf(parameter, network.spec.training));

/** Names of the graph inputs that a step changes. */
const changedByStep = ({ network, frozen }: TrainerOptions): string[] =>
  network.parameters
    .filter((parameter) => changes(parameter, frozen))
    .flatMap((parameter) => {
      const moments = learns(parameter, frozen) ? momentsOf(parameter, network.spec.training) : [];
      return [parameter.name, ...moments.map(({ name }) => momentumOf(name))];
    });

/**
 * Gives back the memory of a tensor that nobody reads any more. onnxruntime copies what a session returns into new memory of
 * JavaScript's, even where it was told where to write. Left to the garbage collection, which begins anew with every 64 MB of it, a
 * step of alexnet-32 took a fifth longer.
 */
export function giveBack({ data }: Tensor): void {
  (data as Float32Array<ArrayBuffer>).buffer.transfer(0);
}

/** The state of a training in the computer's memory: what a step returns is the next one. */
export class MemoryState implements TrainingState {
  readonly #now: Map<string, Tensor>;
  readonly changed: readonly string[];

  constructor(options: TrainerOptions) {
    this.#now = initialTensors(options);
    this.changed = changedByStep(options);
  }

  get(name: string): Tensor {
    return this.#now.get(name)!;
  }

  has(name: string): boolean {
    return this.#now.has(name);
  }

  advance(outputs: InferenceSession.ReturnType): void {
    for (const name of this.changed) {
      giveBack(this.get(name));
      this.#now.set(name, outputs[next(name)] as Tensor);
    }
  }

  read(name: string): Promise<Float32Array> {
    return Promise.resolve((this.get(name).data as Float32Array).slice());
  }

  dispose(): Promise<void> {
    return Promise.resolve();
  }
}

/** Tells a session to leave weights and momentum on the card, for the next step. */
export const locationsOnCard = (options: TrainerOptions): Record<string, 'gpu-buffer'> =>
  Object.fromEntries(changedByStep(options).map((name) => [next(name), 'gpu-buffer' as const]));

/** The state of a training in a graphics card's memory: it is copied there once, and back only when it is read. */
export class CardState implements TrainingState {
  readonly #now: Map<string, Tensor>;
  readonly changed: readonly string[];
  /** Owns the memory of what it has copied to the card: releasing it before that memory is a crash. */
  readonly #upload: InferenceSession;
  readonly #download: InferenceSession;

  private constructor(
    now: Map<string, Tensor>,
    changed: readonly string[],
    upload: InferenceSession,
    download: InferenceSession,
  ) {
    this.#now = now;
    this.changed = changed;
    this.#upload = upload;
    this.#download = download;
  }

  static async create(options: TrainerOptions): Promise<CardState> {
    const [upload, download] = [await copyingSession('gpu-buffer'), await copyingSession('cpu')];
    const now = new Map<string, Tensor>();
    for (const [name, tensor] of initialTensors(options)) now.set(name, await copy(upload, tensor));
    return new CardState(now, changedByStep(options), upload, download);
  }

  get(name: string): Tensor {
    return this.#now.get(name)!;
  }

  has(name: string): boolean {
    return this.#now.has(name);
  }

  advance(outputs: InferenceSession.ReturnType): void {
    for (const name of this.changed) {
      this.get(name).dispose();
      this.#now.set(name, outputs[next(name)] as Tensor);
    }
  }

  async read(name: string): Promise<Float32Array> {
    return (await copy(this.#download, this.get(name))).data as Float32Array;
  }

  /** Must be called before the session whose outputs are held here is released. */
  async dispose(): Promise<void> {
    for (const tensor of this.#now.values()) tensor.dispose();
    await this.#upload.release();
    await this.#download.release();
  }
}

const [VALUE, COPY] = ['value', 'copy'];

/** onnxruntime-node can't read a tensor on a graphics card, nor write one; a graph that copies its input can. */
function copyingSession(to: 'cpu' | 'gpu-buffer'): Promise<InferenceSession> {
  const graph = new Graph();
  graph.output(COPY, graph.input(VALUE));
  return createSession(graph, 1, 'webgpu', { preferredOutputLocation: { [COPY]: to } });
}

const copy = async (session: InferenceSession, tensor: Tensor): Promise<Tensor> =>
  (await session.run({ [VALUE]: tensor }))[COPY] as Tensor;

const zeros = ({ shape }: Pick<Parameter, 'shape'>): Tensor =>
  new Tensor('float32', new Float32Array(volume(shape)), shape);

function copied(from: Weights, { name, shape }: Pick<Parameter, 'name' | 'shape'>): Tensor {
  const size = volume(shape);
  const data = from.get(name)?.data;
  if (data?.length !== size) throw new RangeError(`${name}: ${size} values are needed, not ${data?.length ?? 0}`);
  return new Tensor('float32', data.slice(), shape);
}

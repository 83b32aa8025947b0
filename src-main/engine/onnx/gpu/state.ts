import type { InferenceSession, Tensor } from 'onnxruntime-node';
import type { TrainerOptions } from '../../engine.ts';
import { Graph } from '../graph.ts';
import { next } from '../names.ts';
import { createSession } from '../session.ts';
import { changedByStep, initialTensors, type TrainingState } from '../state.ts';

/** Where a session leaves what a step makes of weights and momentum: on the card, for the next step. */
export const locationsOnCard = (options: TrainerOptions): Record<string, 'gpu-buffer'> =>
  Object.fromEntries(changedByStep(options).map((name) => [next(name), 'gpu-buffer' as const]));

/** In the memory of a graphics card: weights and momentum cross to it once, and back when somebody asks for them. */
export class CardState implements TrainingState {
  readonly #now: Map<string, Tensor>;
  readonly changed: readonly string[];
  /** Owns the memory of what it has brought to the card: ending it before that memory is given back is a crash. */
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

  fetches(): Record<string, null> {
    return Object.fromEntries(this.changed.map((name) => [next(name), null]));
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

  /** To be called before the session is ended that has made what is held here. */
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

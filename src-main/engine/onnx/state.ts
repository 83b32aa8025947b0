import { Tensor, type InferenceSession } from 'onnxruntime-node';
import { learns, type Parameter } from '../../network/network.ts';
import type { Weights } from '../../network/weights.ts';
import type { TrainerOptions } from '../engine.ts';
import { momentumOf, next } from './names.ts';

/** Weights of all parameters, and momentum of those that learn, where the steps of a training find them. */
export interface TrainingState {
  /** Names of what a step changes. */
  readonly changed: readonly string[];
  /** By the name of its graph input: a parameter, or the momentum of one that learns.  */
  get(name: string): Tensor;
  has(name: string): boolean;
  /** Where the next step shall write what it changes; null: wherever it likes. */
  fetches(): Record<string, Tensor | null>;
  /** Takes over what a step has written. */
  advance(outputs: InferenceSession.ReturnType): void;
  /** A copy of its values. */
  read(name: string): Promise<Float32Array>;
  dispose(): Promise<void>;
}

/** What a training starts from: tensors by the name of their graph input. */
export function initialTensors({ network, frozen, weights, momentum }: TrainerOptions): Map<string, Tensor> {
  const tensors = new Map(network.parameters.map((parameter) => [parameter.name, copied(weights, parameter)]));
  for (const parameter of network.parameters)
    if (learns(parameter, frozen))
      tensors.set(momentumOf(parameter.name), momentum ? copied(momentum, parameter) : zeros(parameter));
  return tensors;
}

/** Names of the graph inputs that a step makes anew. */
export const changedByStep = ({ network, frozen }: TrainerOptions): string[] =>
  network.parameters.filter((parameter) => learns(parameter, frozen)).flatMap(({ name }) => [name, momentumOf(name)]);

/** In the computer's memory. */
export class MemoryState implements TrainingState {
  #now: Map<string, Tensor>;
  /** A step writes the next state here, then the two change places: nothing is copied or allocated. */
  #spare: Map<string, Tensor>;
  readonly changed: readonly string[];

  constructor(options: TrainerOptions) {
    this.#now = initialTensors(options);
    this.changed = changedByStep(options);
    this.#spare = new Map(this.#now);
    for (const name of this.changed) {
      const { data, dims } = this.#now.get(name)!;
      this.#spare.set(name, new Tensor('float32', new Float32Array(data.length), dims));
    }
  }

  get(name: string): Tensor {
    return this.#now.get(name)!;
  }

  has(name: string): boolean {
    return this.#now.has(name);
  }

  fetches(): Record<string, Tensor> {
    return Object.fromEntries(this.changed.map((name) => [next(name), this.#spare.get(name)!]));
  }

  advance(): void {
    [this.#now, this.#spare] = [this.#spare, this.#now];
  }

  read(name: string): Promise<Float32Array> {
    return Promise.resolve((this.get(name).data as Float32Array).slice());
  }

  dispose(): Promise<void> {
    return Promise.resolve();
  }
}

const zeros = ({ size, shape }: Parameter): Tensor => new Tensor('float32', new Float32Array(size), shape);

function copied(from: Weights, { name, shape, size }: Parameter): Tensor {
  const data = from.get(name)?.data;
  if (data?.length !== size) throw new RangeError(`${name}: ${size} values are needed, not ${data?.length ?? 0}`);
  return new Tensor('float32', data.slice(), shape);
}

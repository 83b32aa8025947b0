import type { Network } from '../../network/network.ts';
import type { Tensor } from '../../network/weights.ts';
import type { Trainer } from '../engine.ts';
import type { TrainerMessage } from './job.ts';

export interface FirstLayerOptions {
  readonly network: Network;
  /** Whether the first layer ever learns. */
  readonly learns: boolean;
  readonly steps: number;
  /** Snapshots at the most, those of step 0 and of the last step among them. */
  readonly snapshots: number;
  readonly trainer: Pick<Trainer, 'parameter'>;
  readonly say: (message: TrainerMessage) => void;
  /** Milliseconds on a clock that only goes forwards. */
  readonly now?: () => number;
}

/** Milliseconds between looks at the filters. */
const FILTERS_EVERY = 2000;

/**
 * Steps of which the filters are kept: 0, the last, and between them so that the distance grows evenly. Filters form at
 * the start and are only polished later; yet the last distance, twice the mean one, still shows what a lower learning
 * rate does. Of 40, half lie in the first quarter of the training and the last two a twentieth of it apart.
 *
 * @param most 2 at least
 */
export function snapshotSteps(steps: number, most: number): ReadonlySet<number> {
  return new Set(Array.from({ length: most }, (_, i) => Math.round(steps * (i / (most - 1)) ** 2)));
}

/** Says how the first layer's filters form, where it is a convolution: `snapshot`s for the store, `filters` for eyes. */
export class FirstLayer {
  readonly #options: FirstLayerOptions;
  /** Of the filters; undefined where the first layer has none. */
  readonly #parameter: string | undefined;
  readonly #learns: boolean;
  readonly #snapshotSteps: ReadonlySet<number>;
  readonly #now: () => number;
  #filtersSaid = -Infinity;

  constructor(options: FirstLayerOptions) {
    const { network, learns, steps, snapshots, now = () => performance.now() } = options;
    this.#options = options;
    this.#parameter = network.layers[0].spec.type === 'conv' ? network.parameters[0].name : undefined;
    this.#learns = learns;
    this.#snapshotSteps = snapshotSteps(steps, snapshots);
    this.#now = now;
  }

  /** Before the first step of this process. */
  async begin(step: number): Promise<void> {
    // A training that goes on from a checkpoint has said what was due at its step before it wrote the checkpoint.
    if (step === 0) await this.#keep(step);
    await this.#show(step);
  }

  /** After a step, before its checkpoint. */
  async advance(step: number): Promise<void> {
    if (!this.#learns) return;
    await this.#keep(step);
    if (this.#now() - this.#filtersSaid >= FILTERS_EVERY) await this.#show(step);
  }

  async #keep(step: number): Promise<void> {
    if (this.#learns && this.#snapshotSteps.has(step)) await this.#say('snapshot', step);
  }

  async #show(step: number): Promise<void> {
    this.#filtersSaid = this.#now();
    await this.#say('filters', step);
  }

  async #say(type: 'snapshot' | 'filters', step: number): Promise<void> {
    if (this.#parameter === undefined) return;
    const weight: Tensor = await this.#options.trainer.parameter(this.#parameter);
    this.#options.say({ type, step, weight });
  }
}

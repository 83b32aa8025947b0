import { layerQualities } from '../../network/layer-quality.ts';
import type { Network } from '../../network/network.ts';
import type { Tensor } from '../../network/weights.ts';
import type { Trainer } from '../engine.ts';
import type { TrainerMessage } from './job.ts';

interface FilterReporterOptions {
  readonly network: Network;
  /** Whether the first layer ever learns. */
  readonly learns: boolean;
  readonly steps: number;
  /** Whether a snapshot has numbers about every layer. */
  readonly everyLayer?: boolean;
  /** Most snapshots, those of step 0 and of the last step among them. */
  readonly snapshots: number;
  readonly trainer: Pick<Trainer, 'parameter'>;
  readonly report: (message: TrainerMessage) => void;
  /** Milliseconds on a clock that only goes forwards. */
  readonly now?: () => number;
}

/** Milliseconds between reports of the filters. */
const FILTERS_EVERY = 2000;

/**
 * Steps whose filters are kept: 0, the last, and others between them at distances that grow evenly. Filters form at the
 * start and are only polished later; yet the last distance, twice the mean one, still shows what a lower learning rate
 * does. Half of 40 lie in the first quarter of the training, and the last two are a twentieth of it apart.
 *
 * @param most at least 2
 */
export function snapshotSteps(steps: number, most: number): ReadonlySet<number> {
  return new Set(Array.from({ length: most }, (_, i) => Math.round(steps * (i / (most - 1)) ** 2)));
}

/**
 * Reports how the first layer's filters form, where it is a convolution: `snapshot`s for the store, those of bases with
 * numbers about every layer, `filters` for display.
 */
export class FilterReporter {
  readonly #options: FilterReporterOptions;
  /** Name of the filters' parameter; undefined where the first layer is no convolution. */
  readonly #parameter: string | undefined;
  readonly #learns: boolean;
  readonly #snapshotSteps: ReadonlySet<number>;
  readonly #now: () => number;
  #lastShown = -Infinity;

  constructor(options: FilterReporterOptions) {
    const { network, learns, steps, snapshots, now = () => performance.now() } = options;
    this.#options = options;
    this.#parameter = network.layers[0].spec.type === 'conv' ? network.parameters[0].name : undefined;
    this.#learns = learns;
    this.#snapshotSteps = snapshotSteps(steps, snapshots);
    this.#now = now;
  }

  /** To be called before the first step of this process. */
  async begin(step: number): Promise<void> {
    // A training reports what is due at a step before it writes the step's checkpoint: one that resumes has done so.
    if (step === 0) await this.#keep(step);
    await this.#show(step);
  }

  /** To be called after each step, before its checkpoint. */
  async afterStep(step: number): Promise<void> {
    if (!this.#learns) return;
    await this.#keep(step);
    if (this.#now() - this.#lastShown >= FILTERS_EVERY) await this.#show(step);
  }

  async #keep(step: number): Promise<void> {
    if (this.#learns && this.#snapshotSteps.has(step)) await this.#report('snapshot', step);
  }

  async #show(step: number): Promise<void> {
    this.#lastShown = this.#now();
    await this.#report('filters', step);
  }

  async #report(type: 'snapshot' | 'filters', step: number): Promise<void> {
    if (this.#parameter === undefined) return;
    const { network, trainer, everyLayer, report } = this.#options;
    const weight: Tensor = await trainer.parameter(this.#parameter);
    if (type === 'filters' || !everyLayer) report({ type, step, weight });
    else report({ type, step, weight, layers: await layerQualities(network, (name) => trainer.parameter(name)) });
  }
}

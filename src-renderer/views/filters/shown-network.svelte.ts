import { loadBank, stepUpTo, type MeasuredBank } from '../../filters/bank.ts';
import type { FilterLayer } from '../../../src-main/common/contract/runs.ts';
import { ask } from '../../state/ask.svelte.ts';
import { session } from '../../state/session.svelte.ts';
import type { Chosen } from './networks.ts';

/** A chosen network with its runs' names and its filters at a step; follows a training under way. */
export class ShownNetwork {
  readonly #chosen: () => Chosen | undefined;
  readonly #at: () => number | 'latest';
  readonly key = $derived.by(() => this.#chosen()?.run);
  readonly study = $derived.by(() => this.#chosen()?.study);
  readonly file = $derived.by(() => this.#chosen()?.file);
  /** The layer whose filters are shown; undefined: the first. */
  readonly layer = $derived.by(() => this.#chosen()?.layer);
  readonly #layers = ask(async () => {
    const { key } = this;
    return key === undefined ? undefined : { key, ...(await session.api.runs.filterLayers({ run: key })) };
  });
  readonly #live = $derived.by(() => session.activity.study?.runs.find(({ key }) => key === this.key));
  /** The newest step of a training under way, else undefined. */
  readonly #liveAt = $derived.by(() => this.#live?.filtersAt ?? undefined);
  readonly #details = ask(() => {
    void session.stored;
    const { study } = this;
    return study === undefined ? undefined : session.api.studies.details({ study });
  });
  readonly run = $derived.by(() => this.#live ?? this.#details.value?.runs.find(({ key }) => key === this.key));
  /** The newest stored step up to the wanted one: two networks may be stored at different steps. Frozen filters have no history. */
  readonly #step = $derived.by(() => {
    const at = this.#at();
    return at === 'latest' ? at : (stepUpTo(this.steps, at) ?? 'latest');
  });
  readonly #bank = ask(async () => {
    const { key, layer } = this;
    const step = this.#step;
    if (step === 'latest') void this.#liveAt;
    return key === undefined ? undefined : { key, layer, bank: await loadBank(session.api, key, step, { layer }) };
  });
  readonly #history = ask(async () => {
    const { key, layer } = this;
    void this.#liveAt;
    // Only the first layer has a history.
    if (key === undefined || layer !== undefined) return undefined;
    return { key, steps: (await session.api.runs.history({ run: key })).steps };
  });

  constructor(chosen: () => Chosen | undefined, at: () => number | 'latest') {
    this.#chosen = chosen;
    this.#at = at;
  }

  get bank(): MeasuredBank | undefined {
    const { value } = this.#bank;
    return value?.key === this.key && value?.layer === this.layer ? value?.bank : undefined;
  }

  get steps(): readonly number[] {
    const known = this.layer === undefined && this.#history.value?.key === this.key;
    return known ? (this.#history.value?.steps ?? []) : [];
  }

  /** The layers whose filters can be looked at. */
  get layers(): readonly FilterLayer[] {
    return this.#layers.value?.key === this.key ? (this.#layers.value?.layers ?? []) : [];
  }

  get problem(): string | undefined {
    return this.#bank.problem ?? this.#details.problem;
  }

  /** `A3B+`, of a later replicate `A3B+, replicate 2`, of another layer `A3B+, block2.depthwise`; of a file its name. */
  get name(): string {
    const { run, file, layer } = this;
    const name = run ? (run.replicate === 0 ? run.name : `${run.name}, replicate ${run.replicate + 1}`) : (file ?? '');
    return layer === undefined ? name : `${name}, ${layer}`;
  }
}

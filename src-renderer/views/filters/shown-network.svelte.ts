import { loadBank, stepUpTo, type MeasuredBank } from '../../filters/bank.ts';
import { ask } from '../../state/ask.svelte.ts';
import { session } from '../../state/session.svelte.ts';
import type { Chosen } from './networks.ts';

/** A chosen network with its runs' names and its filters at a step; follows a training under way. */
export class ShownNetwork {
  readonly #chosen: () => Chosen | undefined;
  readonly #at: () => number | 'latest';
  readonly key = $derived.by(() => this.#chosen()?.run);
  readonly study = $derived.by(() => this.#chosen()?.study);
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
    const { key } = this;
    const step = this.#step;
    if (step === 'latest') void this.#liveAt;
    return key === undefined ? undefined : { key, bank: await loadBank(session.api, key, step) };
  });
  readonly #history = ask(async () => {
    const { key } = this;
    void this.#liveAt;
    return key === undefined ? undefined : { key, steps: (await session.api.runs.history({ run: key })).steps };
  });

  constructor(chosen: () => Chosen | undefined, at: () => number | 'latest') {
    this.#chosen = chosen;
    this.#at = at;
  }

  get bank(): MeasuredBank | undefined {
    return this.#bank.value?.key === this.key ? this.#bank.value?.bank : undefined;
  }

  get steps(): readonly number[] {
    return this.#history.value?.key === this.key ? (this.#history.value?.steps ?? []) : [];
  }

  get problem(): string | undefined {
    return this.#bank.problem ?? this.#details.problem;
  }

  /** `A3B+`, and of a later replicate `A3B+, replicate 2`. */
  get name(): string {
    const { run } = this;
    if (!run) return '';
    return run.replicate === 0 ? run.name : `${run.name}, replicate ${run.replicate + 1}`;
  }
}

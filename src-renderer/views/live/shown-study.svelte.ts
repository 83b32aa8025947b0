import { questions } from '../../state/ahead.ts';
import { ask } from '../../state/ask.svelte.ts';
import { route } from '../../state/route.svelte.ts';
import { session } from '../../state/session.svelte.ts';
import { stored, underWay, type Overview } from './overview.ts';

/** The study that the screen is about. Make it while the component is set up. */
export class ShownStudy {
  readonly list = ask(
    () => (session.connected ? (void session.stored, questions.studies.ask()) : undefined),
    () => questions.studies.name,
    'list',
  );
  /** The one that ran while the screen was open: it stays when it ends. */
  #followed = $state<string>();
  #last = $state.raw<Overview>();
  readonly #running = $derived(session.activity.study);

  /** Undefined while there is no study at all. */
  readonly id = $derived(route.subject || this.#running?.study || this.#followed || this.list.value?.[0]?.id);
  readonly #underWay = $derived(this.#running && this.#running.study === this.id ? underWay(this.#running) : undefined);
  readonly #asked = $derived(this.#underWay ? undefined : this.id);
  readonly #details = ask(() => {
    if (!session.connected || this.#asked === undefined) return undefined;
    void session.stored;
    return session.api.studies.details({ study: this.#asked });
  });

  readonly overview: Overview | undefined = $derived.by(() => {
    if (this.#underWay) return this.#underWay;
    const details = this.#details.value;
    if (details && details.summary.id === this.id) return stored(details.summary, details.runs);
    // Shown until the stored study has arrived.
    return this.#last?.id === this.id ? this.#last : undefined;
  });

  constructor() {
    $effect(() => {
      if (this.#running) this.#followed = this.#running.study;
      if (this.#underWay) this.#last = this.#underWay;
    });
  }

  get problem(): string | undefined {
    return this.#details.problem ?? this.list.problem;
  }
}

/** The node of a study's graph that a person picked; undefined: the screen follows what trains. Survives a reload. */
export class Selection {
  readonly #study: () => string | undefined;
  /** Bumped with every change: the page's storage is not reactive by itself. */
  #changes = $state(0);

  constructor(study: () => string | undefined) {
    this.#study = study;
  }

  get node(): string | undefined {
    void this.#changes;
    return sessionStorage.getItem(this.#key) ?? undefined;
  }

  set node(node: string | undefined) {
    if (node === undefined) sessionStorage.removeItem(this.#key);
    else sessionStorage.setItem(this.#key, node);
    this.#changes += 1;
  }

  get #key(): string {
    return `live ${this.#study()}`;
  }
}

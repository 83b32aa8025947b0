import type { NetworkChoice } from '../../../src-main/common/contract/networks.ts';
import type { TreatmentKind } from '../../../src-main/common/treatments/treatments.ts';
import { ask } from '../../state/ask.svelte.ts';
import { questions, SOME_CLASSES } from '../../state/ahead.ts';
import { draft } from '../../state/draft.svelte.ts';
import { session } from '../../state/session.svelte.ts';
import { misfitOf, missing, settingsOf } from './settings.ts';

/** Milliseconds without a change before main is asked. */
const QUIET = 250;

/** Everything that the screen Study knows of the study that is being put together. Make it while a component is set up. */
export class Setup {
  readonly #presets = ask(questions.presets.ask, () => questions.presets.name, 'stored');
  readonly #sets = ask(
    () => (void session.stored, questions.sets.ask()),
    () => questions.sets.name,
    'list',
  );
  readonly #studies = ask(
    () => (void session.stored, questions.studies.ask()),
    () => questions.studies.name,
    'list',
  );
  readonly #request = quiet(() => draft.request, QUIET);

  readonly plan = ask(() => {
    void session.stored;
    const request = this.#request.current;
    return request && this.halves === undefined ? session.api.studies.plan(request) : undefined;
  });
  readonly estimate = ask(() => {
    void session.stored;
    const request = this.#request.current;
    const possible = this.plan.value && !this.plan.problem && !this.plan.waiting && this.problem === undefined;
    return request && possible ? session.api.studies.estimate(request) : undefined;
  });

  /** The request where a quick look can be taken at it: of a file's network. */
  readonly lookable = $derived(
    draft.source === 'file' && this.plan.value && !this.plan.problem && !this.plan.waiting
      ? this.#request.current
      : undefined,
  );
  readonly look = ask(() => {
    void session.stored;
    return this.lookable && session.api.studies.looked(this.lookable);
  });

  readonly #classes = $derived(Math.max(2, this.plan.value?.splits[0]?.b.length ?? SOME_CLASSES));
  readonly networks = ask(
    () => questions.networks(this.#classes).ask(),
    () => questions.networks(this.#classes).name,
    'stored',
  );
  readonly #fitted = ask(() => {
    const { pretrained } = draft.content;
    return this.network && pretrained && session.api.networks.fitPretrained({ network: this.network, pretrained });
  });

  readonly sets = $derived(this.#sets.value ?? []);
  readonly presets = $derived(this.#presets.value);
  readonly preset = $derived(this.presets?.find(({ name }) => name === draft.content.preset));
  readonly network: NetworkChoice | undefined = $derived(
    draft.content.network ?? (this.preset && { builtIn: this.preset.network }),
  );
  readonly #describe = $derived(
    this.network &&
      questions.network({ network: this.network, inputSize: draft.content.inputSize, classes: this.#classes }),
  );
  readonly described = ask(
    () => this.#describe?.ask(),
    () => this.#describe?.name ?? '',
    'stored',
  );
  /** Why presets, networks or images can't be had at all. */
  readonly broken = $derived(this.#presets.problem ?? this.networks.problem ?? this.#sets.problem);
  /** The pretrained network that is chosen, with as many layers as fit: it may have been chosen for another network. */
  readonly pretrained = $derived.by(() => {
    const { pretrained } = draft.content;
    return pretrained && this.#fitted.value?.sha256 === pretrained.sha256 ? this.#fitted.value : pretrained;
  });
  /** Why it can't be used. */
  readonly misfitPretrained = $derived(
    draft.content.pretrained && !this.described.problem ? this.#fitted.problem : undefined,
  );
  readonly settings = $derived(
    this.preset &&
      this.described.value &&
      settingsOf({ ...draft.content, pretrained: this.pretrained }, this.preset, this.described.value),
  );
  /** The set that is studied; undefined for built-in images, which are made as they are needed. */
  readonly set = $derived(this.#sets.value?.find(({ id }) => id === draft.content.set));
  /** Of the chosen set, what would make results wrong, as far as it was measured. */
  readonly #health = ask(() =>
    this.set ? session.api.images.health({ set: this.set.id, measure: false }) : undefined,
  );
  readonly leak = $derived(this.set && this.#health.value?.findings.find(({ id }) => id === 'leak')?.what);
  /** What comes from elsewhere is resampled as it is read. */
  readonly misfit = $derived(
    this.described.value && draft.source === 'half'
      ? misfitOf(this.described.value, this.set?.size, this.networks.value ?? [])
      : undefined,
  );
  /** The half of a split by hand that is too small to be studied. */
  readonly halves = $derived.by(() => {
    const { split } = draft.content;
    if (split?.kind !== 'groups' && split?.kind !== 'lists') return undefined;
    if (split.a.length === 0) return 'A';
    return split.b.length === 0 ? 'B' : undefined;
  });
  readonly missing = $derived(this.settings && missing(this.settings));
  /** What a person has to correct before it can be run. */
  readonly problem = $derived(
    this.halves
      ? 'halves'
      : this.described.problem
        ? 'network'
        : this.misfit
          ? 'misfit'
          : this.misfitPretrained
            ? 'pretrained'
            : this.missing,
  );
  /** The stored study that this would be, if there is one. */
  readonly stored = $derived(
    this.plan.value?.known ? this.#studies.value?.find(({ id }) => id === this.plan.value?.study) : undefined,
  );
  readonly #current = $derived(JSON.stringify(draft.request) === JSON.stringify(this.#request.current));
  /** Whether plan and estimate are of what is shown. */
  readonly settled = $derived(this.#current && !this.plan.waiting);

  /** What is looked at in the picture. */
  #looked = $state.raw<{ n: number | undefined; kind: TreatmentKind | undefined }>({ n: undefined, kind: undefined });
  readonly n = $derived.by(() => {
    const { depth } = this.described.value ?? { depth: 2 };
    const wanted = this.#looked.n ?? middle(this.settings?.layers ?? []) ?? 1;
    return Math.min(depth - 1, wanted);
  });
  readonly kind: TreatmentKind = $derived(
    this.#looked.kind ??
      (this.settings?.treatments.includes('transfer') === false ? this.settings.treatments[0] : undefined) ??
      'transfer',
  );

  showInPicture(change: { n?: number; kind?: TreatmentKind }): void {
    this.#looked = { ...this.#looked, ...change };
  }
}

const middle = (layers: readonly number[]): number | undefined => layers[Math.floor((layers.length - 1) / 2)];

/** A value as it was when it last stood still for a moment: for questions that are expensive to answer. */
function quiet<T>(read: () => T, milliseconds: number): { readonly current: T } {
  // Compared as text: an equal object that was made anew has not changed.
  const first = read();
  let shown = $state.raw(first);
  let key = JSON.stringify(first);
  $effect(() => {
    const next = read();
    const nextKey = JSON.stringify(next);
    if (nextKey === key) return;
    const timer = setTimeout(() => {
      key = nextKey;
      shown = next;
    }, milliseconds);
    return () => clearTimeout(timer);
  });
  return {
    get current() {
      return shown;
    },
  };
}

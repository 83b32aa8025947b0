/**
 * The treatments of the paper (section 3 and Figure 1), and those that are measured beside them. `base` is not a treatment
 * but what they are measured against. A kind says where the first n layers come from and, in the sign after it, what
 * becomes of them. This file imports nothing: what kinds mean is the same in main and in the window.
 *
 * - selffer  `BnB`:  first n layers copied from baseB and frozen, the rest random, trained on B
 * - selffer+ `BnB+`: the same, everything fine-tuned
 * - transfer `AnB`, transfer+ `AnB+`: the same, copied from baseA
 * - random   `RnB`:  first n layers random and frozen (Figure 3, right; the paper gives it no letter)
 * - transfer+0.1 `AnB+0.1`: fine-tuned, the copied layers with a tenth of the learning rate (network/discriminative.ts)
 * - transfer^ `AnB^`: copied layers begin frozen and are let learn from the top, one more with each epoch
 * - transfer~4 `AnB~4`: copied layers frozen, with an adapter of rank 4 beside each convolution (network/adapters.ts)
 */
export const TREATMENT_KINDS = ['selffer', 'selffer+', 'transfer', 'transfer+', 'random'] as const;
/** Those of the paper. */
export type PaperKind = (typeof TREATMENT_KINDS)[number];
type Copied = 'selffer' | 'transfer';
export type TreatmentKind = PaperKind | `${Copied}+${number}` | `${Copied}~${number}` | `${Copied}^`;
export type Half = 'A' | 'B';

export interface Treatment {
  readonly kind: TreatmentKind | 'base';
  /** Layers copied (or, for `random`, frozen); 0 for a base. */
  readonly n: number;
  /** The half whose classes it is trained and tested on. */
  readonly target: Half;
  /** Few target examples: training images of each of its classes; absent: all that the study uses. */
  readonly examples?: number;
}

/** A kind taken apart. */
export interface TreatmentParts {
  readonly lower: Copied | 'random';
  /** As written after the network's name: nothing, `+`, `+0.1`, `^`, `~4`. */
  readonly sign: string;
  /** The paper's treatment that it is a variant of; a treatment of the paper is its own. */
  readonly parent: PaperKind;
  /** Whether the first n layers stay as they are, with nothing beside them. */
  readonly frozen: boolean;
  /** What the learning rate of the copied layers is multiplied with; absent: as the others. */
  readonly copiedRate?: number;
  /** Rank of the adapters beside copied convolutions; absent: there are none. */
  readonly adapterRank?: number;
  /** Whether copied layers begin frozen and learn later. */
  readonly unfrozen?: true;
}

export const MOST_RANK = 64;
/**
 * A factor is above 0 and below 1, with at most four decimals and no zero at the end, a rank is from 1 to 64: one spelling
 * for each number.
 */
const KIND =
  /^(?:(?<copied>selffer|transfer)(?:\+?|\+(?<rate>0\.\d{0,3}[1-9])|~(?<rank>[1-9]|[1-5]\d|6[0-4])|\^)|random)$/;

/** Whether a text is a kind, in the one way that it is written. */
export const isTreatmentKind = (text: unknown): text is TreatmentKind => typeof text === 'string' && KIND.test(text);

/** Throws a RangeError for a text that is no kind. */
export function partsOf(kind: TreatmentKind): TreatmentParts {
  const { copied, rate, rank } = KIND.exec(kind)?.groups ?? {};
  if (copied === undefined) {
    if (kind !== 'random') throw new RangeError(`there is no treatment "${kind}"`);
    return { lower: 'random', sign: '', parent: 'random', frozen: true };
  }
  const lower = copied as Copied;
  const sign = kind.slice(lower.length);
  if (sign === '') return { lower, sign, parent: lower, frozen: true };
  if (rank !== undefined) return { lower, sign, parent: lower, frozen: false, adapterRank: Number(rank) };
  return {
    ...{ lower, sign, parent: `${lower}+`, frozen: false },
    ...(rate !== undefined && { copiedRate: Number(rate) }),
    ...(sign === '^' && { unfrozen: true }),
  };
}

/** The paper's kind whose look and place a kind has. */
export const parentOf = (kind: TreatmentKind | 'base'): PaperKind | 'base' =>
  kind === 'base' ? 'base' : partsOf(kind).parent;

/** The order of curves and lists: the base, then the paper's treatments, each before its variants by rising number. */
export function compareKinds(a: TreatmentKind | 'base', b: TreatmentKind | 'base'): number {
  const [first, second] = [placeOf(a), placeOf(b)];
  const differs = first.findIndex((part, index) => part !== second[index]);
  return differs < 0 ? 0 : first[differs] - second[differs];
}

function placeOf(kind: TreatmentKind | 'base'): number[] {
  if (kind === 'base') return [-1, 0];
  const { parent, copiedRate = 0, adapterRank = 0, unfrozen } = partsOf(kind);
  return [TREATMENT_KINDS.indexOf(parent), unfrozen ? 1 : copiedRate + adapterRank];
}

/** Kinds in order, each once. */
export const sortedKinds = (kinds: Iterable<TreatmentKind>): TreatmentKind[] => [...new Set(kinds)].sort(compareKinds);

/** `baseB`, `B3B`, `B3B+`, `A3B`, `A3B+`, `R3B`, `A3B+0.1`; on 5 images of each class `A3B@5`. */
export function treatmentName({ examples, ...treatment }: Treatment): string {
  return examples === undefined ? nameOnAll(treatment) : `${nameOnAll(treatment)}@${examples}`;
}

function nameOnAll({ kind, n, target }: Treatment): string {
  if (kind === 'base') return `base${target}`;
  return `${sourceHalf({ kind, target }) ?? 'R'}${n}${target}${partsOf(kind).sign}`;
}

/** The curve that a treatment is a point of: `AnB+`, `BnB`, `RnB`, `baseB`. */
export function curveName({ kind, target }: Omit<Treatment, 'n'>): string {
  return kind === 'base' ? `base${target}` : nameOnAll({ kind, n: 0, target }).replace('0', 'n');
}

/** The kind of a curve of target B by its name: `AnB+0.1`; undefined where there is none. */
export function kindNamed(curve: string): TreatmentKind | undefined {
  const [, source, sign] = /^([ABR])nB(.*)$/.exec(curve) ?? [];
  const kind = source && `${{ A: 'transfer', B: 'selffer', R: 'random' }[source]}${sign}`;
  return isTreatmentKind(kind) ? kind : undefined;
}

/** The base network that the first n layers come from. */
export function sourceHalf({ kind, target }: Pick<Treatment, 'kind' | 'target'>): Half | undefined {
  if (kind === 'base' || kind === 'random') return undefined;
  return partsOf(kind).lower === 'selffer' ? target : other(target);
}

/** How many layers stay as they are, to the end and without anything beside them. */
export function frozenLayers({ kind, n }: Pick<Treatment, 'kind' | 'n'>): number {
  return kind !== 'base' && partsOf(kind).frozen ? n : 0;
}

export const other = (half: Half): Half => (half === 'A' ? 'B' : 'A');

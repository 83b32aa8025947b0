import { adapters } from './adapters.ts';
import {
  COPIED,
  type Copied,
  type Drawn,
  type Learning,
  type Lower,
  type PaperTreatment,
  type Variant,
} from './definition.ts';
import { fineTuned } from './fine-tuned.ts';
import { frozen } from './frozen.ts';
import { normAffine } from './norm-affine.ts';
import { normStatistics } from './norm-statistics.ts';
import { random } from './random.ts';
import { rateDecay } from './rate-decay.ts';
import { slowerBelow } from './slower-below.ts';
import { unfreezing } from './unfreezing.ts';

/** The paper's: frozen, fine-tuned, random. */
export const PAPER_TREATMENTS: readonly PaperTreatment[] = [frozen, fineTuned, random];
/** Treatments that the paper doesn't have, in the order in which they are listed after the one that they vary. */
export const VARIANTS = [adapters, normStatistics, normAffine, slowerBelow, rateDecay, unfreezing] as const;
const TREATMENTS: readonly (PaperTreatment | Variant)[] = [...PAPER_TREATMENTS, ...VARIANTS];

/** Those of the paper, in its order. */
export const TREATMENT_KINDS = ['selffer', 'selffer+', 'transfer', 'transfer+', 'random'] as const;
export type PaperKind = (typeof TREATMENT_KINDS)[number];

type Sign<V extends Variant> = V extends { readonly parameter: object } ? `${V['sign']}${number}` : V['sign'];
/** `transfer+0.1`: where the first n layers come from, and after it the sign for what is done with them. */
export type TreatmentKind = PaperKind | `${Copied}${Sign<(typeof VARIANTS)[number]>}`;

/**
 * Those of a study whose features come from elsewhere: what a person does with a network at hand, and random layers as the
 * floor. Those that copy from B itself are the paper's control of co-adaptation.
 */
export const IN_PRACTICE: readonly TreatmentKind[] = ['transfer', 'transfer+', 'transfer+^0.75', 'random'];

export type Half = 'A' | 'B';
export const other = (half: Half): Half => (half === 'A' ? 'B' : 'A');

/** The most treatments of a study, more than fit into one figure. */
export const MOST_TREATMENTS = 20;

/** What is done to one network. `base` is not a treatment but the network that treatments are compared with. */
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
export interface KindParts {
  readonly definition: PaperTreatment | Variant;
  readonly lower: Lower;
  /** The number after the sign; 0 if there is none. */
  readonly value: number;
  /** As written after the network's name: nothing, `+`, `+0.1`, `^`, `~4`, `~norms`. */
  readonly sign: string;
  readonly learning: Learning;
}

/** Whether a text is a kind, written in the one valid way. */
export const isTreatmentKind = (text: unknown): text is TreatmentKind =>
  typeof text === 'string' && read(text) !== undefined;

/** The parts of a kind. Throws a RangeError for a text that is not a kind. */
export function partsOf(kind: TreatmentKind): KindParts {
  const parts = read(kind);
  if (!parts) throw new RangeError(`there is no treatment "${kind}"`);
  return { ...parts, learning: parts.definition.learning(parts.value) };
}

function read(text: string): Omit<KindParts, 'learning'> | undefined {
  const lower = ([...COPIED, 'random'] as const).find((one) => text.startsWith(one));
  if (lower === undefined) return undefined;
  const sign = text.slice(lower.length);
  for (const definition of TREATMENTS) {
    const value = definition.lowers.includes(lower) ? valueOf(definition, sign) : undefined;
    if (value !== undefined) return { definition, lower, value, sign };
  }
  return undefined;
}

function valueOf({ sign, parameter }: PaperTreatment | Variant, text: string): number | undefined {
  if (!parameter) return text === sign ? 0 : undefined;
  const written = text.startsWith(sign) ? text.slice(sign.length) : '';
  const value = Number(written);
  const { least, most, decimals } = parameter;
  return value >= least && value <= most && written === spelt(value, decimals) ? value : undefined;
}

const spelt = (value: number, decimals: number): string => String(Number(value.toFixed(decimals)));

/** Whether a network of these layers has what a treatment changes, among those that can be copied. */
export function canHave(
  { needs }: Pick<Variant, 'needs'>,
  layers: readonly { readonly type: string; readonly n: number }[],
) {
  const depth = Math.max(...layers.map(({ n }) => n));
  return needs === undefined || layers.some(({ type, n }) => n < depth && needs.types.includes(type));
}

/** The kind of a variant. @param value absent: the default */
export function kindOf(copied: Copied, { sign, parameter }: Variant, value = parameter?.usual): TreatmentKind {
  const number = parameter && value !== undefined ? spelt(value, parameter.decimals) : '';
  return `${copied}${sign}${number}` as TreatmentKind;
}

/** The paper's kind whose colour and place a kind has; a treatment of the paper is its own. */
export function parentOf(kind: TreatmentKind | 'base'): PaperKind | 'base' {
  if (kind === 'base') return 'base';
  const { lower, definition } = partsOf(kind);
  return paperKind(lower, 'variantOf' in definition ? definition.variantOf : definition);
}

const paperKind = (lower: Lower, { sign }: PaperTreatment): PaperKind => `${lower}${sign}` as PaperKind;

/** Its colours, and its place beside the others in the paper's figures. */
export function drawnOf(kind: TreatmentKind): Drawn {
  const { lower, definition } = partsOf(kind);
  return ('variantOf' in definition ? definition.variantOf : definition).drawn[lower]!;
}

/** What a kind is compared with; empty for a treatment of the paper. */
export function referencesOf(kind: TreatmentKind): { readonly against: PaperKind; readonly effect: string }[] {
  const { definition, lower } = partsOf(kind);
  if (!('variantOf' in definition)) return [];
  return definition.against.map((reference) => ({
    against: paperKind(lower, reference),
    effect: `${definition.words.short} over ${reference.words.short}`,
  }));
}

/** The order of curves and lists: the base, then the paper's treatments, each before its variants by rising number. */
export function compareKinds(a: TreatmentKind | 'base', b: TreatmentKind | 'base'): number {
  const [first, second] = [orderOf(a), orderOf(b)];
  const differs = first.findIndex((part, index) => part !== second[index]);
  return differs < 0 ? 0 : first[differs] - second[differs];
}

function orderOf(kind: TreatmentKind | 'base'): number[] {
  if (kind === 'base') return [-1, 0, 0];
  const { definition, value } = partsOf(kind);
  return [TREATMENT_KINDS.indexOf(parentOf(kind) as PaperKind), TREATMENTS.indexOf(definition), value];
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

/** The kind of a curve of target B by its name: `AnB+0.1`; undefined if there is none. */
export function kindNamed(curve: string): TreatmentKind | undefined {
  const [, source, sign] = /^([ABR])nB(.*)$/.exec(curve) ?? [];
  const kind = source && `${{ A: 'transfer', B: 'selffer', R: 'random' }[source]}${sign}`;
  return isTreatmentKind(kind) ? kind : undefined;
}

/** The base network that the first n layers come from. */
export function sourceHalf({ kind, target }: Pick<Treatment, 'kind' | 'target'>): Half | undefined {
  if (kind === 'base') return undefined;
  const { lower } = partsOf(kind);
  if (lower === 'random') return undefined;
  return lower === 'selffer' ? target : other(target);
}

/** How many layers stay unchanged to the end, without adapters. */
export function frozenLayers({ kind, n }: Pick<Treatment, 'kind' | 'n'>): number {
  return kind !== 'base' && partsOf(kind).learning.frozen ? n : 0;
}

/** The beginning of a sentence about a kind. */
export const TITLES: Readonly<Record<Lower, string>> = { selffer: 'Selffer', transfer: 'Transfer', random: 'Random' };

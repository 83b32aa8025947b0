import type { Variant } from '../common/treatments/definition.ts';
import {
  curveName,
  kindNamed,
  kindOf,
  MOST_TREATMENTS,
  VARIANTS,
  type TreatmentKind,
} from '../common/treatments/treatments.ts';
import { ENGINE_CHOICES, type EngineChoice, PRESET_NAMES, type PresetName } from '../common/choices.ts';
import { UserError } from '../errors.ts';

/**
 * Parsers of option values. Each returns the value, or throws a usage error that quotes the text and says what is
 * valid.
 */

const usageError = (sentence: string): UserError => new UserError(sentence, { usage: true });

/** Joins names as in `a, b or c`. */
export function alternatives(names: readonly string[]): string {
  return names.length < 2 ? names.join() : `${names.slice(0, -1).join(', ')} or ${names.at(-1)}`;
}

/** A parser of whole numbers within [least, most]. */
export function wholeNumber(option: string, least: number, most: number): (text: string) => number {
  return (text) => {
    const value = /^\d{1,15}$/.test(text) ? Number(text) : NaN;
    if (value >= least && value <= most) return value;
    throw usageError(`${option} must be a whole number from ${least} to ${most}, not "${text}".`);
  };
}

const MOST_EPOCHS = 100_000;

/** Parses a number of epochs above 0, which may be a fraction. */
export function parseEpochs(text: string): number {
  const value = /^\d*\.?\d+$/.test(text) ? Number(text) : NaN;
  if (value > 0 && value <= MOST_EPOCHS) return value;
  throw usageError(`--epochs must be a number above 0 and at most ${MOST_EPOCHS}, not "${text}".`);
}

/**
 * Parses numbers and ranges of layers such as `1-7` or `1-3,7`. Returns each once, sorted. The network is not known
 * here.
 */
export function parseLayers(text: string): number[] {
  const layers = new Set<number>();
  for (const part of text.split(',')) {
    const [, first, last] = /^\s*(\d{1,4})(?:-(\d{1,4}))?\s*$/.exec(part) ?? [];
    const from = Number(first);
    const to = last === undefined ? from : Number(last);
    if (!(from >= 1 && to >= from))
      throw usageError(`--layers must be a list of layer numbers such as 1-7 or 1,3,5, not "${text}".`);
    for (let n = from; n <= to; n++) layers.add(n);
  }
  return [...layers].sort((a, b) => a - b);
}

/** Parses numbers of images, separated by commas, such as `1,5,25`. Returns each once, sorted. */
export function parseExamples(text: string): number[] {
  const few = text.split(',').map((part) => (/^\s*\d{1,9}\s*$/.test(part) ? Number(part) : NaN));
  if (few.every((k) => k >= 1)) return [...new Set(few)].sort((a, b) => a - b);
  throw usageError(`--examples must be a list of numbers of images such as 1,5,25, not "${text}".`);
}

/** Of each sort of treatment that the paper doesn't have one, with what it is: `AnB~4`, `frozen, with adapters of rank 4`. */
export const variantExamples = (): { readonly name: string; readonly brief: string }[] =>
  VARIANTS.map((variant: Variant) => ({
    name: curveName({ kind: kindOf('transfer', variant), target: 'B' }),
    brief: variant.words.brief(variant.parameter?.usual ?? 0),
  }));

/** Parses treatments by the names of their curves, separated by commas. The random control has no name in the paper. */
export function parseTreatments(text: string): TreatmentKind[] {
  const kinds = text.split(',').map((part) => {
    const name = part.trim();
    const kind = name === 'random' ? 'random' : kindNamed(name);
    if (kind) return kind;
    const listed = new Intl.ListFormat('en-GB').format(variantExamples().map((example) => example.name));
    throw usageError(
      `Unknown treatment "${name}": --treatments is a list of BnB, BnB+, AnB, AnB+ and random, separated by commas; ${listed} are there too (see --help).`,
    );
  });
  const different = [...new Set(kinds)];
  if (different.length <= MOST_TREATMENTS) return different;
  throw usageError(`--treatments has ${different.length} treatments; at most ${MOST_TREATMENTS} are possible.`);
}

export function parsePreset(text: string): PresetName {
  const preset = PRESET_NAMES.find((name) => name === text);
  if (preset) return preset;
  throw usageError(`Unknown preset "${text}": choose ${alternatives(PRESET_NAMES)}.`);
}

export function parseEngine(text: string): EngineChoice {
  const engine = ENGINE_CHOICES.find((name) => name === text);
  if (engine) return engine;
  throw usageError(`Unknown engine "${text}": choose ${alternatives(ENGINE_CHOICES)}.`);
}

/** Parses the name of a study or an image set, which is one line of at most 80 characters. */
export function parseName(text: string): string {
  const name = text.trim();
  // eslint-disable-next-line no-control-regex
  if (name !== '' && name.length <= 80 && !/[\u0000-\u001f\u007f]/.test(name)) return name;
  throw usageError(`--name must have 1 to 80 characters on one line, not ${JSON.stringify(text.slice(0, 100))}.`);
}

/** A parser of paths and references, which must not be empty. */
export function parseFilled(option: string): (text: string) => string {
  return (text) => {
    if (text.trim() !== '') return text;
    throw usageError(`${option} is empty; give a value after it.`);
  };
}

import type { Application } from '../../app/application.ts';
import { ENGINE_CHOICES, type EngineChoice, PRESET_NAMES, type PresetName } from '../../common/choices.ts';
import type { Variant } from '../../common/treatments/definition.ts';
import {
  curveName,
  kindNamed,
  kindOf,
  MOST_TREATMENTS,
  type TreatmentKind,
  VARIANTS,
} from '../../common/treatments/treatments.ts';
import { UserError } from '../../errors.ts';
import type { RunRecord, StudyRecord } from '../../store/records.ts';
import type { LayerList } from './chosen-layers.ts';

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

const UNITS = { s: 1, min: 60, h: 3600, d: 86_400 };

/** A parser of times such as `30min`, `2h`, `1h30min` or `90s`, into seconds. */
export const parseTime = (option: string) => (text: string) => secondsIn(option, text);

function secondsIn(option: string, text: string): number {
  const parts = [...text.replaceAll(' ', '').matchAll(/(\d+(?:\.\d+)?)(s|min|h|d)/gy)];
  const read = parts.map(([whole]) => whole).join('');
  const seconds = parts.reduce((sum, [, value, unit]) => sum + Number(value) * UNITS[unit as keyof typeof UNITS], 0);
  if (read === text.replaceAll(' ', '') && seconds > 0 && seconds <= 1e8) return seconds;
  throw usageError(`${option} must be a time such as 30min, 2h, 1h30min or 90s, not "${text}".`);
}

const MOST_EPOCHS = 100_000;

/** Parses a number of epochs above 0, which may be a fraction. */
export function parseEpochs(text: string): number {
  const value = /^\d*\.?\d+$/.test(text) ? Number(text) : NaN;
  if (value > 0 && value <= MOST_EPOCHS) return value;
  throw usageError(`--epochs must be a number above 0 and at most ${MOST_EPOCHS}, not "${text}".`);
}

/**
 * Parses numbers and ranges of layers such as `1-7` or `1-3,7`, and words such as `layer2.0` or `stages`. Returns each once,
 * numbers first and sorted. The network is not known here: `chosenLayers` says what the words mean.
 */
export function parseLayers(text: string): LayerList {
  const numbers = new Set<number>();
  const names = new Set<string>();
  for (const part of text.split(',').map((one) => one.trim())) {
    const [, first, last] = /^(\d{1,4})(?:-(\d{1,4}))?$/.exec(part) ?? [];
    const from = Number(first);
    const to = last === undefined ? from : Number(last);
    if (from >= 1 && to >= from) for (let n = from; n <= to; n++) numbers.add(n);
    else if (/^\w[\w.-]{0,95}$/.test(part) && /[a-z]/i.test(part)) names.add(part);
    else
      throw usageError(
        `--layers must be a list of numbers such as 1-7 or 1,3,5, of names such as layer2.0, "stages" or "blocks", not "${text}".`,
      );
  }
  return [...[...numbers].sort((a, b) => a - b), ...names];
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
      `Unknown treatment "${name}": --treatments is a list of BnB, BnB+, AnB, AnB+ and random, separated by commas; ${listed} are possible too (see --help).`,
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

/** The help text of a command's argument for a training. */
export const RUN_ARGUMENT = 'STUDY/NAME such as 3f2a/baseA, or the key of a training or its beginning';

export interface FoundRun {
  readonly record: RunRecord;
  /** The study, if the reference named it. */
  readonly study?: StudyRecord;
}

/**
 * Finds a training by `STUDY/NAME`, which means that of the first replicate, or by key. Throws a UserError if there is
 * none.
 */
export function findRun({ store, home }: Application, reference: string): FoundRun {
  const [, studyReference, name] = /^(.+)\/([^/]+)$/.exec(reference) ?? [];
  const study = studyReference === undefined ? undefined : store.findStudy(studyReference);
  const record = study
    ? store
        .studyRuns(study.id)
        .filter((candidate) => candidate.name === name)
        .sort((a, b) => a.replicate - b.replicate)[0]?.record
    : store.findRun(reference);
  if (record) return { record, study };
  if (study)
    throw new UserError(
      `Study ${study.id} has no training "${name}"; see "transplant study show ${study.id} --json".`,
      { usage: true },
    );
  throw new UserError(
    `There is no training "${reference}" in ${home}; name it as STUDY/NAME, for instance ${store.studies().at(-1)?.id ?? '3f2a'}/baseA.`,
    { usage: true },
  );
}

/** Finds a study by its id, the beginning of it, or its name. Throws a UserError if there is none. */
export function findStudy({ store, home }: Application, reference: string): StudyRecord {
  const study = store.findStudy(reference);
  if (study) return study;
  throw new UserError(`There is no study "${reference}" in ${home}; see "transplant study list".`, { usage: true });
}

/** A study's record with the protocol as an object instead of JSON text. */
export const withParsedProtocol = (study: StudyRecord) => ({
  ...study,
  protocol: JSON.parse(study.protocol) as unknown,
});

import { dirname } from 'node:path';
import type { SourceFile } from '../source.ts';
import type { Choices } from './choices.ts';
import { partName, type Role } from './part-names.ts';
import type { Table } from './table.ts';

/** Names of columns that hold classes, the preferred first. */
const LABEL_NAMES = [
  ...[
    'class_name',
    'label_name',
    'category_name',
    'label',
    'labels',
    'class',
    'classes',
    'category',
    'target',
    'breed',
  ],
  ...[
    'species',
    'dx',
    'diagnosis',
    'variety',
    'style',
    'emotion',
    'wnid',
    'synset',
    'predictionstring',
    'ground_truth',
  ],
  ...['y', 'type', 'level', 'grade', 'name'],
];
const PART_NAMES = ['split', 'part', 'set', 'subset', 'partition', 'usage', 'phase', 'data set', 'dataset'];

/** The label of an image, or why it has none. */
export interface Labelled {
  readonly label?: string;
  readonly role?: Role;
  readonly reason?: string;
}

export interface LabelTable {
  readonly path: string;
  /** What the labels are called there: `column breed`. */
  readonly where: string;
  readonly labels: ReadonlyMap<SourceFile, Labelled>;
  /** Rows that name no image that is here. */
  readonly missing: number;
  readonly hasParts: boolean;
}

/** Finds images by what tables call them: a path, a name with or without its ending. */
export class ImageNames {
  readonly #byPath = new Map<string, SourceFile>();
  readonly #byName = new Map<string, SourceFile[]>();

  constructor(images: readonly SourceFile[]) {
    for (const image of images) {
      this.#byPath.set(image.path, image);
      const name = image.path.slice(image.path.lastIndexOf('/') + 1);
      for (const key of new Set([name, name.replace(/\.[^.]*$/, '')])) {
        const same = this.#byName.get(key);
        if (same) same.push(image);
        else this.#byName.set(key, [image]);
      }
    }
  }

  /** The image that a table in `folder` means; undefined if there is none, or more than one. */
  find(text: string, folder: string): SourceFile | undefined {
    const path = text.replaceAll('\\', '/').replace(/^(\.?\/)+/, '');
    if (path === '') return undefined;
    const inside = folder === '.' ? '' : `${folder}/`;
    const exact = this.#byPath.get(inside + path) ?? this.#byPath.get(path);
    if (exact !== undefined) return exact;
    const named = this.#byName.get(path.slice(path.lastIndexOf('/') + 1)) ?? [];
    if (named.length === 1) return named[0];
    const ending = named.filter((file) =>
      file.path.replace(/\.[^./]*$/, '').endsWith(`/${path.replace(/\.[^./]*$/, '')}`),
    );
    const near = (some: readonly SourceFile[]) => some.filter((file) => file.path.startsWith(inside));
    // A table without a word on parts labels the training part; contests give the other part the same names.
    const train = (some: readonly SourceFile[]) => some.filter((file) => isTrain(file.path));
    for (const some of [near(ending), ending, near(named), train(near(named)), train(named)])
      if (some.length === 1) return some[0];
    return undefined;
  }
}

const isTrain = (path: string): boolean =>
  path
    .split('/')
    .slice(0, -1)
    .some((name) => partName(name)?.role === 'train');

/** Reads the labels of images in a table; undefined if it names no images, or nothing about them. */
export function readLabelTable(table: Table, images: ImageNames, choices: Choices): LabelTable | undefined {
  const folder = dirname(table.path);
  const width = table.rows.reduce((most, row) => Math.max(most, row.length), 0);
  const hits = Array.from({ length: width }, (_, column) => countHits(table, column, images, folder));
  const file = hits.indexOf(Math.max(...hits));
  if (width < 2 || !(hits[file] > 0)) return undefined;
  const headed = table.columns === undefined && images.find(table.rows[0][file] ?? '', folder) === undefined;
  const rows = headed ? table.rows.slice(1) : table.rows;
  const columns = table.columns ?? (headed ? table.rows[0] : undefined);
  const nameOf = (column: number) => columns?.[column]?.trim() ?? `${column + 1}`;
  const others = hits.map((_, column) => column).filter((column) => column !== file);
  const part = others.find(
    (column) =>
      PART_NAMES.includes(nameOf(column).toLowerCase()) && rows.every((row) => !row[column] || partName(row[column])),
  );
  const roleOf = (row: readonly string[]): Role | undefined =>
    part === undefined ? undefined : partName(row[part] ?? '')?.role;
  const rest = others.filter((column) => column !== part);
  const found = new Map<SourceFile, Labelled>();
  let missing = 0;
  const collect = (labelOf: (row: readonly string[]) => Labelled) => {
    for (const row of rows) {
      const image = images.find(row[file] ?? '', folder);
      if (image === undefined) missing++;
      else found.set(image, contradiction(found.get(image), { ...labelOf(row), role: roleOf(row) }));
    }
  };
  const flags =
    columns === undefined ? [] : rest.filter((column) => rows.every((row) => /^[01](\.0+)?$/.test(row[column] ?? '')));
  const describes = { path: table.path, labels: found, hasParts: part !== undefined };
  if (flags.length > 1 && !rest.some((column) => LABEL_NAMES.includes(nameOf(column).toLowerCase()))) {
    collect((row) => oneHot(row, flags, nameOf));
    return { ...describes, where: `a column for each class`, missing };
  }
  const label = chooseColumn(table.path, rest, rows, nameOf, columns !== undefined, choices);
  if (label === undefined) return undefined;
  collect((row) => {
    const text = textOf(row[label] ?? '');
    return text === '' ? { reason: `${table.path} names it without a label` } : { label: text };
  });
  return { ...describes, where: `column ${nameOf(label)}`, missing };
}

/** Rows that are looked at to tell which column names the files. */
const TRIED = 500;

function countHits(table: Table, column: number, images: ImageNames, folder: string): number {
  const distinct = new Set<string>();
  for (const row of table.rows.slice(0, TRIED))
    if (row[column] && images.find(row[column], folder) !== undefined) distinct.add(row[column]);
  return distinct.size;
}

function contradiction(before: Labelled | undefined, now: Labelled): Labelled {
  if (before === undefined || before.label === now.label) return now;
  return { reason: 'the table gives it two labels', role: now.role };
}

function oneHot(row: readonly string[], flags: readonly number[], nameOf: (column: number) => string): Labelled {
  const set = flags.filter((column) => Number(row[column]) === 1);
  if (set.length === 1) return { label: nameOf(set[0]) };
  return { reason: set.length === 0 ? 'the table gives it no class' : 'the table gives it more than one class' };
}

/** ImageNet's solutions have boxes behind the class: `n01440764 1 2 3 4`. */
const textOf = (value: string): string =>
  /^(\S+)(?: -?\d+(?:\.\d+)?){4}(?: \S+(?: -?\d+(?:\.\d+)?){4})*$/.exec(value.trim())?.[1] ?? value.trim();

function chooseColumn(
  path: string,
  columns: readonly number[],
  rows: readonly (readonly string[])[],
  nameOf: (column: number) => string,
  headed: boolean,
  choices: Choices,
): number | undefined {
  const said = choices.said('label-column');
  const plausible = columns.filter((column) => looksLikeLabels(rows.map((row) => textOf(row[column] ?? ''))));
  const options = plausible.map((column) => ({ value: nameOf(column), says: exampleOf(rows, column) }));
  if (said !== undefined && columns.some((column) => nameOf(column) === said)) {
    choices.take('label-column', { question: '', options: [...options, { value: said, says: '' }] });
    return columns.find((column) => nameOf(column) === said);
  }
  const named = columns
    .filter((column) => headed && LABEL_NAMES.includes(nameOf(column).toLowerCase()))
    .sort((a, b) => LABEL_NAMES.indexOf(nameOf(a).toLowerCase()) - LABEL_NAMES.indexOf(nameOf(b).toLowerCase()));
  const preferred =
    named[0] ??
    (headed && plausible.length > 1 ? undefined : (plausible[0] ?? (columns.length === 1 ? columns[0] : undefined)));
  if (preferred === undefined && plausible.length === 0) return undefined;
  if (plausible.length < 2) return preferred;
  const chosen = choices.take('label-column', {
    question: `${path} says several things of each image; which of its columns is the class?`,
    options: options.some(({ value }) => preferred === undefined || value === nameOf(preferred))
      ? options
      : [...options, { value: nameOf(preferred!), says: exampleOf(rows, preferred!) }],
    guess: preferred === undefined ? undefined : nameOf(preferred),
  });
  return columns.find((column) => nameOf(column) === chosen);
}

/** Classes come again and again; identities, measurements and boxes don't. */
function looksLikeLabels(values: readonly string[]): boolean {
  const given = values.filter((value) => value !== '');
  const distinct = new Set(given).size;
  if (given.length === 0 || given.some((value) => /^-?\d+\.\d*[1-9]\d*$/.test(value))) return false;
  return given.length < 4 || (distinct <= given.length / 2 && (distinct > 1 || values.length < 4));
}

function exampleOf(rows: readonly (readonly string[])[], column: number): string {
  const values = [...new Set(rows.slice(0, TRIED).map((row) => row[column] ?? ''))].filter(Boolean);
  return values.length > 3 ? `${values.slice(0, 3).join(', ')} …` : values.join(', ');
}

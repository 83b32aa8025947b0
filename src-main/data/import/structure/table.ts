import { dsvFormat } from 'd3-dsv';

/** Rows of text. Where `columns` is absent, the file has no line of names. */
export interface Table {
  readonly path: string;
  /** Every row has as many values as the widest. */
  readonly rows: readonly (readonly string[])[];
  readonly columns?: readonly string[];
}

/** Files that may be tables of labels: what a set's author writes by hand or by a program, whole. */
export const TABLE = /\.(csv|tsv|jsonl|ndjson|json|txt)$/i;

/** What a file holds as a table; undefined if it is none. A line of names is told apart later, by what it names. */
export function parseTable(path: string, text: string): Table | undefined {
  const content = text.replace(/^\ufeff/, '');
  try {
    if (/\.json$/i.test(path)) return fromJson(path, JSON.parse(content));
    if (/\.(jsonl|ndjson)$/i.test(path))
      return fromRecords(
        path,
        content
          .split('\n')
          .filter((line) => line.trim() !== '')
          .map((line) => JSON.parse(line) as unknown),
      );
  } catch {
    return undefined;
  }
  const rows = parseRows(content, /\.tsv$/i.test(path) ? '\t' : delimiterOf(content));
  return rows.length > 0 ? { path, rows } : undefined;
}

/** The character between values: of those in the first line the most frequent. A text file may have spaces. */
function delimiterOf(text: string): string {
  const line = text.slice(0, text.search(/\r?\n|$/));
  const counts = ['\t', ',', ';', '|'].map((one) => [one, line.split(one).length] as const);
  const [best, times] = counts.reduce((a, b) => (b[1] > a[1] ? b : a));
  return times > 1 ? best : ' ';
}

function parseRows(text: string, delimiter: string): string[][] {
  const rows =
    delimiter === ' '
      ? text.split(/\r?\n/).map((line) => line.trim().split(/\s+/))
      : dsvFormat(delimiter)
          .parseRows(text)
          .map((row) => row.map((value) => value.trim()));
  return rows.filter((row) => row.some((value) => value !== ''));
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
const isPlain = (value: unknown): value is string | number | boolean =>
  ['string', 'number', 'boolean'].includes(typeof value);

/** An object from file to label, from label to files, from file to record; a list of records or pairs; `labels` with one. */
function fromJson(path: string, value: unknown): Table | undefined {
  if (isObject(value) && Array.isArray(value.labels) && Array.isArray(value.labels[0]))
    return fromJson(path, value.labels);
  if (Array.isArray(value) && value.every((item) => Array.isArray(item) && item.every(isPlain)))
    return { path, rows: (value as unknown[][]).map((row) => row.map(String)) };
  if (Array.isArray(value)) return value.every(isObject) ? fromRecords(path, value) : undefined;
  if (!isObject(value)) return undefined;
  const entries = Object.entries(value);
  if (entries.length > 0 && entries.every(([, one]) => isPlain(one)))
    return { path, rows: entries.map(([key, one]) => [key, String(one)]) };
  if (
    entries.length > 0 &&
    entries.every(([, one]) => Array.isArray(one) && one.every((item) => typeof item === 'string'))
  )
    return { path, rows: entries.flatMap(([key, files]) => (files as string[]).map((file) => [file, key])) };
  if (entries.length > 0 && entries.every(([, one]) => isObject(one)))
    return fromRecords(
      path,
      entries.map(([key, one]) => ({ file: key, ...(one as object) })),
    );
  return undefined;
}

function fromRecords(path: string, records: readonly unknown[]): Table | undefined {
  const objects = records.filter(isObject);
  const columns = [...new Set(objects.flatMap((record) => Object.keys(record)))].filter((name) =>
    objects.some((record) => isPlain(record[name])),
  );
  if (objects.length === 0 || columns.length === 0) return undefined;
  return {
    path,
    columns,
    rows: objects.map((record) => columns.map((name) => (isPlain(record[name]) ? String(record[name]) : ''))),
  };
}

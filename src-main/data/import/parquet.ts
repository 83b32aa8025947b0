import { parquetMetadataAsync, parquetReadObjects, type AsyncBuffer, type FileMetaData } from 'hyparquet';
import { zstdDecompressSync, gunzipSync, brotliDecompressSync } from 'node:zlib';
import { messageOf, UserError } from '../../errors.ts';
import type { Importer, Layout } from './importer.ts';
import { printable } from './names.ts';
import { readWhole } from './read.ts';
import { recordLayout, type ImageRecord, type Labels } from './records.ts';
import type { OpenedFile, Source } from './source.ts';
import { partName } from './structure/part-names.ts';

const PARQUET = /\.parquet$/i;
/** Bytes of one file in an archive, at most, as it is held in memory; of files on the disk only what is needed is read. */
const MOST_BYTES = 2 ** 29;
/** Rows that are decoded at a time. */
const ROWS = 256;

/** A set of Hugging Face in Parquet: a column of images (a struct with `bytes`) and one of labels. */
export const parquet: Importer = {
  recognise: (paths) =>
    paths.some((path) => PARQUET.test(path)) && !paths.some((path) => /\.(jpe?g|png|webp)$/i.test(path)),
  read,
};

interface Shape {
  readonly image: string;
  readonly label: string;
  /** Names of labels that are numbers. */
  readonly names?: readonly string[];
}

async function read(source: Source, paths: readonly string[]): Promise<Layout> {
  const parts = paths.filter((path) => PARQUET.test(path)).map((path) => ({ path, ...partOf(path) }));
  const trained = parts.filter(({ role }) => role === undefined || role === 'train');
  const others = parts.filter(({ role }) => role === 'held-out');
  const words = [...new Set(others.map(({ word }) => word))];
  const held = words.find((word) => /^val|^dev/.test(word!)) ?? words[0];
  const wanted = new Map<string, boolean>();
  for (const { path } of trained.length > 0 ? trained : others) wanted.set(path, false);
  if (trained.length > 0) for (const { path, word } of others) if (word === held) wanted.set(path, true);
  const leftOut = parts
    .filter(({ path }) => !wanted.has(path))
    .map(({ path }) => ({ path, files: 1, reason: `because ${held} is taken as the held-out part` }));
  const labels: { label: string | undefined; heldOut: boolean }[] = [];
  let shape: Shape | undefined;
  for await (const file of source.read(new Set(wanted.keys()))) {
    const { buffer, metadata } = await opened(source, file);
    shape ??= shapeOf(source, file.path, metadata);
    const rows = await inFile(source, file.path, () =>
      parquetReadObjects({ file: buffer, metadata, compressors, columns: [shape!.label] }),
    );
    for (const row of rows) labels.push({ label: nameOf(row[shape.label], shape), heldOut: wanted.get(file.path)! });
  }
  const found = shape!;
  async function* images(): AsyncGenerator<ImageRecord> {
    for await (const file of source.read(new Set(wanted.keys()))) {
      const { buffer, metadata } = await opened(source, file);
      for (let rowStart = 0; rowStart < Number(metadata.num_rows); rowStart += ROWS) {
        const rowEnd = Math.min(rowStart + ROWS, Number(metadata.num_rows));
        const options = {
          file: buffer,
          metadata,
          compressors,
          columns: [found.image, found.label],
          rowStart,
          rowEnd,
          utf8: false,
        };
        const rows = await inFile(source, file.path, () => parquetReadObjects(options));
        for (const [at, row] of rows.entries()) {
          const cell = row[found.image] as { bytes?: Uint8Array } | Uint8Array | undefined;
          const bytes = cell instanceof Uint8Array ? cell : cell?.bytes;
          yield {
            file: `${file.path} row ${rowStart + at + 1}`,
            image: Buffer.from(bytes ?? []),
            label: nameOf(row[found.label], found),
            heldOut: wanted.get(file.path)!,
          };
        }
      }
    }
  }
  return recordLayout(
    { kind: 'Parquet, as of Hugging Face', labels: `column ${found.label}`, leftOut },
    labels satisfies Labels,
    images,
    found.names,
  );
}

/** Snappy is the library's own. */
const compressors = {
  ZSTD: (input: Uint8Array) => zstdDecompressSync(input),
  GZIP: (input: Uint8Array) => gunzipSync(input),
  BROTLI: (input: Uint8Array) => brotliDecompressSync(input),
};

/** The part that a file is of: by its name (`train-00000-of-00001.parquet`), or its folder's. */
function partOf(path: string): { role?: string; word?: string } {
  const segments = path.split('/');
  const own = segments
    .at(-1)!
    .replace(/-\d+-of-\d+.*$/, '')
    .replace(PARQUET, '');
  const part = partName(own) ?? (segments.length > 1 ? partName(segments.at(-2)!) : undefined);
  return { role: part?.role, word: part?.word };
}

async function opened(source: Source, file: OpenedFile): Promise<{ buffer: AsyncBuffer; metadata: FileMetaData }> {
  return inFile(source, file.path, async () => {
    const whole = file.range === undefined ? await readWhole(file, MOST_BYTES) : undefined;
    const buffer: AsyncBuffer = {
      byteLength: file.bytes,
      // The library takes a buffer by its first byte, so it must be its own.
      slice: async (start, end = file.bytes) =>
        Uint8Array.from(whole ? whole.subarray(start, end) : await file.range!(start, end)).buffer,
    };
    return { buffer, metadata: await parquetMetadataAsync(buffer) };
  });
}

async function inFile<T>(source: Source, path: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw new UserError(
      `${path} in ${source.path} can't be read as Parquet (${printable(messageOf(error)).slice(0, 200)}): download it again.`,
      { cause: error },
    );
  }
}

/** The columns with images and labels, and the names of classes, which Hugging Face keeps beside (`ClassLabel`). */
function shapeOf(source: Source, path: string, { schema, key_value_metadata: metadata }: FileMetaData): Shape {
  const [root] = schema;
  const top: { name: string; children: string[] }[] = [];
  for (let at = 1; at < schema.length && top.length < (root.num_children ?? 0);) {
    const children = schema.slice(at + 1, at + 1 + (schema[at].num_children ?? 0)).map(({ name }) => name);
    top.push({ name: schema[at].name, children });
    at += 1 + children.length;
  }
  const image =
    top.find(({ children }) => children.includes('bytes'))?.name ??
    top.find(({ name }) => /^(image|img|picture|jpg|png)(_?bytes|\.bytes)?$/i.test(name))?.name;
  const features = featuresOf(metadata?.find(({ key }) => key === 'huggingface')?.value);
  const rest = top.filter(({ name, children }) => name !== image && children.length === 0).map(({ name }) => name);
  const label =
    rest.find((name) => features[name]?._type === 'ClassLabel') ??
    ['label', 'labels', 'class', 'target', 'fine_label', 'category'].find((name) => rest.includes(name)) ??
    (rest.length === 1 ? rest[0] : undefined);
  if (image === undefined || label === undefined)
    throw new UserError(
      `${path} in ${source.path} has the columns ${top.map(({ name }) => name).join(', ')}, of which none is ${image === undefined ? 'a column of images' : 'named like a label'}: ` +
        `write the images and their labels into columns "image" and "label".`,
    );
  return { image, label, names: features[label]?.names };
}

function featuresOf(json: string | undefined): Record<string, { _type?: string; names?: string[] } | undefined> {
  try {
    const { info } = JSON.parse(json ?? '{}') as {
      info?: { features?: Record<string, { _type?: string; names?: string[] }> };
    };
    return info?.features ?? {};
  } catch {
    return {};
  }
}

function nameOf(value: unknown, { names }: Shape): string | undefined {
  if (value === null || value === undefined) return undefined;
  if (typeof value === 'string') return value;
  if (value instanceof Uint8Array) return Buffer.from(value).toString('utf8');
  const number = Number(value);
  return number < 0 ? undefined : (names?.[number] ?? String(number));
}

import { UserError } from '../../errors.ts';
import type { Importer, Layout } from './importer.ts';
import { recordsOf } from './read.ts';
import { recordLayout, type ImageRecord, type Labels } from './records.ts';
import { type OpenedFile, type Source, UnusableFile } from './source.ts';
import { partName, type Role } from './structure/part-names.ts';

/** `x_train.npy`, `train_images.npy`, `images.npy`, `y.npy` ... */
const NPY = /\.npy$/i;
/** Bytes of an array of labels, of a header, and rows or columns of an image, at most. */
const MOST_LABEL_BYTES = 2 ** 28;
const MOST_HEADER = 2 ** 16;
const MOST_SIDE = 4096;

/** NumPy's .npz, a zip of arrays: images and labels, perhaps in parts (Keras: x_train, y_train; MedMNIST: train_images ...). */
export const npz: Importer = { recognise: (paths) => pairsOf(paths).length > 0, read };

interface Pair {
  readonly images: string;
  readonly labels: string;
  readonly role?: Role;
  readonly word?: string;
}

function pairsOf(paths: readonly string[]): Pair[] {
  const arrays = paths
    .filter((path) => NPY.test(path))
    .map((path) => {
      const name = path
        .slice(path.lastIndexOf('/') + 1)
        .replace(NPY, '')
        .toLowerCase();
      const words = name.split(/[_\-. ]+/);
      const kind = words.some((word) => /^(x|images?|imgs?|data|features)$/.test(word))
        ? 'images'
        : words.some((word) => /^(y|labels?|targets?)$/.test(word))
          ? 'labels'
          : undefined;
      const part = words.map(partName).find((one) => one !== undefined);
      return { path, kind, role: part?.role, word: part?.word };
    });
  return arrays
    .filter(({ kind }) => kind === 'images')
    .flatMap(({ path, role, word }) => {
      const labels = arrays.filter((other) => other.kind === 'labels' && other.word === word);
      return labels.length === 1 ? [{ images: path, labels: labels[0].path, role, word }] : [];
    });
}

interface NumpyArray extends Header {
  readonly data: Buffer;
}

async function read(source: Source, paths: readonly string[]): Promise<Layout> {
  const pairs = pairsOf(paths);
  const train = pairs.find(({ role }) => role === 'train') ?? pairs.find(({ role }) => role === undefined) ?? pairs[0];
  const held = pairs.filter((pair) => pair !== train && pair.role === 'held-out');
  const heldOut = held.find(({ word }) => /^val/.test(word!)) ?? held[0];
  const leftOut = held
    .filter((pair) => pair !== heldOut)
    .map(({ images }) => ({ path: images, files: 1, reason: `because ${heldOut.word} is taken as the held-out part` }));
  const used = heldOut === undefined ? [train] : [train, heldOut];
  const values = new Map<string, string[]>();
  for (const { labels } of used) values.set(labels, labelsOf(source, labels, await readArray(source, labels)));
  const all: Labels = used.flatMap((pair) =>
    values.get(pair.labels)!.map((label) => ({ label, heldOut: pair === heldOut })),
  );
  async function* records(): AsyncGenerator<ImageRecord> {
    for (const pair of used) {
      const labels = values.get(pair.labels)!;
      const wrong = (why: string) => new UserError(`${pair.images} in ${source.path} ${why}.`);
      for await (const file of source.read(new Set([pair.images]))) {
        const { header, content } = await openArray(source, file);
        const { rows, columns, channels } = imagesIn(header, labels.length, pair, wrong);
        let image = 0;
        for await (const pixels of recordsOf(readable(content, wrong), rows * columns * channels)) {
          if (image === labels.length) break;
          yield {
            file: `${pair.images} image ${image}`,
            label: labels[image++],
            heldOut: pair === heldOut,
            // The record is copied, because its buffer may be gone when it is worked on.
            image: { pixels: Uint8Array.from(pixels), rows, columns, channels },
          };
        }
        if (image < labels.length) throw wrong('is cut off');
      }
    }
  }
  return recordLayout(
    { kind: 'NumPy arrays (.npz)', labels: used.map(({ labels }) => labels).join(', '), leftOut },
    all,
    records,
  );
}

/** What stands before the numbers of an array. */
interface Header {
  readonly shape: readonly number[];
  /** `|u1`, `<i8` ... */
  readonly type: string;
}

/** The rows, columns and channels of an array of images. Throws what `wrong` makes of anything else. */
function imagesIn({ shape, type }: Header, labels: number, pair: Pair, wrong: (why: string) => UserError) {
  const [count, rows, columns, channels = 1] = shape;
  if (shape.length < 3 || shape.length > 4 || (channels !== 1 && channels !== 3))
    throw wrong(
      `has the shape [${shape.join(', ')}], but images have [images, rows, columns] or [images, rows, columns, 3]`,
    );
  if (!/^[|<]u1$/.test(type))
    throw wrong(`holds numbers of type ${type}; whole numbers from 0 to 255 (uint8) are needed`);
  if (Math.max(rows, columns) > MOST_SIDE || Math.min(rows, columns) < 1)
    throw wrong(`has images of ${rows} x ${columns} pixels`);
  if (labels !== count) throw wrong(`has ${count} images, but ${pair.labels} has ${labels} labels`);
  return { rows, columns, channels } as { rows: number; columns: number; channels: 1 | 3 };
}

/** The same pieces; a file that can't be read is the set's end, and is named. */
async function* readable(content: AsyncIterable<Buffer>, wrong: (why: string) => UserError): AsyncGenerator<Buffer> {
  try {
    yield* content;
  } catch (error) {
    throw error instanceof UnusableFile ? wrong(`can't be read: ${error.message}`) : error;
  }
}

/**
 * Opens an array as NEP 1 defines it: a header that is a Python literal, then the numbers, however many there are. It is data,
 * never run.
 */
async function openArray(
  source: Source,
  file: OpenedFile,
): Promise<{ header: Header; content: AsyncIterable<Buffer> }> {
  const damaged = (why: string) =>
    new UserError(`${file.path} in ${source.path} ${why}: save it again with numpy.savez.`);
  const pieces = readable(file.content(), damaged);
  let head = Buffer.alloc(0);
  const wanted = () => {
    if (head.length < 12) return 12;
    const long = head[6] > 1;
    return (long ? 12 : 10) + (long ? head.readUInt32LE(8) : head.readUInt16LE(8));
  };
  while (head.length < Math.min(wanted(), MOST_HEADER)) {
    const next = await pieces.next();
    if (next.done) break;
    head = Buffer.concat([head, next.value]);
  }
  if (head.length < 12 || head.toString('latin1', 1, 6) !== 'NUMPY') throw damaged('is no NumPy array');
  const start = wanted();
  const text = head.toString('latin1', 10, start);
  const type = /'descr':\s*'([^']+)'/.exec(text)?.[1];
  const shape = /'shape':\s*\(([\d,\s]*)\)/
    .exec(text)?.[1]
    .split(',')
    .map((one) => one.trim())
    .filter(Boolean)
    .map(Number);
  if (type === undefined || shape === undefined)
    throw damaged('holds Python objects, which are not read, or is damaged');
  if (/'fortran_order':\s*True/.test(text)) throw damaged('is stored column by column');
  return { header: { shape, type }, content: chain(head.subarray(start), pieces) };
}

async function* chain(first: Buffer, others: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  if (first.length > 0) yield first;
  yield* others;
}

/** Reads an array of labels, whole. */
async function readArray(source: Source, path: string): Promise<NumpyArray> {
  for await (const file of source.read(new Set([path]))) {
    const { header, content } = await openArray(source, file);
    const size = Number(/\d+$/.exec(header.type)?.[0] ?? 1);
    const bytes = header.shape.reduce((product, one) => product * one, size);
    if (bytes > MOST_LABEL_BYTES) throw new UserError(`${path} in ${source.path} is too large for labels.`);
    const pieces: Buffer[] = [];
    let length = 0;
    for await (const piece of content) {
      pieces.push(piece);
      if ((length += piece.length) >= bytes) break;
    }
    if (length < bytes) throw new UserError(`${path} in ${source.path} is cut off: save it again with numpy.savez.`);
    return { ...header, data: Buffer.concat(pieces) };
  }
  throw new UserError(`${path} disappeared from ${source.path} during the import: import it again.`);
}

/** Labels [images] or [images, 1] of whole numbers. */
function labelsOf(source: Source, path: string, { shape, type, data }: NumpyArray): string[] {
  const [count, width = 1] = shape;
  const [, order, kind, bytes] = /^([<>|=])([uifb])(\d)$/.exec(type) ?? [];
  if (!['u', 'i'].includes(kind) || order === '>' || (width !== 1 && shape.length > 1))
    throw new UserError(
      `${path} in ${source.path} holds ${shape.length > 1 && width > 1 ? `${width} values for each image` : `values of type ${type}`}, but a label is one whole number.`,
    );
  const size = Number(bytes);
  return Array.from({ length: count }, (_, at) =>
    String(
      size === 8
        ? data.readBigInt64LE(8 * at)
        : kind === 'u'
          ? data.readUIntLE(size * at, size)
          : data.readIntLE(size * at, size),
    ),
  );
}

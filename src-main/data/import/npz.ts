import { UserError } from '../../errors.ts';
import type { Importer, Layout } from './importer.ts';
import { readWhole } from './read.ts';
import { recordLayout, type ImageRecord, type Labels } from './records.ts';
import { type Source, UnusableFile } from './source.ts';
import { partName, type Role } from './structure/part-names.ts';

/** `x_train.npy`, `train_images.npy`, `images.npy`, `y.npy` ... */
const NPY = /\.npy$/i;
const MOST_BYTES = 2 ** 32;

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

interface NumpyArray {
  readonly shape: readonly number[];
  /** `|u1`, `<i8` ... */
  readonly type: string;
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
      const { shape, type, data } = await readArray(source, pair.images);
      const [count, rows, columns, channels = 1] = shape;
      const labels = values.get(pair.labels)!;
      const wrong = (why: string) => new UserError(`${pair.images} in ${source.path} ${why}.`);
      if (shape.length < 3 || shape.length > 4 || (channels !== 1 && channels !== 3))
        throw wrong(
          `has the shape [${shape.join(', ')}], but images have [images, rows, columns] or [images, rows, columns, 3]`,
        );
      if (!/^[|<]u1$/.test(type))
        throw wrong(`holds numbers of type ${type}; whole numbers from 0 to 255 (uint8) are needed`);
      if (labels.length !== count) throw wrong(`has ${count} images, but ${pair.labels} has ${labels.length} labels`);
      const bytes = rows * columns * channels;
      for (let image = 0; image < count; image++)
        yield {
          file: `${pair.images} image ${image}`,
          label: labels[image],
          heldOut: pair === heldOut,
          image: { pixels: data.subarray(image * bytes, (image + 1) * bytes), rows, columns, channels },
        };
    }
  }
  return recordLayout(
    { kind: 'NumPy arrays (.npz)', labels: used.map(({ labels }) => labels).join(', '), leftOut },
    all,
    records,
  );
}

/** Reads an array as NEP 1 defines it: a header that is a Python literal, then the numbers. It is data, never run. */
async function readArray(source: Source, path: string): Promise<NumpyArray> {
  const damaged = (why: string) => new UserError(`${path} in ${source.path} ${why}: save it again with numpy.savez.`);
  for await (const file of source.read(new Set([path]))) {
    const bytes = await readWhole(file, MOST_BYTES).catch((error: unknown) => {
      throw error instanceof UnusableFile ? damaged(`can't be read (${error.message})`) : error;
    });
    if (bytes.length < 12 || bytes.toString('latin1', 1, 6) !== 'NUMPY') throw damaged('is no NumPy array');
    const long = bytes[6] > 1;
    const start = (long ? 12 : 10) + (long ? bytes.readUInt32LE(8) : bytes.readUInt16LE(8));
    const header = bytes.toString('latin1', long ? 12 : 10, start);
    const type = /'descr':\s*'([^']+)'/.exec(header)?.[1];
    const shape = /'shape':\s*\(([\d,\s]*)\)/
      .exec(header)?.[1]
      .split(',')
      .map((one) => one.trim())
      .filter(Boolean)
      .map(Number);
    if (type === undefined || shape === undefined)
      throw damaged('holds Python objects, which are not read, or is damaged');
    if (/'fortran_order':\s*True/.test(header)) throw damaged('is stored column by column');
    const data = bytes.subarray(start);
    const size = Number(/\d+$/.exec(type)?.[0] ?? 1);
    if (data.length < shape.reduce((product, one) => product * one, size)) throw damaged('is cut off');
    return { shape, type, data };
  }
  throw damaged('has disappeared');
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

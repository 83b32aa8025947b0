import { basename, dirname } from 'node:path';
import { messageOf, UserError } from '../../errors.ts';
import { KnownGlobal, unpickle, WithState } from '../pickle.ts';
import type { Importer, Layout } from './importer.ts';
import { inFolder } from './names.ts';
import { readWhole } from './read.ts';
import { recordLayout, type ImageRecord } from './records.ts';
import { type Source, UnusableFile } from './source.ts';

const SIDE = 32;
const PIXELS = 3 * SIDE * SIDE;
/** Bytes of one file, at most: CIFAR-100's largest has 155 MB. */
const MOST_BYTES = 2 ** 28;

/** The two sets of https://www.cs.toronto.edu/~kriz/cifar.html in their version for Python. */
const VERSIONS = [
  {
    kind: 'CIFAR-10, version for Python',
    training: ['data_batch_1', 'data_batch_2', 'data_batch_3', 'data_batch_4', 'data_batch_5'],
    heldOut: 'test_batch',
    ...{ meta: 'batches.meta', names: 'label_names', labels: 'labels' },
  },
  {
    kind: 'CIFAR-100, version for Python',
    training: ['train'],
    heldOut: 'test',
    ...{ meta: 'meta', names: 'fine_label_names', labels: 'fine_labels' },
    coarse: { names: 'coarse_label_names', labels: 'coarse_labels' },
  },
] as const;

/** CIFAR-10 or CIFAR-100 as pickles of Python, which are read as data: nothing in them is called. */
export const cifarPython: Importer = { recognise: (paths) => find(paths) !== undefined, read };

function find(paths: readonly string[]) {
  const known = new Set(paths);
  for (const version of VERSIONS)
    for (const path of paths) {
      if (basename(path) !== version.meta) continue;
      const files = [...version.training, version.heldOut].map((name) => inFolder(dirname(path), name));
      if (known.has(files[0]) && (version.training.length > 1 || known.has(files[1])))
        return { version, meta: path, files: files.filter((file) => known.has(file)) };
    }
  return undefined;
}

async function read(source: Source, paths: readonly string[]): Promise<Layout> {
  const { version, meta, files } = find(paths)!;
  const names = textsOf(source, meta, (await readDict(source, meta)).get(version.names));
  const coarse = 'coarse' in version ? version.coarse : undefined;
  const coarseNames = coarse ? textsOf(source, meta, (await readDict(source, meta)).get(coarse.names)) : [];
  const groups: Record<string, string> = {};
  const labels: { label: string | undefined; heldOut: boolean }[] = [];
  for (const file of files) {
    const dict = await readDict(source, file);
    const own = numbersOf(source, file, dict.get(version.labels));
    const outer = coarse && numbersOf(source, file, dict.get(coarse.labels));
    for (const [at, label] of own.entries()) {
      labels.push({ label: names[label], heldOut: basename(file) === version.heldOut });
      const group = outer && coarseNames[outer[at]];
      if (group !== undefined && names[label] !== undefined) groups[names[label]] ??= group;
    }
  }
  async function* images(): AsyncGenerator<ImageRecord> {
    for (const file of files) {
      const dict = await readDict(source, file);
      const own = numbersOf(source, file, dict.get(version.labels));
      const pixels = pixelsOf(source, file, dict.get('data'), own.length);
      for (const [at, label] of own.entries())
        yield {
          file: `${file} image ${at}`,
          label: names[label],
          heldOut: basename(file) === version.heldOut,
          image: {
            ...{ rows: SIDE, columns: SIDE, channels: 3 },
            pixels: interleaved(pixels.subarray(at * PIXELS, (at + 1) * PIXELS)),
          },
        };
    }
  }
  return { ...recordLayout({ kind: version.kind, labels: basename(meta) }, labels, images, names), groups };
}

/** [3, 32, 32] as [32, 32, 3]. */
function interleaved(planar: Uint8Array): Uint8Array {
  const area = SIDE * SIDE;
  return Uint8Array.from({ length: PIXELS }, (_, at) => planar[(at % 3) * area + Math.floor(at / 3)]);
}

/** An array of NumPy; its state is its version, shape, type, order and bytes. */
class NumpyArray extends WithState {}
class NumpyType extends WithState {
  readonly name: unknown;
  constructor(name: unknown) {
    super();
    this.name = name;
  }
}

const NUMPY: Readonly<Record<string, KnownGlobal>> = Object.fromEntries(
  [
    ...['numpy.core.multiarray', 'numpy._core.multiarray'].map(
      (module) => new KnownGlobal(`${module}._reconstruct`, () => new NumpyArray()),
    ),
    new KnownGlobal('numpy.ndarray'),
    new KnownGlobal('numpy.dtype', ([name]) => new NumpyType(name)),
    // Python 3 writes bytes so in Python 2's protocol.
    new KnownGlobal('_codecs.encode', ([text, encoding]) =>
      typeof text === 'string' && asText(encoding) === 'latin1' ? Buffer.from(text, 'latin1') : undefined,
    ),
  ].map((known) => [known.name, known]),
);

/** The dict of a file, its names as texts. */
async function readDict(source: Source, path: string): Promise<Map<string, unknown>> {
  const wrong = (why: string, cause?: unknown) =>
    new UserError(`${path} in ${source.path} can't be read as a pickle of CIFAR (${why}): get it again.`, { cause });
  for await (const file of source.read(new Set([path])))
    try {
      const bytes = await readWhole(file, MOST_BYTES);
      const { value } = unpickle(bytes, 0, {
        global(module, name) {
          const known = NUMPY[`${module}.${name}`];
          if (known) return known;
          throw new UserError('it holds code that would have to be executed');
        },
        persistent() {
          throw new UserError('it refers to something outside of it');
        },
      });
      if (!(value instanceof Map)) throw wrong('it is no dict');
      return new Map([...value].map(([key, one]) => [asText(key), one as unknown]));
    } catch (error) {
      throw error instanceof UserError || error instanceof UnusableFile ? wrong(messageOf(error), error) : error;
    }
  throw wrong('it has disappeared');
}

const asText = (value: unknown): string =>
  value instanceof Uint8Array ? Buffer.from(value).toString('latin1') : typeof value === 'string' ? value : '';

const notAsExpected = (source: Source, path: string, what: string): UserError =>
  new UserError(`${path} in ${source.path} has no ${what} as CIFAR's files have: get the set again.`);

function textsOf(source: Source, path: string, value: unknown): string[] {
  const texts = Array.isArray(value) ? value.map(asText) : [];
  if (texts.length < 2 || texts.includes('') || new Set(texts).size < texts.length)
    throw notAsExpected(source, path, 'names of classes');
  return texts;
}

function numbersOf(source: Source, path: string, value: unknown): number[] {
  if (!Array.isArray(value) || !value.every((one) => typeof one === 'number'))
    throw notAsExpected(source, path, 'labels');
  return value;
}

function pixelsOf(source: Source, path: string, value: unknown, images: number): Uint8Array {
  const state = value instanceof NumpyArray && Array.isArray(value.state) ? value.state : [];
  const [, shape, type, byColumns, bytes] = state as unknown[];
  const isBytes = type instanceof NumpyType && /^(\||<)?u1$/.test(asText(type.name));
  const fits = Array.isArray(shape) && shape[0] === images && shape[1] === PIXELS;
  if (!isBytes || !fits || byColumns === true || !(bytes instanceof Uint8Array) || bytes.length !== images * PIXELS)
    throw notAsExpected(source, path, 'pixels');
  return bytes;
}

import { basename, dirname } from 'node:path';
import { UserError } from '../../errors.ts';
import type { Reject } from '../image-set.ts';
import type { PackedImage } from '../packed/write.ts';
import { resizePixels } from './decode.ts';
import { GROUPS_FILE, readGroups } from './groups.ts';
import { mapOrdered, type Importer, type Layout } from './importer.ts';
import type { Rejects } from './rejects.ts';
import { className, inFolder } from './names.ts';
import { readSmall, recordsOf } from './read.ts';
import { type Source, UnusableFile } from './source.ts';

/** Rows and columns of the images. A record is one or two labels of a byte each, then the pixels, [3, 32, 32]. */
const SIDE = 32;
const PIXELS = 3 * SIDE * SIDE;

/** The two sets of https://www.cs.toronto.edu/~kriz/cifar.html in their binary version. */
const VERSIONS = [
  {
    training: ['data_batch_1.bin', 'data_batch_2.bin', 'data_batch_3.bin', 'data_batch_4.bin', 'data_batch_5.bin'],
    heldOut: 'test_batch.bin',
    names: 'batches.meta.txt',
    coarseNames: undefined,
  },
  {
    training: ['train.bin'],
    heldOut: 'test.bin',
    names: 'fine_label_names.txt',
    /** Records of CIFAR-100 have the coarse label before the fine one. */
    coarseNames: 'coarse_label_names.txt',
  },
] as const;

type Version = (typeof VERSIONS)[number];

interface Cifar {
  readonly version: Version;
  readonly folder: string;
  readonly files: ReadonlyMap<string, number>;
}

/** CIFAR-10 or CIFAR-100 in the authors' binary layout. */
export const cifar: Importer = { recognise: (paths) => find(paths) !== undefined, read };

async function read(source: Source, paths: readonly string[], rejects: Rejects): Promise<Layout> {
  const { version, folder } = find(paths)!;
  const beside = source.files.filter(({ path }) => dirname(path) === folder);
  const found: Cifar = { version, folder, files: new Map(beside.map(({ path, bytes }) => [basename(path), bytes])) };
  const classes = await readNames(source, found, version.names);
  const coarse =
    version.coarseNames !== undefined && found.files.has(version.coarseNames)
      ? await readNames(source, found, version.coarseNames)
      : [];
  for (const name of [...version.training, version.heldOut])
    if (!found.files.has(name)) rejects.add({ file: name, reason: 'missing' });
  const groupFile = found.files.has(GROUPS_FILE) ? inFolder(found.folder, GROUPS_FILE) : undefined;
  const groups = await readGroups(source, groupFile, classes, rejects);
  const parts = [...version.training, version.heldOut].filter((name) => found.files.has(name));
  const recordBytes = PIXELS + (version.coarseNames === undefined ? 1 : 2);
  return {
    kind: version.coarseNames === undefined ? 'CIFAR-10, binary version' : 'CIFAR-100, binary version',
    labels: version.names,
    classes,
    groups,
    heldOutGiven: found.files.has(version.heldOut),
    total: parts.reduce((sum, name) => sum + Math.ceil(found.files.get(name)! / recordBytes), 0),
    images: ({ size }) =>
      mapOrdered(records(source, found, parts, recordBytes), async (record) => {
        if ('reason' in record) return record;
        const { file, number, bytes } = record;
        const label = bytes[bytes.length - PIXELS - 1];
        if (label >= classes.length) return { file: `${file} image ${number}`, reason: `label ${label} has no name` };
        if (bytes.length > PIXELS + 1 && bytes[0] < coarse.length) groups[classes[label]] ??= coarse[bytes[0]];
        const pixels = await toSize(bytes.subarray(bytes.length - PIXELS), size);
        return {
          ...{ pixels, label, heldOut: basename(file) === version.heldOut },
          file: `${file} image ${number}`,
        } satisfies PackedImage;
      }),
  };
}

function find(paths: readonly string[]): Pick<Cifar, 'version' | 'folder'> | undefined {
  for (const version of VERSIONS) {
    const names = paths.find((path) => basename(path) === version.names);
    if (names === undefined) continue;
    const folder = dirname(names);
    const training = new Set(version.training.map((name) => inFolder(folder, name)));
    if (paths.some((path) => training.has(path))) return { version, folder };
  }
  return undefined;
}

async function readNames(source: Source, { folder }: Cifar, file: string): Promise<string[]> {
  const text = (await readSmall(source, inFolder(folder, file))).toString('utf8');
  const names = text
    .split(/\r?\n/)
    .map((line) => className(line.trim()))
    .filter((line) => line !== '');
  if (names.length < 2 || names.length > 256 || new Set(names).size < names.length)
    throw new UserError(`${file} in ${source.path} does not list 2 to 256 different names: get the file again.`);
  return names;
}

type Step = Reject | { readonly file: string; readonly number: number; readonly bytes: Buffer };

async function* records(
  source: Source,
  { folder, files }: Cifar,
  parts: readonly string[],
  recordBytes: number,
): AsyncGenerator<Step> {
  for await (const file of source.read(new Set(parts.map((name) => inFolder(folder, name))))) {
    let number = 0;
    try {
      for await (const bytes of recordsOf(file.content(), recordBytes)) {
        // The record is copied, because its buffer may be gone when it is worked on.
        yield { file: file.path, number, bytes: Buffer.from(bytes) };
        number++;
      }
    } catch (error) {
      if (!(error instanceof UnusableFile)) throw error;
      yield { file: file.path, reason: `${error.message}, from image ${number} on` };
      continue;
    }
    if (files.get(basename(file.path))! % recordBytes !== 0)
      yield { file: file.path, reason: `the file is cut off in image ${number}` };
  }
}

async function toSize(pixels: Uint8Array, size: number): Promise<Uint8Array> {
  if (size === SIDE) return pixels;
  const interleaved = new Uint8Array(PIXELS);
  const area = SIDE * SIDE;
  for (let channel = 0; channel < 3; channel++)
    for (let pixel = 0; pixel < area; pixel++) interleaved[3 * pixel + channel] = pixels[channel * area + pixel];
  return resizePixels(interleaved, { rows: SIDE, columns: SIDE, channels: 3 }, size);
}

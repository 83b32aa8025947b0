import { dirname } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { createGunzip } from 'node:zlib';
import { UserError } from '../../errors.ts';
import type { Reject } from '../image-set.ts';
import type { PackedImage } from '../packed/write.ts';
import { resizePixels } from './decode.ts';
import { GROUPS_FILE, readGroups } from './groups.ts';
import { mapOrdered, type Importer, type Layout } from './importer.ts';
import type { Rejects } from './rejects.ts';
import { inFolder } from './names.ts';
import { readSmall, recordsOf } from './read.ts';
import { checkUnpacked, type OpenedFile, type Source, UnusableFile } from './source.ts';

/**
 * Matches `train-images-idx3-ubyte` or `t10k-labels-idx1-ubyte.gz`, also with a dot before `idx` or a name in front.
 */
const NAME = /^(.*\/)?((?:.+-)?)(train|t10k|test)-(images|labels)[-.]idx[13]-ubyte(\.gz)?$/;

/** Magic numbers: type uint8, three dimensions or one (http://yann.lecun.com/exdb/mnist). */
const IMAGES = 0x00000803;
const LABELS = 0x00000801;
const MOST_SIDE = 4096;
const MOST_LABELS = 2 ** 26;

/** EMNIST stores rows as columns (Cohen et al. 2017; its files are those of NIST's own program). */
const EMNIST = /(^|\/)emnist-[^/]*$/i;

interface Part {
  readonly heldOut: boolean;
  readonly images: string;
  readonly labels: Uint8Array;
}

/** MNIST and its like (Fashion-MNIST, EMNIST, KMNIST). Classes are digits. */
export const idx: Importer = { recognise: (paths) => paths.some((path) => NAME.test(path)), read };

async function read(source: Source, paths: readonly string[], rejects: Rejects): Promise<Layout> {
  const parts: Part[] = [];
  for (const { heldOut, images, labels } of findPairs(source, paths))
    parts.push({ heldOut, images, labels: await readLabels(source, labels) });
  const sideways = parts.some(({ images }) => EMNIST.test(images));
  const groupFile = paths.find((path) => path === inFolder(dirname(parts[0].images), GROUPS_FILE));
  const values = [...new Set(parts.flatMap(({ labels }) => [...new Set(labels)]))].sort((a, b) => a - b);
  const names = await namesOf(source, paths, values);
  const position = new Map(values.map((value, label) => [value, label]));
  return {
    kind: 'IDX files, as MNIST',
    labels: 'its files of labels',
    counts: values.map((value) => ({ train: countOf(parts, value, false), heldOut: countOf(parts, value, true) })),
    classes: names,
    notes: sideways ? ['The images of EMNIST are stored sideways and are turned upright.'] : [],
    groups: await readGroups(source, groupFile, names, rejects),
    heldOutGiven: parts.length === 2,
    total: parts.reduce((sum, { labels }) => sum + labels.length, 0),
    images: ({ size }) =>
      mapOrdered(imagesOf(source, parts), async (image) => {
        if ('reason' in image) return image;
        const { rows, columns } = image;
        const upright = sideways ? transposed(image.pixels, rows, columns) : image.pixels;
        const [height, width] = sideways ? [columns, rows] : [rows, columns];
        const pixels = await resizePixels(upright, { rows: height, columns: width, channels: 1 }, size);
        return {
          ...{ pixels, label: position.get(image.value)!, heldOut: image.heldOut, file: image.file },
        } satisfies PackedImage;
      }),
  };
}

function transposed(pixels: Uint8Array, rows: number, columns: number): Uint8Array {
  const turned = new Uint8Array(pixels.length);
  for (let row = 0; row < rows; row++)
    for (let column = 0; column < columns; column++) turned[column * rows + row] = pixels[row * columns + column];
  return turned;
}

/** The names of labels: the characters that a file `...-mapping.txt` gives (EMNIST: label, code of upper and lower case). */
async function namesOf(source: Source, paths: readonly string[], values: readonly number[]): Promise<string[]> {
  const path = paths.find((one) => /(^|[-/])mapping\.txt$/.test(one));
  if (path === undefined) return values.map(String);
  const lines = (await readSmall(source, path)).toString('utf8').split(/\r?\n/);
  const names = new Map(
    lines.map((line) => {
      const [label, ...codes] = line.trim().split(/\s+/).map(Number);
      return [
        label,
        codes
          .filter((code) => code > 32 && code < 127)
          .map((code) => String.fromCharCode(code))
          .join(''),
      ] as const;
    }),
  );
  const found = values.map((value) => names.get(value) || String(value));
  return new Set(found).size === found.length ? found : values.map(String);
}

function countOf(parts: readonly Part[], value: number, heldOut: boolean): number {
  const labels = parts.find((part) => part.heldOut === heldOut)?.labels ?? [];
  let count = 0;
  for (const label of labels) if (label === value) count++;
  return count;
}

function findPairs(source: Source, paths: readonly string[]): { heldOut: boolean; images: string; labels: string }[] {
  const found = paths.flatMap((path) => {
    const match = NAME.exec(path);
    return match === null ? [] : [{ path, set: (match[1] ?? '') + match[2], part: match[3], kind: match[4] }];
  });
  // The same file stands there twice: packed and unpacked, by two spellings, or in a folder of its own name.
  const sets = [...new Set(found.map(({ set }) => nameOfSet(set)))];
  if (sets.length > 1)
    throw new UserError(
      `${source.path} holds ${sets.length} sets in IDX files ("${sets[0]}", "${sets[1]}"): import a folder with one.`,
    );
  const fileOf = (kind: string, parts: string[]) =>
    found.find((file) => file.kind === kind && parts.includes(file.part))?.path;
  return [['train'], ['t10k', 'test']].flatMap((names, part) => {
    const [images, labels] = [fileOf('images', names), fileOf('labels', names)];
    if (images === undefined && labels === undefined) return [];
    if (images !== undefined && labels !== undefined) return [{ heldOut: part === 1, images, labels }];
    throw new UserError(`${source.path} has ${images ?? labels} but not its ${images ? 'labels' : 'images'}.`);
  });
}

/** The name in front of `train-images`, without the folders that a file has for itself alone. */
function nameOfSet(set: string): string {
  const segments = set.split('/');
  return [...segments.slice(0, -1).filter((name) => !NAME.test(name)), segments.at(-1)].join('/');
}

async function readLabels(source: Source, path: string): Promise<Uint8Array> {
  const damaged = (why: string) => new UserError(`${path} in ${source.path} ${why}: download it again.`);
  for await (const file of source.read(new Set([path]))) {
    const pieces: Buffer[] = [];
    let [length, expected] = [0, Infinity];
    try {
      for await (const piece of unzipped(file)) {
        pieces.push(piece);
        length += piece.length;
        if (length < 8) continue;
        const head = expected === Infinity ? Buffer.concat(pieces) : undefined;
        if (head !== undefined && head.readUInt32BE(0) !== LABELS) throw damaged('is not an IDX file of labels');
        if (head !== undefined) expected = 8 + head.readUInt32BE(4);
        if (length > Math.min(expected, MOST_LABELS)) throw damaged('is longer than its header says');
      }
    } catch (error) {
      if (!(error instanceof UnusableFile)) throw error;
      throw damaged(`can't be read (${error.message})`);
    }
    if (length !== expected) throw damaged('is cut off');
    return Uint8Array.from(Buffer.concat(pieces).subarray(8));
  }
  throw damaged('has disappeared');
}

interface RawImage {
  readonly rows: number;
  readonly columns: number;
  readonly pixels: Buffer;
  readonly value: number;
  readonly heldOut: boolean;
  readonly file: string;
}

async function* imagesOf(source: Source, parts: readonly Part[]): AsyncGenerator<RawImage | Reject> {
  for await (const file of source.read(new Set(parts.map(({ images }) => images)))) {
    const { labels, heldOut } = parts.find(({ images }) => images === file.path)!;
    let done = 0;
    try {
      const content = unzipped(file)[Symbol.asyncIterator]();
      const { head, rest } = await readHead(content);
      const { count, rows, columns } = shapeOf(source, file.path, head);
      if (count !== labels.length)
        throw new UserError(
          `${file.path} in ${source.path} has ${count} images, but its file of labels has ${labels.length}: ` +
            `get both files from the same place.`,
        );
      for await (const record of recordsOf(chain(rest, content), rows * columns)) {
        if (done === count) break;
        yield {
          ...{ rows, columns, pixels: Buffer.from(record), value: labels[done], heldOut },
          file: `${file.path} image ${done}`,
        };
        done++;
      }
      if (done < count) throw new UnusableFile('the file is cut off');
    } catch (error) {
      if (!(error instanceof UnusableFile)) throw error;
      yield { file: file.path, reason: `${error.message}, after ${done} of ${labels.length} images` };
    }
  }
}

function shapeOf(source: Source, path: string, head: Buffer): { count: number; rows: number; columns: number } {
  const [count, rows, columns] = [4, 8, 12].map((offset) => (head.length < 16 ? 0 : head.readUInt32BE(offset)));
  const valid = head.length >= 16 && head.readUInt32BE(0) === IMAGES && rows > 0 && columns > 0;
  if (!valid || rows > MOST_SIDE || columns > MOST_SIDE)
    throw new UserError(`${path} in ${source.path} is not an IDX file of images: download it again.`);
  return { count, rows, columns };
}

async function readHead(content: AsyncIterator<Buffer>): Promise<{ head: Buffer; rest: Buffer }> {
  let bytes = Buffer.alloc(0);
  while (bytes.length < 16) {
    const next = await content.next();
    if (next.done) break;
    bytes = Buffer.concat([bytes, next.value]);
  }
  return { head: bytes.subarray(0, 16), rest: bytes.subarray(16) };
}

async function* chain(first: Buffer, others: AsyncIterator<Buffer>): AsyncGenerator<Buffer> {
  yield first;
  for (let next = await others.next(); !next.done; next = await others.next()) yield next.value;
}

/** The content, decompressed if the file is a .gz. */
async function* unzipped(file: OpenedFile): AsyncGenerator<Buffer> {
  if (!file.path.endsWith('.gz')) {
    yield* file.content();
    return;
  }
  const unzip = createGunzip();
  // A failure of the pipeline is also thrown by `unzip`, and handled there.
  pipeline(file.content(), unzip).catch(() => {});
  let unpacked = 0;
  try {
    for await (const piece of unzip as AsyncIterable<Buffer>) {
      checkUnpacked(file.path, file.bytes, (unpacked += piece.length));
      yield piece;
    }
  } catch (error) {
    if (error instanceof UserError || error instanceof UnusableFile) throw error;
    throw new UnusableFile('damaged or cut off');
  } finally {
    unzip.destroy();
  }
}

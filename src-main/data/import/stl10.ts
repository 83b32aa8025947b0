import { basename, dirname } from 'node:path';
import { UserError } from '../../errors.ts';
import type { Importer, Layout } from './importer.ts';
import { inFolder } from './names.ts';
import { readSmall, recordsOf } from './read.ts';
import { recordLayout, type ImageRecord } from './records.ts';
import { type Source, UnusableFile } from './source.ts';

/** Rows and columns. A record is [3, columns, rows], as Matlab stores matrices (https://cs.stanford.edu/~acoates/stl10/). */
const SIDE = 96;
const AREA = SIDE * SIDE;
const PARTS = [
  { pixels: 'train_X.bin', labels: 'train_y.bin', heldOut: false },
  { pixels: 'test_X.bin', labels: 'test_y.bin', heldOut: true },
];

/** STL-10 in its binary version. */
export const stl10: Importer = { recognise: (paths) => folderOf(paths) !== undefined, read };

function folderOf(paths: readonly string[]): string | undefined {
  const known = new Set(paths);
  const found = paths.find(
    (path) => basename(path) === PARTS[0].pixels && known.has(inFolder(dirname(path), PARTS[0].labels)),
  );
  return found && dirname(found);
}

async function read(source: Source, paths: readonly string[]): Promise<Layout> {
  const folder = folderOf(paths)!;
  const known = new Set(paths);
  const parts = PARTS.map((part) => ({
    ...part,
    pixels: inFolder(folder, part.pixels),
    labels: inFolder(folder, part.labels),
  })).filter(({ pixels, labels }) => known.has(pixels) && known.has(labels));
  const names = await namesOf(source, inFolder(folder, 'class_names.txt'), known);
  const labels = new Map<string, string[]>();
  for (const part of parts)
    labels.set(
      part.pixels,
      // Labels begin at 1.
      Array.from(await readSmall(source, part.labels), (label) => names[label - 1] ?? String(label)),
    );
  const heldOut = (path: string) => parts.find(({ pixels }) => pixels === path)!.heldOut;
  async function* images(): AsyncGenerator<ImageRecord | { file: string; reason: string }> {
    for await (const file of source.read(new Set(labels.keys()))) {
      const own = labels.get(file.path)!;
      let at = 0;
      try {
        for await (const record of recordsOf(file.content(), 3 * AREA)) {
          if (at === own.length) break;
          const image = { pixels: upright(record), rows: SIDE, columns: SIDE, channels: 3 } as const;
          yield { file: `${file.path} image ${at}`, label: own[at], heldOut: heldOut(file.path), image };
          at++;
        }
        if (at < own.length) throw new UnusableFile('the file is cut off');
      } catch (error) {
        if (!(error instanceof UnusableFile)) throw error;
        yield { file: file.path, reason: `${error.message}, after ${at} of ${own.length} images` };
      }
    }
  }
  const unlabelled = paths.find((path) => path === inFolder(folder, 'unlabeled_X.bin'));
  return recordLayout(
    {
      ...{ kind: 'STL-10, binary version', labels: 'its files of labels' },
      leftOut: unlabelled ? [{ path: unlabelled, files: 1, reason: 'images without a label' }] : [],
    },
    [...labels].flatMap(([path, own]) => own.map((label) => ({ label, heldOut: heldOut(path) }))),
    images,
    names,
  );
}

async function namesOf(source: Source, path: string, known: ReadonlySet<string>): Promise<string[]> {
  if (!known.has(path)) return Array.from({ length: 10 }, (_, at) => String(at + 1));
  const lines = (await readSmall(source, path)).toString('utf8').split(/\r?\n/);
  const names = lines.map((line) => line.trim()).filter(Boolean);
  if (names.length < 2 || new Set(names).size < names.length)
    throw new UserError(`${path} in ${source.path} does not list different names: get the file again.`);
  return names;
}

/** [3, columns, rows] as [rows, columns, 3]. */
function upright(record: Uint8Array): Uint8Array {
  const pixels = new Uint8Array(3 * AREA);
  for (let channel = 0; channel < 3; channel++)
    for (let column = 0; column < SIDE; column++)
      for (let row = 0; row < SIDE; row++)
        pixels[3 * (row * SIDE + column) + channel] = record[channel * AREA + column * SIDE + row];
  return pixels;
}

import type { Importer, Layout } from './importer.ts';
import { readWhole } from './read.ts';
import { recordLayout, type ImageRecord } from './records.ts';
import { type Source, UnusableFile } from './source.ts';
import { partName } from './structure/part-names.ts';

const IMAGE = /\.(jpe?g|png|webp|ppm|pgm|img|bmp|gif)$/i;
const LABEL = /\.(cls|cls\.txt|label|class)$/i;
const MOST_LABEL_BYTES = 4096;
const MOST_IMAGE_BYTES = 64 * 2 ** 20;

/** What a sample's files have in common: the path up to the first dot of the name. */
const keyOf = (path: string): string => {
  const slash = path.lastIndexOf('/') + 1;
  const dot = path.indexOf('.', slash);
  return dot < 0 ? path : path.slice(0, dot);
};

/** WebDataset: beside each image a file with its label, of the same name (https://github.com/webdataset/webdataset). */
export const webDataset: Importer = {
  recognise(paths) {
    const labels = paths.filter((path) => LABEL.test(path));
    if (labels.length === 0) return false;
    const images = new Set(paths.filter((path) => IMAGE.test(path)).map(keyOf));
    return labels.filter((path) => images.has(keyOf(path))).length > labels.length / 2;
  },
  read,
};

async function read(source: Source, paths: readonly string[]): Promise<Layout> {
  const images = paths.filter((path) => IMAGE.test(path));
  const labelOf = new Map<string, string>();
  for await (const file of source.read(new Set(paths.filter((path) => LABEL.test(path))))) {
    const text = await readWhole(file, MOST_LABEL_BYTES).catch((error: unknown) => {
      if (error instanceof UnusableFile) return undefined;
      throw error;
    });
    if (text !== undefined) labelOf.set(keyOf(file.path), text.toString('utf8').trim());
  }
  const heldOut = (path: string) =>
    path
      .split('/')
      .slice(0, -1)
      .some((name) => partName(name)?.role === 'held-out');
  const labels = images.map((path) => ({ label: labelOf.get(keyOf(path)), heldOut: heldOut(path) }));
  async function* records(): AsyncGenerator<ImageRecord | { file: string; reason: string }> {
    for await (const file of source.read(new Set(images)))
      try {
        const image = await readWhole(file, MOST_IMAGE_BYTES);
        yield { file: file.path, image, label: labelOf.get(keyOf(file.path)), heldOut: heldOut(file.path) };
      } catch (error) {
        if (!(error instanceof UnusableFile)) throw error;
        yield { file: file.path, reason: error.message };
      }
  }
  return recordLayout({ kind: 'WebDataset', labels: 'the file of each image (.cls)' }, labels, records);
}

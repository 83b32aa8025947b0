import { join } from 'node:path';
import writeFileAtomic from 'write-file-atomic';
import { healthOf } from './health/health.ts';
import type { ImageSet, ImageSetIndex } from './image-set.ts';
import { FILES } from './packed/format.ts';
import { openFileNames } from './packed/file-names.ts';
import { openImageSet, readImageSetIndex } from './packed/open.ts';
import { type PackedImage, writePackedSet } from './packed/write.ts';

/** Gives a packed set other groups. Everything else stays, its id too, which knows nothing of groups. */
export async function writeGroups(folder: string, groups: ImageSetIndex['groups']): Promise<ImageSetIndex> {
  const index = { ...readImageSetIndex(folder), groups };
  await writeFileAtomic(join(folder, FILES.index), JSON.stringify(index, null, 1));
  return index;
}

/**
 * Packs a set with other class names, as a new set beside it, as names are part of a set's id. Classes that get one name become one.
 * Images stay held out or not as they are. Throws what writePackedSet throws, Cancelled too.
 *
 * @param names of the classes, by label
 */
export async function withClassNames(
  dataFolder: string,
  folder: string,
  { name, names, groups }: { name: string; names: readonly string[]; groups: ImageSetIndex['groups'] },
  signal?: AbortSignal,
): Promise<{ index: ImageSetIndex; folder: string }> {
  const set = openImageSet(folder);
  try {
    const { size, source, rejects } = set.index;
    const classes = [...new Set(names)];
    return await writePackedSet(
      dataFolder,
      { name, size, classes, groups, source, rejects, heldOut: { kind: 'given' } },
      imagesOf(
        set,
        names.map((one) => classes.indexOf(one)),
      ),
      { signal, measure: (made) => healthOf(made, signal) },
    );
  } finally {
    set.close();
  }
}

/** @param labels the new ones, by those of the set */
function* imagesOf(set: ImageSet, labels: readonly number[]): Generator<PackedImage> {
  const pixels = new Uint8Array(3 * set.index.size ** 2);
  const fileNames = openFileNames(set);
  try {
    for (let image = 0; image < set.index.count; image++) {
      set.read(image, pixels);
      const label = set.labels[image];
      const side = set.index.sides?.[label] ?? undefined;
      yield { pixels, label: labels[label], heldOut: set.heldOut[image] === 1, file: fileNames.of(image), side };
    }
  } finally {
    fileNames.close();
  }
}

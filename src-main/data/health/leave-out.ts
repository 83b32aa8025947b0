import type { ImageSet, ImageSetIndex } from '../image-set.ts';
import { openFileNames } from '../packed/file-names.ts';
import { openImageSet } from '../packed/open.ts';
import { writePackedSet, type PackedImage } from '../packed/write.ts';
import { healthOf } from './health.ts';

/**
 * Packs a set without the training images that nearly equal a held-out one, as a new set beside it. Held-out images stay, so
 * that results of both are of the same ones. Throws what writePackedSet throws, Cancelled too.
 */
export async function withoutLeaks(
  dataFolder: string,
  folder: string,
  signal?: AbortSignal,
): Promise<{ index: ImageSetIndex; folder: string }> {
  const { leaking } = await healthOf(folder, signal);
  const set = openImageSet(folder);
  try {
    const { index } = set;
    return await writePackedSet(
      dataFolder,
      {
        ...{ name: `${index.name} without leaks`, size: index.size, classes: index.classes, groups: index.groups },
        ...{ source: index.source, rejects: index.rejects },
        // Which images are held out stays what it was, however they were chosen.
        heldOut: { kind: 'given' },
      },
      imagesBut(set, new Set(leaking)),
      { signal, measure: (made) => healthOf(made, signal) },
    );
  } finally {
    set.close();
  }
}

function* imagesBut(set: ImageSet, out: ReadonlySet<number>): Generator<PackedImage> {
  const pixels = new Uint8Array(3 * set.index.size ** 2);
  const names = openFileNames(set);
  try {
    for (let image = 0; image < set.index.count; image++) {
      if (out.has(image)) continue;
      set.read(image, pixels);
      yield {
        pixels,
        label: set.labels[image],
        heldOut: set.heldOut[image] === 1,
        file: names.of(image),
        side: set.index.sides?.[set.labels[image]] ?? undefined,
      };
    }
  } finally {
    names.close();
  }
}

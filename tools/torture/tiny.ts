import { mkdirSync } from 'node:fs';
import { basename, join } from 'node:path';
import type { RequestedStudy } from '../../src-main/app/planning/request.ts';
import { storeFile } from '../../src-main/app/opened-home.ts';
import { networkSchema, type NetworkSpec } from '../../src-main/network/spec.ts';
import { openStore } from '../../src-main/store/open.ts';
import { tinyNetwork, writeColours } from '../../test/study/tiny-study.ts';

/** The network of the study, wide where its checkpoints are to be large (engine/trainer/checkpoint-writer.ts). */
export function networkOf({ epochs = 12, units = 16 }: { epochs?: number; units?: number } = {}): NetworkSpec {
  const layers = tinyNetwork.layers.map((layer) =>
    layer.type === 'dense' && layer.units ? { ...layer, units } : layer,
  );
  return networkSchema.parse({ ...tinyNetwork, layers, training: { ...tinyNetwork.training, epochs } });
}

/** A study of seven trainings of a fraction of a second each, on the images of `makeTinyHome`. */
export const requestOf = (set: string, network: NetworkSpec): RequestedStudy => ({
  ...{ name: 'tiny', preset: 'smoke', data: set, split: { kind: 'random' }, layers: [1], imagesPerClass: 10 },
  network,
});

/** A home folder with the image set "colours", whose id is returned. */
export async function makeTinyHome(home: string): Promise<string> {
  for (const folder of ['', 'data', 'checkpoints']) mkdirSync(join(home, folder), { recursive: true, mode: 0o700 });
  const { index, folder } = await writeColours(join(home, 'data'));
  const store = openStore(storeFile(home));
  try {
    store.addImageSet({
      ...{ id: index.id, name: index.name, size: index.size, classes: 4, trainImages: 40, heldOutImages: 40 },
      ...{ folder: basename(folder), source: index.source, created: '2026-01-01T00:00:00.000Z' },
    });
  } finally {
    store.close();
  }
  return index.id;
}

import { randomFillSync } from 'node:crypto';
import { closeSync, ftruncateSync, mkdirSync, openSync, writeFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import {
  countByClass,
  FILES,
  identityOf,
  imageBytes,
  imagesPerShard,
  shardFile,
} from '../../src-main/data/packed/format.ts';

/**
 * Makes the folder of a packed set with so many images in so many classes, 4 % of them held out, as if it had been imported.
 * `sparse`: its shards take no room on the disk and all pixels are 0; otherwise they are noise.
 */
export function simulateSet(
  folder: string,
  { images, classes, size, sparse }: { images: number; classes: number; size: number; sparse: boolean },
): void {
  mkdirSync(folder);
  const labels = Uint16Array.from({ length: images }, (_, image) => Math.floor((image * classes) / images));
  const heldOut = Uint8Array.from({ length: images }, (_, image) => Number(image % 25 === 0));
  const columns = { labels, heldOut, hashes: randomFillSync(new Uint8Array(32 * images)) };
  const names = Array.from({ length: classes }, (_, label) => `class ${label}`);
  writeFileSync(join(folder, FILES.labels), labels);
  writeFileSync(join(folder, FILES.heldOut), heldOut);
  // Any order that is not that of the images: files seldom come class by class and by their hashes.
  const slots = Uint32Array.from({ length: images }, (_, image) => (image * 7919) % images);
  writeFileSync(join(folder, FILES.slots), slots);
  writeFileSync(join(folder, FILES.hashes), columns.hashes);
  const index = {
    id: identityOf(size, names, columns, [columns.hashes]),
    name: 'simulated',
    size,
    classes: names,
    groups: {},
    count: images,
    trainCounts: countByClass(columns, classes, 0),
    heldOutCounts: countByClass(columns, classes, 1),
    shards: writeShards(folder, images, size, sparse),
    rejects: [],
    source: 'simulated',
    heldOut: { kind: 'given' },
    duplicates: 0,
  };
  writeFileSync(join(folder, FILES.index), JSON.stringify(index));
}

function writeShards(folder: string, images: number, size: number, sparse: boolean) {
  const perShard = imagesPerShard(size);
  const noise = new Uint8Array(imageBytes(size));
  return Array.from({ length: Math.ceil(images / perShard) }, (_, position) => {
    const first = position * perShard;
    const within = Math.min(perShard, images - first);
    const descriptor = openSync(join(folder, shardFile(position)), 'w');
    if (sparse) ftruncateSync(descriptor, within * imageBytes(size));
    else for (let image = 0; image < within; image++) writeSync(descriptor, randomFillSync(noise));
    closeSync(descriptor);
    return { file: shardFile(position), first, images: within, sha256: '0'.repeat(64) };
  });
}

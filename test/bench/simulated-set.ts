import { randomFillSync } from 'node:crypto';
import { closeSync, ftruncateSync, mkdirSync, openSync, writeFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { sumsHash } from '../../src-main/data/packed/class-sums.ts';
import {
  countByClass,
  FILES,
  identityOf,
  imageBytes,
  imagesPerShard,
  shardFile,
} from '../../src-main/data/packed/format.ts';

export interface SimulatedSet {
  readonly images: number;
  readonly classes: number;
  readonly size: number;
  readonly sparse: boolean;
}

/**
 * Makes the folder of a packed set with so many images in so many classes, 4% of them held out, as if it had been imported.
 * `sparse`: its shards take no room on the disk and all pixels are 0; otherwise they are noise.
 */
export function simulateSet(folder: string, { images, classes, size, sparse }: SimulatedSet): void {
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
  if (sparse) writeZeroSums(folder, index.id, classes, imageBytes(size));
}

/** What the import would have stored: all sums are 0. */
function writeZeroSums(folder: string, id: string, classes: number, values: number): void {
  const sums = new Uint32Array(values);
  const descriptor = openSync(join(folder, FILES.classSums), 'w');
  for (let label = 0; label < classes; label++)
    writeSync(descriptor, sumsHash(id, label, sums), 0, 32, label * (sums.byteLength + 32) + sums.byteLength);
  closeSync(descriptor);
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

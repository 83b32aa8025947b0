import { createHash } from 'node:crypto';
import { basename } from 'node:path';
import * as z from 'zod';
import { UserError } from '../../errors.ts';
import type { ImageSetIndex } from '../image-set.ts';

/**
 * The files of a packed set. Pixels are in shards in the order in which they came; an image's position there is its
 * *slot*. Everything else is a column with one value per image, in the order of the image numbers. Integers are
 * little-endian, as on every machine that an engine runs on.
 */
export const FILES = {
  index: 'index.json',
  /** uint16 */
  labels: 'labels.bin',
  /** uint8: 1 for held-out images */
  heldOut: 'held-out.bin',
  /** uint32: the slot of each image */
  slots: 'slots.bin',
  /** 32 bytes: SHA-256 of each image's pixels */
  hashes: 'hashes.bin',
  /** Not a column; see file-names.ts */
  fileNames: 'file-names.bin',
  /** Not a column; see class-sums.ts */
  classSums: 'class-sums.bin',
  /** Not a column; see data/health/health.ts */
  health: 'health.json',
} as const;

export const HASH_BYTES = 32;
/** Bytes of the label, the part and the hash of an image. */
const ROW_BYTES = 3 + HASH_BYTES;

/** The size of a shard: small enough to be checked and copied quickly, large enough that there are few. */
const SHARD_BYTES = 64 * 2 ** 20;

/** Bytes of one image, [3, size, size] of uint8. */
export function imageBytes(size: number): number {
  return 3 * size * size;
}

export function imagesPerShard(size: number): number {
  return Math.max(1, Math.floor(SHARD_BYTES / imageBytes(size)));
}

export function shardFile(position: number): string {
  return `shard-${String(position).padStart(4, '0')}.bin`;
}

export interface Columns {
  /** All columns have one value per image; `hashes` has 32 bytes per image. */
  readonly labels: Uint16Array;
  readonly heldOut: Uint8Array;
  readonly slots: Uint32Array;
  readonly hashes: Uint8Array;
}

/** Rows that are hashed at a time. */
const ROWS = 1024;

/**
 * The id of a set: the first 16 hex digits of the SHA-256 over everything that training can see. Slots are left out on
 * purpose, so that a folder, its zip and its tar are one set, whatever the order of their files. The hashes of the
 * images may come in pieces, each of whole hashes.
 */
export function identityOf(
  size: number,
  classes: readonly string[],
  { labels, heldOut }: Pick<Columns, 'labels' | 'heldOut'>,
  hashes: Iterable<Uint8Array>,
): string {
  const hash = createHash('sha256').update(JSON.stringify(['packed set 1', size, classes, labels.length]));
  const rows = new Uint8Array(ROWS * ROW_BYTES);
  let image = 0;
  let filled = 0;
  for (const piece of hashes) {
    for (let offset = 0; offset < piece.length; offset += HASH_BYTES) {
      rows[filled] = labels[image] & 255;
      rows[filled + 1] = labels[image] >>> 8;
      rows[filled + 2] = heldOut[image];
      rows.set(piece.subarray(offset, offset + HASH_BYTES), filled + 3);
      image += 1;
      filled += ROW_BYTES;
      if (filled < rows.length) continue;
      hash.update(rows);
      filled = 0;
    }
  }
  return hash.update(rows.subarray(0, filled)).digest('hex').slice(0, 16);
}

/** The number of images of each label in one part. */
export function countByClass(columns: Pick<Columns, 'labels' | 'heldOut'>, classes: number, heldOut: 0 | 1): number[] {
  const counts = new Array<number>(classes).fill(0);
  for (let image = 0; image < columns.labels.length; image++)
    if (columns.heldOut[image] === heldOut) counts[columns.labels[image]]++;
  return counts;
}

const count = z.int().nonnegative();

export const indexSchema: z.ZodType<ImageSetIndex> = z.object({
  id: z.string().regex(/^[0-9a-f]{16}$/),
  name: z.string(),
  size: z.int().positive(),
  classes: z.array(z.string()),
  groups: z.record(z.string(), z.string()),
  count,
  trainCounts: z.array(count),
  heldOutCounts: z.array(count),
  shards: z.array(
    z.object({
      // Only a plain name is allowed, so that an index that was tampered with can't name a file elsewhere.
      file: z.string().regex(/^shard-\d{4,}\.bin$/),
      first: count,
      images: count,
      sha256: z.string().regex(/^[0-9a-f]{64}$/),
    }),
  ),
  rejects: z.array(z.object({ file: z.string(), reason: z.string() })),
  source: z.string(),
  heldOut: z.union([
    z.object({ kind: z.literal('given') }),
    z.object({ kind: z.literal('drawn'), seed: z.number(), fraction: z.number() }),
  ]),
  duplicates: count,
  copies: z
    .object({
      ...{ parts: count, classes: count },
      named: z.array(z.object({ file: z.string(), of: z.string() })).optional(),
    })
    .optional(),
  sides: z.array(count.nullable()).optional(),
  flaws: z.array(z.object({ file: z.string(), reason: z.string() })).optional(),
});

/** @param what a clause that says what is wrong */
export function damagedImageSet(folder: string, what: string): UserError {
  return new UserError(`The image set ${basename(folder)} is damaged: ${what}. Import the images again to repair it.`);
}

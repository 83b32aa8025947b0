import { createHash, type Hash } from 'node:crypto';
import { type FileHandle, open } from 'node:fs/promises';
import { join } from 'node:path';
import { RandomStream } from '../../random.ts';
import type { ImageSetIndex, Reject, Shard } from '../image-set.ts';
import { type Columns, HASH_BYTES, imageBytes, imagesPerShard, shardFile } from './format.ts';

/** Images are collected in pieces of at least this many bytes before they are written. */
const PIECE_BYTES = 2 ** 20;

/** Writes images one after the other into shards, and hashes each shard while it is written. */
export class ShardWriter {
  readonly shards: Shard[] = [];
  readonly #folder: string;
  readonly #perShard: number;
  readonly #imageBytes: number;
  readonly #piece: Buffer;
  #filled = 0;
  #open: { handle: FileHandle; hash: Hash; images: number } | undefined;
  #slots = 0;

  constructor(folder: string, size: number) {
    this.#folder = folder;
    this.#perShard = imagesPerShard(size);
    this.#imageBytes = imageBytes(size);
    this.#piece = Buffer.alloc(Math.max(1, Math.ceil(PIECE_BYTES / this.#imageBytes)) * this.#imageBytes);
  }

  async write(pixels: Uint8Array): Promise<void> {
    this.#open ??= {
      handle: await open(join(this.#folder, shardFile(this.shards.length)), 'wx'),
      hash: createHash('sha256'),
      images: 0,
    };
    this.#piece.set(pixels, this.#filled);
    this.#filled += this.#imageBytes;
    this.#open.images++;
    if (this.#filled === this.#piece.length) await this.#flush();
    if (this.#open.images === this.#perShard) await this.finish();
  }

  /** Ends the current shard. Everything that was written is then on the disk. */
  async finish(): Promise<void> {
    if (this.#open === undefined) return;
    await this.#flush();
    const { handle, hash, images } = this.#open;
    await handle.sync();
    await this.close();
    this.shards.push({ file: shardFile(this.shards.length), first: this.#slots, images, sha256: hash.digest('hex') });
    this.#slots += images;
  }

  /** Closes the current shard, whether it is complete or not. */
  async close(): Promise<void> {
    const handle = this.#open?.handle;
    this.#open = undefined;
    await handle?.close();
  }

  async #flush(): Promise<void> {
    const bytes = this.#piece.subarray(0, this.#filled);
    this.#filled = 0;
    this.#open!.hash.update(bytes);
    await this.#open!.handle.writeFile(bytes);
  }
}

/** A distinct image. Its position in the list of all, in the order in which they came, is its slot. */
export interface DistinctImage {
  /** SHA-256 of the pixels as a string of 32 bytes (latin1, which Node's hashes call binary). */
  readonly hash: string;
  label: number;
  heldOut: boolean;
  /** Its position in the list of all. */
  readonly slot: number;
  /** Where the name of its file stands (file-names.ts). */
  fileName: number;
}

export interface ArrangedImages {
  readonly classes: readonly string[];
  readonly columns: Columns;
  /** Where the name of each image's file stands, [count]. */
  readonly fileNames: Uint32Array;
  /** The classes that are left out, and why. */
  readonly rejects: readonly Reject[];
}

/**
 * Decides what depends on all images: which are held out where that is drawn, which classes are left out, and the
 * number of each image. Images are numbered by class and content hash, and drawn in that order, so that neither file
 * names nor the order in which they came matter.
 */
export function arrangeImages(
  images: readonly DistinctImage[],
  classes: readonly string[],
  rule: ImageSetIndex['heldOut'],
): ArrangedImages {
  const byClass = classes.map((): number[] => []);
  images.forEach(({ label }, slot) => byClass[label].push(slot));
  const kept: { name: string; slots: number[]; heldOut: Set<number> }[] = [];
  const rejects: Reject[] = [];
  classes.forEach((name, label) => {
    const slots = byClass[label].sort((a, b) => (images[a].hash < images[b].hash ? -1 : 1));
    const heldOut = rule.kind === 'drawn' ? draw(slots, name, rule) : slots.filter((slot) => images[slot].heldOut);
    const reason = reasonLeftOut(slots.length, heldOut.length);
    if (reason === undefined) kept.push({ name, slots, heldOut: new Set(heldOut) });
    else rejects.push(classLeftOut(name, reason));
  });
  const columns = columnsOf(images, kept);
  const fileNames = Uint32Array.from(columns.slots, (slot) => images[slot].fileName);
  return { classes: kept.map(({ name }) => name), columns, fileNames, rejects };
}

export const classLeftOut = (name: string, reason: string): Reject => ({
  file: `${name}/`,
  reason: `${reason}: the class is left out`,
});

/** Draws the held-out images of a class: at least one, and at least one is left to train on. */
function draw(slots: readonly number[], name: string, rule: { seed: number; fraction: number }): number[] {
  const wanted = Math.max(1, Math.round(slots.length * rule.fraction));
  const shuffled = new RandomStream(rule.seed, 'held-out', name).shuffle([...slots]);
  return shuffled.slice(0, Math.min(wanted, slots.length - 1));
}

/** Why a class is left out, as it is or before its images are read; undefined if it is kept. */
export function reasonLeftOut(images: number, heldOut: number): string | undefined {
  if (images === 0) return 'no usable image';
  if (images === 1) return 'only one distinct image, but one to train on and one to hold out are needed';
  if (heldOut === 0) return 'no image in the held-out part';
  if (heldOut === images) return 'no image in the training part that is not also held out';
  return undefined;
}

function columnsOf(
  images: readonly DistinctImage[],
  kept: readonly { slots: readonly number[]; heldOut: Set<number> }[],
): Columns {
  const count = kept.reduce((sum, { slots }) => sum + slots.length, 0);
  const columns: Columns = {
    labels: new Uint16Array(count),
    heldOut: new Uint8Array(count),
    slots: new Uint32Array(count),
    hashes: new Uint8Array(count * HASH_BYTES),
  };
  let image = 0;
  kept.forEach(({ slots, heldOut }, label) => {
    for (const slot of slots) {
      columns.labels[image] = label;
      columns.heldOut[image] = heldOut.has(slot) ? 1 : 0;
      columns.slots[image] = slot;
      columns.hashes.set(Buffer.from(images[slot].hash, 'latin1'), image * HASH_BYTES);
      image++;
    }
  });
  return columns;
}

import { createHash, type Hash } from 'node:crypto';
import { open, type FileHandle } from 'node:fs/promises';
import { join } from 'node:path';
import type { Shard } from '../image-set.ts';
import { imageBytes, imagesPerShard, shardFile } from './format.ts';

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

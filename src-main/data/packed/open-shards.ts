import { closeSync, openSync, readSync } from 'node:fs';
import { join } from 'node:path';
import { messageOf } from '../../errors.ts';
import type { ImageSetIndex, Shard } from '../image-set.ts';
import { damagedImageSet } from './damaged.ts';
import { imageBytes } from './format.ts';

/** Shards that are open at once, at most: systems allow a process about a thousand open files. */
const OPEN_SHARDS = 64;

/** Opens shards when they are first read from. When too many are open, the one that was opened first is closed. */
export class OpenShards {
  readonly #folder: string;
  readonly #shards: readonly Shard[];
  readonly #imageBytes: number;
  readonly #descriptors = new Map<Shard, number>();

  constructor(folder: string, index: ImageSetIndex) {
    this.#folder = folder;
    this.#shards = index.shards;
    this.#imageBytes = imageBytes(index.size);
  }

  read(slot: number, into: Uint8Array, offset: number): void {
    const shard = this.#shards[this.#positionOf(slot)];
    const descriptor = this.#descriptors.get(shard) ?? this.#open(shard);
    const start = (slot - shard.first) * this.#imageBytes;
    for (let done = 0; done < this.#imageBytes;) {
      const read = readSync(descriptor, into, offset + done, this.#imageBytes - done, start + done);
      if (read === 0) throw damagedImageSet(this.#folder, `${shard.file} is cut off`);
      done += read;
    }
  }

  close(): void {
    for (const descriptor of this.#descriptors.values()) closeSync(descriptor);
    this.#descriptors.clear();
  }

  /** All shards but the last hold the same number of images. */
  #positionOf(slot: number): number {
    return Math.floor(slot / this.#shards[0].images);
  }

  #open(shard: Shard): number {
    if (this.#descriptors.size >= OPEN_SHARDS) {
      const [oldest, descriptor] = this.#descriptors.entries().next().value!;
      closeSync(descriptor);
      this.#descriptors.delete(oldest);
    }
    try {
      const descriptor = openSync(join(this.#folder, shard.file), 'r');
      this.#descriptors.set(shard, descriptor);
      return descriptor;
    } catch (error) {
      throw damagedImageSet(this.#folder, `${shard.file} can't be opened (${messageOf(error)})`);
    }
  }
}

import { createWriteStream } from 'node:fs';
import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { freeSpace } from '../app/free-space.ts';
import { newUploadPlace } from '../app/uploads.ts';
import { byteSize } from '../common/numbers.ts';
import { asDiskError } from '../data/packed/disk.ts';
import { UserError } from '../errors.ts';
import { fileName } from './file-name.ts';
import { Refused } from './refused.ts';

/** Bytes of one upload. What is larger is on the machine already, or should come there by other means than a browser. */
const MOST_BYTES = 100 * 2 ** 30;
/** Bytes that stay free: the store must be able to go on writing, and the images to be packed. */
const KEPT_FREE = 512 * 2 ** 20;
const MOST_AT_ONCE = 4;

export interface UploadsOptions {
  readonly home: string;
  /** Why the home folder is not open; undefined: it is. */
  readonly closed: () => string | undefined;
  /** Bytes free where a folder is. Default: what the file system says. */
  readonly freeBytes?: (folder: string) => Promise<number>;
}

/** Takes what browsers send and stores each as a file that `images.import` can be given. */
export class Uploads {
  readonly #options: UploadsOptions;
  /** Bytes still to come of each upload under way: not free any more. */
  readonly #underWay = new Set<{ left: number }>();

  constructor(options: UploadsOptions) {
    this.#options = options;
  }

  /** Throws Refused where an upload of so many bytes could not be stored. */
  async check(bytes: number): Promise<void> {
    const { home, closed, freeBytes = freeSpace } = this.#options;
    const problem = closed();
    if (problem !== undefined) throw new Refused(503, problem);
    if (bytes > MOST_BYTES)
      throw new Refused(
        413,
        `${byteSize(bytes)} are too much to send through a browser (at most ${byteSize(MOST_BYTES)}); ` +
          'copy the images to this machine and run "transplant data import PATH" there.',
      );
    if (this.#underWay.size >= MOST_AT_ONCE)
      throw new Refused(429, `${MOST_AT_ONCE} uploads are under way; wait until one of them is done.`);
    const promised = [...this.#underWay].reduce((sum, { left }) => sum + left, 0);
    const free = (await freeBytes(home)) - promised - KEPT_FREE;
    if (bytes > free)
      throw new Refused(
        507,
        `There is no room for it in ${home}: it has ${byteSize(bytes)}, and ${byteSize(Math.max(0, free))} can be ` +
          'used there; make room, or use another home folder.',
      );
  }

  /** Stores an upload and returns its path. Throws Refused; nothing of an upload that broke off stays. */
  async receive(name: string, bytes: number, content: Readable): Promise<string> {
    await this.check(bytes);
    const upload = { left: bytes };
    this.#underWay.add(upload);
    const { home } = this.#options;
    const folder = newUploadPlace(home);
    try {
      await mkdir(folder, { recursive: true, mode: 0o700 });
      const path = join(folder, fileName(name));
      await pipeline(counted(content, upload), createWriteStream(path, { flags: 'wx', mode: 0o600 }));
      return path;
    } catch (error) {
      // The first error is the one to tell.
      await rm(folder, { recursive: true, force: true }).catch(() => {});
      const reason = asDiskError(error, home);
      throw reason instanceof UserError ? new Refused(507, reason.message) : error;
    } finally {
      this.#underWay.delete(upload);
    }
  }
}

async function* counted(content: Readable, upload: { left: number }): AsyncGenerator<Buffer> {
  // The request must outlive a disk that is full: its answer says so.
  for await (const piece of content.iterator({ destroyOnReturn: false })) {
    upload.left -= (piece as Buffer).length;
    yield piece as Buffer;
  }
}

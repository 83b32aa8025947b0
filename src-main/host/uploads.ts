import { createWriteStream, existsSync } from 'node:fs';
import { mkdir, rm } from 'node:fs/promises';
import type { IncomingMessage } from 'node:http';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { freeSpace } from '../app/home.ts';
import { newUploadPlace } from '../app/workspace/uploads.ts';
import { byteSize } from '../common/numbers.ts';
import { asDiskError } from '../data/packed/temporary-folder.ts';
import { UserError } from '../errors.ts';
import { HttpError } from './admission.ts';
import { json, type PlainPage } from './plain-page.ts';
import { OWNER_ONLY } from '../process/owner-only.ts';

/** Bytes of an upload, and of all that wait to be imported, at most. What is larger should be copied to the machine by other means than a browser. */
const MOST_BYTES = 100 * 2 ** 30;
/** Bytes that must stay free, so that the store can go on writing and the images can be packed. */
const KEPT_FREE = 512 * 2 ** 20;
const MOST_AT_ONCE = 4;
/** Uploads that are under way or wait to be imported. */
const MOST_WAITING = 64;

export interface UploadsOptions {
  readonly home: string;
  /** Returns why the home folder is not open; undefined if it is open. */
  readonly closed: () => string | undefined;
  /** The free bytes of the drive of a folder. Default: what the file system reports. */
  readonly freeBytes?: (folder: string) => Promise<number>;
}

/** Receives uploads and stores each as a file, whose path can be given to `images.import`. */
export class Uploads {
  readonly #options: UploadsOptions;
  /** The bytes that each upload under way has and will still take, which are no longer free; in the order they came. */
  readonly #underWay = new Set<Coming>();
  /** The bytes of each upload that came, by its path. Those that were imported are no longer there. */
  readonly #stored = new Map<string, number>();

  constructor(options: UploadsOptions) {
    this.#options = options;
  }

  /** Throws HttpError if an upload of so many bytes could not be stored beside those that came `before`. */
  async check(bytes: number, before: readonly Coming[] = [...this.#underWay]): Promise<void> {
    const { home, closed, freeBytes = freeSpace } = this.#options;
    const problem = closed();
    if (problem !== undefined) throw new HttpError(503, problem);
    if (bytes > MOST_BYTES)
      throw new HttpError(
        413,
        `${byteSize(bytes)} is too much to send through a browser (at most ${byteSize(MOST_BYTES)}); ` +
          'copy the images to this machine and run "transplant data import PATH" there.',
      );
    if (before.length >= MOST_AT_ONCE)
      throw new HttpError(429, `${MOST_AT_ONCE} uploads are under way; wait until one of them is done.`);
    this.#checkWaiting(bytes, before);
    const promised = before.reduce((sum, { left }) => sum + left, 0);
    const free = (await freeBytes(home)) - promised - KEPT_FREE;
    if (bytes > free)
      throw new HttpError(
        507,
        `There is no space for it in ${home}: it has ${byteSize(bytes)}, and ${byteSize(Math.max(0, free))} can be ` +
          'used there; free some space, or use another home folder.',
      );
  }

  /** Uploads that nobody imports must not fill the disk, one after the other. */
  #checkWaiting(bytes: number, before: readonly Coming[]): void {
    for (const path of this.#stored.keys()) if (!existsSync(path)) this.#stored.delete(path);
    const sum = [...this.#stored.values(), ...before.map((upload) => upload.bytes)].reduce((a, b) => a + b, 0);
    if (this.#stored.size + before.length >= MOST_WAITING || sum + bytes > MOST_BYTES)
      throw new HttpError(
        429,
        `${this.#stored.size + before.length} uploads of ${byteSize(sum)} together wait to be imported; import them, or ` +
          'start Transplant again, which removes them.',
      );
  }

  /** Stores an upload and returns its path. Throws HttpError. Nothing of an upload that broke off is left behind. */
  async receive(name: string, bytes: number, content: Readable): Promise<string> {
    // What came before is counted at once: whoever comes while the disk is asked finds this one under way.
    const before = [...this.#underWay];
    const upload = { bytes, left: bytes };
    this.#underWay.add(upload);
    try {
      await this.check(bytes, before);
      const path = await this.#store(name, content, upload);
      this.#stored.set(path, bytes);
      return path;
    } finally {
      this.#underWay.delete(upload);
    }
  }

  async #store(name: string, content: Readable, upload: Coming): Promise<string> {
    const { home } = this.#options;
    const folder = newUploadPlace(home);
    try {
      await mkdir(folder, { recursive: true, mode: OWNER_ONLY.folder });
      const path = join(folder, fileName(name));
      await pipeline(countReceived(content, upload), createWriteStream(path, { flags: 'wx', mode: OWNER_ONLY.file }));
      return path;
    } catch (error) {
      // The error that came first is the one to report.
      await rm(folder, { recursive: true, force: true }).catch(() => {});
      const reason = asDiskError(error, home);
      throw reason instanceof UserError ? new HttpError(507, reason.message) : error;
    }
  }
}

/** An upload under way. */
interface Coming {
  readonly bytes: number;
  /** Bytes that have not come yet. */
  left: number;
}

async function* countReceived(content: Readable, upload: Coming): AsyncGenerator<Buffer> {
  // The request stays open even if the disk is full, so that it can be answered.
  for await (const piece of content.iterator({ destroyOnReturn: false })) {
    upload.left -= (piece as Buffer).length;
    yield piece as Buffer;
  }
}

/**
 * `GET /uploads/<name>?bytes=N` asks whether an upload is possible, because a browser that is refused while it sends
 * shows a broken connection and not the reason. `PUT /uploads/<name>` sends it and is answered with `{ path }`. Throws
 * HttpError.
 */
export async function answerUpload(
  request: IncomingMessage,
  url: { pathname: string; searchParams: URLSearchParams },
  uploads: Uploads,
): Promise<PlainPage> {
  const name = decodedName(url.pathname);
  if (request.method === 'PUT') {
    const bytes = lengthOf(request.headers['content-length']);
    return json(200, { path: await uploads.receive(name, bytes, request) });
  }
  await uploads.check(lengthOf(url.searchParams.get('bytes') ?? undefined));
  return json(200, {});
}

function decodedName(path: string): string {
  try {
    return decodeURIComponent(path.slice('/uploads/'.length));
  } catch {
    throw new HttpError(400, 'The name of the upload is not encoded as browsers encode it.');
  }
}

function lengthOf(text: string | undefined): number {
  if (text !== undefined && /^\d{1,15}$/.test(text)) return Number(text);
  throw new HttpError(411, 'An upload must state its length in bytes.');
}

/** Bytes of a file name, at most: somewhat below what every file system allows. */
const LONGEST_NAME = 200;
/** Names that Windows reserves for devices, whatever follows the first dot. */
const DEVICE = /^(con|prn|aux|nul|com\d|lpt\d)(\.|$)/i;

/**
 * Turns the name under which a browser sent a file into one that is valid for a plain file on every system, and still
 * readable: image sets are named after it.
 */
export function fileName(given: string): string {
  const last = given.normalize('NFC').split(/[/\\]/).at(-1)!;
  const plain = last
    .toWellFormed()
    // eslint-disable-next-line no-control-regex
    .replace(/[\u0000-\u001f\u007f<>:"|?*\p{Cf}]/gu, '_')
    .replace(/^[\s.]+/, '')
    .replace(/[\s.]+$/, '');
  const name = shortened(plain) || 'images';
  return DEVICE.test(name) ? `_${name}` : name;
}

/** Shortens a name before its ending, which says what kind of archive it is. */
function shortened(name: string): string {
  if (Buffer.byteLength(name) <= LONGEST_NAME) return name;
  const ending = /(\.[a-z0-9]{1,8}){0,2}$/i.exec(name)![0];
  let beginning = [...name.slice(0, name.length - ending.length)];
  while (Buffer.byteLength(beginning.join('')) + ending.length > LONGEST_NAME) beginning = beginning.slice(0, -1);
  return beginning.join('') + ending;
}

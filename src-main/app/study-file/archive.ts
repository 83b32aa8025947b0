import { createHash } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { basename } from 'node:path';
import { Transform } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { pipeline } from 'node:stream/promises';
import * as yauzl from 'yauzl';
import type { z } from 'zod';
import { quoted } from '../../common/visible.ts';
import { Cancelled, messageOf, UserError } from '../../errors.ts';
import { isDeeperThan } from '../../network/read-spec.ts';
import { MANIFEST, manifestSchema, VERSION, versionSchema, type Manifest } from './format.ts';

/** More entries than any study has: three for each training, of which planning allows fewer than a third of these. */
const MAX_ENTRIES = 100_000;
/** Bytes that one JSON entry may unpack to, and times its own size in the file; ours reach ten times. */
const MAX_JSON = 64 * 2 ** 20;
const MAX_TIMES = 30;
/** Lists and objects in each other; the deepest are the blocks of a network. */
const DEEPEST = 80;
/** Bytes that an entry may unpack to however small it is, and all entries of a file. */
const SMALL_ENTRY = 2 ** 20;
const ALWAYS_ALLOWED = 2 ** 24;

const NAME =
  /^(?:(?:manifest|study|predictions)\.json|runs\/[0-9a-f]{64}\.json|(?:filters|checkpoints|pretrained)\/[0-9a-f]{64}\.safetensors)$/;

/** Says why a study's file can't be used, in one clause. */
export class Unusable extends Error {}

/**
 * A study's file that was opened and checked: its entries are exactly those that its manifest names. A file may be
 * hostile, so no name in it is ever used as a path, no entry is unpacked to more bytes than it claims, and all entries to
 * no more than the file's size warrants. All methods throw Unusable and Cancelled.
 */
export class StudyArchive {
  readonly #zip: yauzl.ZipFile;
  readonly #found: ReadonlyMap<string, yauzl.Entry>;
  readonly #listed: Manifest['entries'];
  readonly #signal: AbortSignal | undefined;

  private constructor(
    zip: yauzl.ZipFile,
    found: ReadonlyMap<string, yauzl.Entry>,
    listed: Manifest['entries'],
    signal: AbortSignal | undefined,
  ) {
    this.#zip = zip;
    this.#found = found;
    this.#listed = listed;
    this.#signal = signal;
  }

  static async open(file: string, signal?: AbortSignal): Promise<StudyArchive> {
    const bytes = await sizeOf(file);
    const zip = await yauzl.openPromise(file, { autoClose: false }).catch((error: unknown) => {
      throw new Unusable(`it is cut off, damaged or not a study (${messageOf(error)})`);
    });
    try {
      const found = await entriesOf(zip, bytes, signal);
      const listed = await readManifest(zip, found);
      return new StudyArchive(zip, found, listed, signal);
    } catch (error) {
      zip.close();
      throw error;
    }
  }

  get names(): string[] {
    return Object.keys(this.#listed);
  }

  has(name: string): boolean {
    return Object.hasOwn(this.#listed, name);
  }

  /** Bytes of all entries that are not JSON. */
  get binaryBytes(): number {
    return this.names.reduce((sum, name) => sum + (name.endsWith('.json') ? 0 : this.#listed[name].bytes), 0);
  }

  async json<T>(name: string, schema: z.ZodType<T>): Promise<T> {
    return parsed(name, await this.bytes(name), schema);
  }

  /** The content, whose hash is checked against the manifest. */
  async bytes(name: string): Promise<Buffer> {
    const bytes = await read(this.#zip, this.#entry(name));
    this.#check(name, createHash('sha256').update(bytes).digest('hex'));
    return bytes;
  }

  /** Copies the content to a new file and returns its hash, which is checked against the manifest. */
  async copy(name: string, to: string): Promise<{ sha256: string; bytes: number }> {
    const hash = createHash('sha256');
    const watch = new Transform({
      transform(piece: Buffer, _encoding, done) {
        hash.update(piece);
        done(null, piece);
      },
    });
    const content = await stream(this.#zip, this.#entry(name));
    try {
      await pipeline(content, watch, createWriteStream(to, { flags: 'wx', flush: true }), { signal: this.#signal });
    } catch (error) {
      if (this.#signal?.aborted) throw new Cancelled();
      throw new Unusable(`${name} can't be unpacked (${messageOf(error)})`);
    }
    const sha256 = hash.digest('hex');
    this.#check(name, sha256);
    return { sha256, bytes: this.#listed[name].bytes };
  }

  close(): void {
    this.#zip.close();
  }

  #entry(name: string): yauzl.Entry {
    if (this.#signal?.aborted) throw new Cancelled();
    const entry = this.#found.get(name);
    if (!entry || !this.has(name)) throw new Unusable(`${name} is missing`);
    return entry;
  }

  #check(name: string, sha256: string): void {
    if (this.#listed[name].sha256 !== sha256) throw new Unusable(`${name} was changed: it has another SHA-256`);
  }
}

async function sizeOf(file: string): Promise<number> {
  const found = await stat(file).catch((error: NodeJS.ErrnoException) => {
    throw new UserError(`The study file ${file} can't be read (${error.code}).`, { usage: true, cause: error });
  });
  if (!found.isFile()) throw new UserError(`${basename(file)} is a folder, not a study's file.`, { usage: true });
  return found.size;
}

async function entriesOf(zip: yauzl.ZipFile, bytes: number, signal?: AbortSignal): Promise<Map<string, yauzl.Entry>> {
  if (zip.entryCount > MAX_ENTRIES) throw new Unusable(`it has ${zip.entryCount} entries, more than any study`);
  const found = new Map<string, yauzl.Entry>();
  let packed = 0;
  let unpacked = 0;
  try {
    for await (const entry of zip.eachEntry()) {
      if (signal?.aborted) throw new Cancelled();
      const name = entry.fileName;
      if (!NAME.test(name)) throw new Unusable(`${quoted(name)} does not belong in a study's file`);
      if (found.has(name)) throw new Unusable(`${name} is in it twice`);
      if (entry.isEncrypted() || !entry.canDecodeFileData()) throw new Unusable(`${name} is packed in an unknown way`);
      checkSize(name, entry);
      packed += entry.compressedSize;
      unpacked += entry.uncompressedSize;
      found.set(name, entry);
    }
  } catch (error) {
    if (error instanceof Unusable || error instanceof Cancelled) throw error;
    throw new Unusable(`it is cut off or damaged (${messageOf(error)})`);
  }
  if (packed > bytes || unpacked > MAX_TIMES * bytes + ALWAYS_ALLOWED)
    throw new Unusable(`it claims to hold ${unpacked} bytes, more than its size allows`);
  return found;
}

function checkSize(name: string, { uncompressedSize, compressedSize, compressionMethod }: yauzl.Entry): void {
  if (!name.endsWith('.json')) {
    if (compressionMethod !== 0 || uncompressedSize !== compressedSize) throw new Unusable(`${name} is compressed`);
  } else if (uncompressedSize > Math.min(MAX_JSON, MAX_TIMES * compressedSize + SMALL_ENTRY))
    throw new Unusable(`${name} claims ${uncompressedSize} bytes, more than its size in the file allows`);
}

async function readManifest(zip: yauzl.ZipFile, found: ReadonlyMap<string, yauzl.Entry>): Promise<Manifest['entries']> {
  const entry = found.get(MANIFEST);
  if (!entry) throw new Unusable('it is not a study of Transplant, or it was cut off');
  const bytes = await read(zip, entry);
  const { version } = parsed(MANIFEST, bytes, versionSchema);
  if (version > VERSION)
    throw new Unusable(
      `it was written by a newer Transplant (format ${version}, this one reads ${VERSION}); update it`,
    );
  const { entries } = parsed(MANIFEST, bytes, manifestSchema);
  for (const [name, { bytes }] of Object.entries(entries))
    if (found.get(name)?.uncompressedSize !== bytes || name === MANIFEST)
      throw new Unusable(`${quoted(name)} is missing or of another length than the manifest says`);
  if (Object.keys(entries).length !== found.size - 1) throw new Unusable('it holds more than its manifest says');
  return entries;
}

async function read(zip: yauzl.ZipFile, entry: yauzl.Entry): Promise<Buffer> {
  const content = await stream(zip, entry);
  return buffer(content).catch((error: unknown) => {
    throw new Unusable(`${entry.fileName} can't be unpacked (${messageOf(error)})`);
  });
}

function stream(zip: yauzl.ZipFile, entry: yauzl.Entry) {
  return zip.openReadStreamPromise(entry).catch((error: unknown) => {
    throw new Unusable(`${entry.fileName} can't be unpacked (${messageOf(error)})`);
  });
}

function parsed<T>(name: string, bytes: Buffer, schema: z.ZodType<T>): T {
  let value: unknown;
  try {
    value = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch {
    throw new Unusable(`${name} is not JSON`);
  }
  if (isDeeperThan(DEEPEST, value)) throw new Unusable(`the lists of ${name} stand in each other too deep`);
  const { data, error } = schema.safeParse(value);
  if (error)
    throw new Unusable(`${name} does not contain what it should (${error.issues[0].path.join('.') || 'form'})`);
  return data as T;
}

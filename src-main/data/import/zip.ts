import { stat } from 'node:fs/promises';
import { crc32 } from 'node:zlib';
import * as yauzl from 'yauzl';
import { Cancelled, messageOf, UserError } from '../../errors.ts';
import { entryPath } from './names.ts';
import type { Choice } from './structure/choices.ts';
import { zipEnd } from './zip-end.ts';
import { ZipFile } from './zip-file.ts';
import { decoderOf, encodingOf, isPlain, namesChoice, type Decode } from './zip-names.ts';
import { checkUnpacked, UnusableFile, type OpenedFile, type Source, ArchiveListing } from './source.ts';

/** The upper half of an entry's external attributes is its Unix mode. */
const FILE_TYPE = 0o170000;
const SYMBOLIC_LINK = 0o120000;
/** Bytes before an entry's content, at least; its name and more follow (APPNOTE 4.3.7). */
const LOCAL_HEADER = 30;

/** A zip on the disk, or in memory because it is in an archive itself. */
export interface ZipPlace {
  readonly path: string;
  readonly bytes?: Buffer;
  /** What a person says of the encoding of its names. */
  readonly names?: string;
}

/**
 * Lists a zip archive. Throws a UserError if it is damaged or has names that point outside of it, and Cancelled when
 * aborted.
 */
export async function openZip(place: ZipPlace, signal?: AbortSignal): Promise<Source> {
  const { path } = place;
  const listing = new ArchiveListing(path);
  const size = place.bytes?.length ?? (await stat(path)).size;
  const { decode, names } = await namesOf(place);
  const places: [start: number, end: number][] = [];
  let unpacked = 0;
  for await (const { entry, name } of entriesOf(place, decode)) {
    if (signal?.aborted) throw new Cancelled();
    const start = entry.relativeOffsetOfLocalHeader;
    places.push([start, start + LOCAL_HEADER + entry.compressedSize]);
    checkUnpacked(path, size, (unpacked += entry.uncompressedSize));
    if (!/[/\\]$/.test(entry.fileName))
      listing.add({ path: name, bytes: entry.uncompressedSize }, reasonUnusable(entry));
  }
  refuseOverlap(path, places);
  return {
    path,
    files: listing.files,
    rejects: listing.rejects,
    names,
    async *read(wanted) {
      const left = new Set(wanted);
      for await (const { entry, name, archive } of entriesOf(place, decode)) {
        if (reasonUnusable(entry) === undefined && left.delete(name)) yield opened(archive, entry, name);
        if (left.size === 0) return;
      }
    },
  };
}

/** Names of an archive that are looked at to tell their encoding. */
const MOST_TRIED = 10_000;

/** How the names that don't say so are read: as a person said, else by evidence. */
async function namesOf(place: ZipPlace): Promise<{ decode: Decode; names?: Choice }> {
  const strange: Buffer[] = [];
  for await (const { entry } of entriesOf(place, (name) => name.toString('latin1'))) {
    if (!saysEncoding(entry) && !isPlain(entry.fileNameRaw)) strange.push(Buffer.from(entry.fileNameRaw));
    if (strange.length === MOST_TRIED) break;
  }
  const encoding = place.names ?? (strange.length === 0 ? 'utf-8' : encodingOf(strange));
  const decode = decoderOf(encoding);
  if (decode === undefined)
    throw new UserError(
      `"${encoding}" is no encoding of names; use utf-8, shift_jis, cp437 or windows-1252, for example.`,
      { usage: true },
    );
  const safe: Decode = (name) => {
    try {
      return decode(name);
    } catch {
      throw new UserError(`${place.path} has names that are not written in ${encoding}: say another with --names.`, {
        usage: true,
      });
    }
  };
  return {
    decode: safe,
    names: strange.length === 0 ? undefined : namesChoice(encoding, place.names !== undefined, strange[0]),
  };
}

/** Whether an entry says that its name is UTF-8: by its flag, or by a field of Info-ZIP (0x7075). */
const saysEncoding = (entry: yauzl.Entry): boolean =>
  (entry.generalPurposeBitFlag & 0x800) !== 0 || entry.extraFields.some(({ id }) => id === 0x7075);

/** A small file can hold any amount if its entries share their bytes (Fifield, "A better zip bomb", 2019). */
function refuseOverlap(path: string, places: [start: number, end: number][]): void {
  places.sort(([a], [b]) => a - b);
  if (places.some(([start], place) => place > 0 && start < places[place - 1][1]))
    throw new UserError(
      `${path} is refused: its entries overlap, so it is broken or was made to do harm. Get the archive from a source that you trust.`,
    );
}

/** Yields the entries. The directory is read again each time, because its entries would take too much memory. */
async function* entriesOf(
  { path, bytes }: ZipPlace,
  decode: Decode,
): AsyncGenerator<{ entry: yauzl.Entry; name: string; archive: yauzl.ZipFile }> {
  let archive: yauzl.ZipFile | undefined;
  let file: ZipFile | undefined;
  try {
    const options = { autoClose: false, strictFileNames: false };
    const end = bytes === undefined ? await zipEnd(path) : undefined;
    if (bytes !== undefined) archive = await yauzl.fromBufferPromise(bytes, options);
    else {
      const before = end?.before ?? 0;
      file = new ZipFile(path, before);
      archive = await yauzl.fromRandomAccessReaderPromise(file, (await stat(path)).size - before, options);
    }
    if (end?.entries !== undefined) Object.assign(archive, { entryCount: end.entries });
    for await (const entry of archive.eachEntry()) {
      const raw = saysEncoding(entry) || isPlain(entry.fileNameRaw);
      yield { entry, name: entryPath(path, slashed(raw ? entry.fileName : decode(entry.fileNameRaw))), archive };
    }
  } catch (error) {
    if (error instanceof UserError || error instanceof Cancelled) throw error;
    // yauzl checks names itself, and reports them in these words; entryPath has the message for people.
    const name = /^(?:absolute path|invalid relative path): (.*)$/s.exec(messageOf(error))?.[1];
    if (name !== undefined) entryPath(path, name);
    throw new UserError(
      `${path} is cut off, damaged or not a zip archive (${messageOf(error)}): download or make it again.`,
      { cause: error },
    );
  } finally {
    if (archive) archive.close();
    else file?.close(() => {});
  }
}

/** Old programs of Windows wrote its own separators. */
const slashed = (name: string): string => (name.includes('/') ? name : name.replaceAll('\\', '/'));

/** Methods of compression by their numbers (APPNOTE 4.4.5). */
const METHODS: Readonly<Record<number, string>> = {
  9: 'Deflate64',
  12: 'bzip2',
  14: 'LZMA',
  93: 'Zstandard',
  95: 'XZ',
  98: 'PPMd',
  99: 'AES',
};

/** Why an entry can't be used; undefined if it can. */
function reasonUnusable(entry: yauzl.Entry): string | undefined {
  if (((entry.externalFileAttributes >>> 16) & FILE_TYPE) === SYMBOLIC_LINK) return 'a symbolic link in an archive';
  if (entry.isEncrypted()) return 'encrypted with a password';
  if (!entry.canDecodeFileData()) {
    const method = METHODS[entry.compressionMethod] ?? `method ${entry.compressionMethod}`;
    return `compressed by ${method}, and not by deflate`;
  }
  return undefined;
}

function opened(archive: yauzl.ZipFile, entry: yauzl.Entry, path: string): OpenedFile {
  return {
    path,
    bytes: entry.uncompressedSize,
    async *content() {
      let sum = 0;
      try {
        for await (const piece of await archive.openReadStreamPromise(entry)) {
          sum = crc32(piece as Buffer, sum);
          yield piece as Buffer;
        }
      } catch {
        throw new UnusableFile('damaged inside the archive');
      }
      if (sum !== entry.crc32) throw new UnusableFile('damaged inside the archive (wrong checksum)');
    },
  };
}

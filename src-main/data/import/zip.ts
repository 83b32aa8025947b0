import { stat } from 'node:fs/promises';
import { crc32 } from 'node:zlib';
import * as yauzl from 'yauzl';
import { Cancelled, messageOf, UserError } from '../../errors.ts';
import { entryPath } from './names.ts';
import { checkUnpacked, UnusableFile, type OpenedFile, type Source, ArchiveListing } from './source.ts';

/** The upper half of an entry's external attributes is its Unix mode. */
const FILE_TYPE = 0o170000;
const SYMBOLIC_LINK = 0o120000;
/** Bytes before an entry's content, at least; its name and more follow (APPNOTE 4.3.7). */
const LOCAL_HEADER = 30;

/**
 * Lists a zip archive. Throws a UserError if it is damaged or has names that point outside of it, and Cancelled when
 * aborted.
 */
export async function openZip(path: string, signal?: AbortSignal): Promise<Source> {
  const listing = new ArchiveListing(path);
  const { size } = await stat(path);
  const places: [start: number, end: number][] = [];
  let unpacked = 0;
  for await (const { entry, name } of entriesOf(path)) {
    if (signal?.aborted) throw new Cancelled();
    const start = entry.relativeOffsetOfLocalHeader;
    places.push([start, start + LOCAL_HEADER + entry.compressedSize]);
    checkUnpacked(path, size, (unpacked += entry.uncompressedSize));
    if (!entry.fileName.endsWith('/'))
      listing.add({ path: name, bytes: entry.uncompressedSize }, reasonUnusable(entry));
  }
  refuseOverlap(path, places);
  return {
    path,
    files: listing.files,
    rejects: listing.rejects,
    async *read(wanted) {
      const left = new Set(wanted);
      for await (const { entry, name, archive } of entriesOf(path))
        if (reasonUnusable(entry) === undefined && left.delete(name)) yield opened(archive, entry, name);
    },
  };
}

/** A small file can hold any amount if its entries share their bytes (Fifield, "A better zip bomb", 2019). */
function refuseOverlap(path: string, places: [start: number, end: number][]): void {
  places.sort(([a], [b]) => a - b);
  if (places.some(([start], place) => place > 0 && start < places[place - 1][1]))
    throw new UserError(
      `${path} is refused: its entries overlap, so it is broken or was made to do harm. Get the archive from a source that you trust.`,
    );
}

/** Yields the entries. The directory is read again each time, because its entries would take too much memory. */
async function* entriesOf(path: string): AsyncGenerator<{ entry: yauzl.Entry; name: string; archive: yauzl.ZipFile }> {
  let archive: yauzl.ZipFile | undefined;
  try {
    archive = await yauzl.openPromise(path, { autoClose: false, strictFileNames: false });
    for await (const entry of archive.eachEntry()) yield { entry, name: entryPath(path, entry.fileName), archive };
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
    archive?.close();
  }
}

/** Why an entry can't be used; undefined if it can. */
function reasonUnusable(entry: yauzl.Entry): string | undefined {
  if (((entry.externalFileAttributes >>> 16) & FILE_TYPE) === SYMBOLIC_LINK) return 'a symbolic link in an archive';
  if (entry.isEncrypted()) return 'encrypted';
  if (!entry.canDecodeFileData()) return 'compressed by a method other than deflate';
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

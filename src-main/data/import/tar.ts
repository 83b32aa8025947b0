import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { pipeline } from 'node:stream/promises';
import { createGunzip } from 'node:zlib';
import { extract, type Extract } from 'tar-stream';
import { Cancelled, messageOf, UserError } from '../../errors.ts';
import { entryPath } from './names.ts';
import { ArchiveListing, checkUnpacked, type Source } from './source.ts';

type Entry = Extract extends AsyncIterable<infer Each> ? Each : never;

/**
 * Lists a tar archive by reading it from end to end. Throws a UserError if it is damaged or hostile, and Cancelled when
 * aborted.
 */
export async function openTar(path: string, format: { gzip: boolean }, signal?: AbortSignal): Promise<Source> {
  const listing = new ArchiveListing(path);
  for await (const entry of entriesOf(path, format.gzip)) {
    if (signal?.aborted) throw new Cancelled();
    const { header } = entry;
    const name = entryPath(path, header.name);
    if (header.type !== 'directory') listing.add({ path: name, bytes: header.size ?? 0 }, reasonUnusable(entry));
    entry.resume();
  }
  return {
    path,
    files: listing.files,
    rejects: listing.rejects,
    async *read(wanted) {
      const left = new Set(wanted);
      for await (const entry of entriesOf(path, format.gzip)) {
        const name = entryPath(path, entry.header.name);
        if (reasonUnusable(entry) === undefined && left.delete(name))
          yield { path: name, bytes: entry.header.size ?? 0, content: () => contentOf(path, entry) };
        entry.resume();
        if (left.size === 0) return;
      }
    },
  };
}

/** Why an entry can't be used; undefined if it can. */
function reasonUnusable({ header }: Entry): string | undefined {
  if (header.type === 'file' || header.type === 'contiguous-file') return undefined;
  if (header.type === 'symlink' || header.type === 'link') return 'a link in an archive';
  return 'neither a file nor a folder';
}

/** Yields one entry at a time. The next comes once this one is read to its end or resumed. */
async function* entriesOf(path: string, gzip: boolean): AsyncGenerator<Entry> {
  const entries = extract();
  const file = createReadStream(path);
  const reading = gzip
    ? pipeline(file, createGunzip(), (pieces: AsyncIterable<Buffer>) => checked(path, pieces), entries)
    : pipeline(file, entries);
  reading.catch(() => {});
  try {
    for await (const entry of entries) yield entry;
    await reading;
  } catch (error) {
    throw archiveError(path, error);
  } finally {
    entries.destroy();
    file.destroy();
  }
}

/** The same pieces, as long as they are not too many for the archive. */
async function* checked(path: string, pieces: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  const { size } = await stat(path);
  let unpacked = 0;
  for await (const piece of pieces) {
    checkUnpacked(path, size, (unpacked += piece.length));
    yield piece;
  }
}

async function* contentOf(path: string, entry: Entry): AsyncGenerator<Buffer> {
  try {
    for await (const piece of entry) yield piece as Buffer;
  } catch (error) {
    throw archiveError(path, error);
  }
}

/** A UserError that says that the archive is damaged: nothing after a damaged place in a stream can be read. */
function archiveError(path: string, error: unknown): unknown {
  if (error instanceof UserError || error instanceof Cancelled) return error;
  return new UserError(
    `${path} is cut off, damaged or not a tar archive (${messageOf(error)}): download or make it again.`,
    { cause: error },
  );
}

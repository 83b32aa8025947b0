import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { pipeline } from 'node:stream/promises';
import { PassThrough, Readable, type Duplex } from 'node:stream';
import { isDeepStrictEqual } from 'node:util';
import { createGunzip, createZstdDecompress } from 'node:zlib';
import { extract, type Extract } from 'tar-stream';
import unbzip2 from 'unbzip2-stream';
import * as xz from 'xz-decompress';
import { Cancelled, messageOf, UserError } from '../../errors.ts';
import { entryPath } from './names.ts';
import { ArchiveListing, checkUnpacked, type Listing, type Source } from './source.ts';

/** How a tar can be packed, by what its first bytes are. */
const PACKED = { gzip: '1f8b', bzip2: '425a68', xz: 'fd377a585a00', zstd: '28b52ffd' } as const;
type Packed = keyof typeof PACKED;

/** How a file that begins so is packed; undefined if it isn't. */
export function packedAs(head: Buffer): Packed | undefined {
  const start = head.toString('hex', 0, 6);
  return (Object.keys(PACKED) as Packed[]).find((packed) => start.startsWith(PACKED[packed]));
}

/** The package is CommonJS, whose names Node sees only on its default. */
const { XzReadableStream } = (xz as unknown as { default?: typeof xz }).default ?? xz;

const UNPACK: Readonly<Record<Packed, (file: Readable) => Readable>> = {
  gzip: (file) => piped(file, createGunzip()),
  zstd: (file) => piped(file, createZstdDecompress()),
  bzip2: unbzipped,
  xz: (file) => Readable.fromWeb(new XzReadableStream(Readable.toWeb(file) as never) as never),
};

/** As bzip2 itself does, what follows the last stream and is none is ignored. */
function unbzipped(file: Readable): Readable {
  const out = new PassThrough();
  const unpacked = file.pipe(unbzip2());
  let any = false;
  unpacked.on('data', (piece: Buffer) => {
    any = true;
    if (out.write(piece)) return;
    unpacked.pause();
    out.once('drain', () => unpacked.resume());
  });
  unpacked.on('end', () => out.end());
  unpacked.on('error', (error: Error) =>
    any && /magic number/i.test(messageOf(error)) ? out.end() : out.destroy(error),
  );
  file.on('error', (error) => out.destroy(error));
  out.on('close', () => unpacked.pause());
  return out;
}

/** The end of a stream whose errors are those of all of it. */
function piped(file: Readable, through: Duplex): Readable {
  const out = new PassThrough();
  pipeline(file, through, out).catch((error: Error) => out.destroy(error));
  return out;
}

/** A tar on the disk, or in an archive itself. */
export interface TarPlace {
  readonly path: string;
  readonly packed?: Packed;
  /** Absent: a file on the disk. */
  readonly open?: () => Readable;
  readonly bytes?: number;
}

type Entry = Extract extends AsyncIterable<infer Each> ? Each : never;

/**
 * Lists a tar archive by reading it from end to end, unless `known` is a listing of it. Throws a UserError if it is damaged or
 * hostile, and Cancelled when aborted.
 */
export async function openTar(place: TarPlace, signal?: AbortSignal, known?: Listing): Promise<Source> {
  const { path } = place;
  const file = place.open === undefined ? await stat(path) : undefined;
  const facts = file && { path, bytes: file.size, modified: file.mtimeMs };
  const { files, rejects } =
    facts && known && isDeepStrictEqual(facts, { path: known.path, bytes: known.bytes, modified: known.modified })
      ? known
      : await listTar(place, signal);
  return {
    ...{ path, files, rejects },
    listing: facts && { ...facts, files, rejects },
    async *read(wanted) {
      const left = new Set(wanted);
      for await (const entry of entriesOf(place)) {
        const name = entryPath(path, entry.header.name);
        if (reasonUnusable(entry) === undefined && left.delete(name))
          yield { path: name, bytes: entry.header.size ?? 0, content: () => contentOf(path, entry) };
        entry.resume();
        if (left.size === 0) return;
      }
    },
  };
}

async function listTar(place: TarPlace, signal?: AbortSignal): Promise<Pick<Source, 'files' | 'rejects'>> {
  const listing = new ArchiveListing(place.path);
  for await (const entry of entriesOf(place)) {
    if (signal?.aborted) throw new Cancelled();
    const { header } = entry;
    const name = entryPath(place.path, header.name);
    if (header.type !== 'directory') listing.add({ path: name, bytes: header.size ?? 0 }, reasonUnusable(entry));
    entry.resume();
  }
  return { files: listing.files, rejects: listing.rejects };
}

/** Why an entry can't be used; undefined if it can. */
function reasonUnusable({ header }: Entry): string | undefined {
  if (header.type === 'file' || header.type === 'contiguous-file') return undefined;
  if (header.type === 'symlink' || header.type === 'link') return 'a link in an archive';
  return 'neither a file nor a folder';
}

/** Yields one entry at a time. The next comes once this one is read to its end or resumed. */
async function* entriesOf({
  path,
  bytes,
  packed,
  open = () => createReadStream(path),
}: TarPlace): AsyncGenerator<Entry> {
  const entries = extract();
  const file = open();
  const size = bytes ?? (await stat(path)).size;
  const plain = packed === undefined ? file : UNPACK[packed](file);
  const reading = pipeline(plain, (pieces: AsyncIterable<Buffer>) => checked(path, size, pieces), entries);
  reading.catch(() => {});
  let any = false;
  try {
    for await (const entry of entries) {
      any = true;
      yield entry;
    }
    await reading;
  } catch (error) {
    if (!any && packed !== undefined && /invalid tar header/i.test(messageOf(error)))
      throw new UserError(
        `${path} is one packed file and no archive: unpack it, and import the folder that it is in.`,
        { cause: error },
      );
    throw archiveError(path, error);
  } finally {
    entries.destroy();
    file.destroy();
  }
}

/** The first bytes of MNIST's images, which people take for an archive because they are packed. */
const IDX_IMAGES = Buffer.from([0, 0, 8, 3]);

/** The same pieces, as long as they are not too many for the archive. */
async function* checked(path: string, size: number, pieces: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  let unpacked = 0;
  for await (const piece of pieces) {
    if (unpacked === 0 && Buffer.from(piece).subarray(0, 4).equals(IDX_IMAGES))
      throw new UserError(
        `${path} is an IDX file of images alone, whose labels are in another (train-labels-idx1-ubyte.gz): import the folder that has both.`,
      );
    checkUnpacked(path, size, (unpacked += piece.length));
    yield Buffer.isBuffer(piece) ? piece : Buffer.from(piece);
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

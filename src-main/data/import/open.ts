import { createReadStream } from 'node:fs';
import { open, stat } from 'node:fs/promises';
import { basename, join, resolve } from 'node:path';
import { Readable } from 'node:stream';
import { isDeepStrictEqual } from 'node:util';
import { NETWORK_FILE } from '../../common/choices.ts';
import { UserError } from '../../errors.ts';
import type { Reject } from '../image-set.ts';
import { openFolder, readRange } from './folder.ts';
import { byCodeUnit, hiddenPart, isJunk } from './names.ts';
import { readWhole } from './read.ts';
import {
  checkFileCount,
  UnusableFile,
  type Listing,
  type NestedListing,
  type OpenedFile,
  type Source,
  type SourceFile,
} from './source.ts';
import { openTar, packedAs } from './tar.ts';
import { zipEnd } from './zip-end.ts';
import { openZip } from './zip.ts';

/**
 * Lists a folder or an archive. Throws a UserError if it is missing, damaged, hostile or of an unknown kind, and
 * Cancelled when aborted.
 */
export async function openSource(path: string, options: OpenOptions = {}): Promise<Source> {
  return withNested(await openPlain(path, options), options);
}

export interface OpenOptions {
  readonly signal?: AbortSignal;
  /** The encoding of a zip's names, if a person said it. */
  readonly names?: string;
  /** What was found in it before. */
  readonly listing?: Listing;
}

async function openPlain(path: string, { signal, names, listing }: OpenOptions): Promise<Source> {
  const absolute = resolve(path);
  const kind =
    path === '' ? undefined : await stat(absolute).catch((error: unknown) => throwUnreadable(absolute, error));
  if (kind === undefined) throw new UserError('The path of the images is empty: name a folder or an archive.');
  if (kind.isDirectory()) return openFolder(absolute, signal);
  if (!kind.isFile()) throw unknownKind(absolute);
  if (NETWORK_FILE.test(absolute))
    throw new UserError(
      `${absolute} is a file of a network, not of images: choose it on Study as where features come from, or name it after "study look --from" or "study run --from".`,
    );
  const head = await readHead(absolute);
  if (head.length === 0) throw new UserError(`${absolute} is an empty file: download or make the archive again.`);
  const source = await openArchive({ path: absolute, head, names, listing }, signal);
  if (source !== undefined) return source;
  if (head.toString('latin1', 0, 4) === 'PAR1') return onlyFile(absolute, kind.size);
  if ((await zipEnd(absolute))?.before) return openZip({ path: absolute, names }, signal);
  throw unknownKind(absolute);
}

/** A file that is a set by itself. */
function onlyFile(path: string, bytes: number): Source {
  const file = { path: basename(path), bytes };
  const content = () => createReadStream(path) as AsyncIterable<Buffer>;
  return {
    path,
    files: [file],
    rejects: [],
    async *read(wanted) {
      if (wanted.has(file.path)) yield { ...file, content, range: (start, end) => readRange(path, start, end) };
    },
  };
}

/** Opens an archive by its first bytes; undefined if it is of no kind that is read. Throws a UserError for 7z and RAR. */
async function openArchive(
  { path, head, names, bytes, listing }: OpenOptions & { path: string; head: Buffer; bytes?: Buffer },
  signal?: AbortSignal,
): Promise<Source | undefined> {
  if (head.toString('latin1', 0, 2) === 'PK') return openZip({ path, bytes, names }, signal);
  const open = bytes && (() => Readable.from([bytes]));
  const packed = packedAs(head);
  // Archives from before POSIX have no mark; they are known by their name.
  if (packed !== undefined || head.toString('latin1', 257, 262) === 'ustar' || path.endsWith('.tar'))
    return openTar({ path, packed, open, bytes: bytes?.length }, signal, listing);
  const other = OTHERS.find(({ start }) => head.toString('latin1').startsWith(start));
  if (other !== undefined)
    throw new UserError(
      `${path} is a ${other.name} archive, which is not read: unpack it with ${other.by} and import the folder.`,
    );
  return undefined;
}

const OTHERS = [
  { start: '7z\xbc\xaf\x27\x1c', name: '7z', by: '7-Zip' },
  { start: 'Rar!\x1a\x07', name: 'RAR', by: 'WinRAR or 7-Zip' },
];

const ARCHIVE = /\.(zip|tar|tgz|tbz2?|txz|tzst|tar\.(gz|bz2|xz|zst))$/i;
/** Bytes of an archive in an archive, at most: it is held in memory. */
const MOST_NESTED = 2 ** 29;
/** Archives in a source, at most: more are no classes but samples. */
const MOST_ARCHIVES = 2000;

/** The source with what is in the archives in it, one level deep: one for each class, or one for each part. */
async function withNested(source: Source, { signal, names, listing }: OpenOptions): Promise<Source> {
  const archives = source.files.filter(({ path }) => ARCHIVE.test(path));
  if (archives.length === 0 || archives.length > MOST_ARCHIVES) return source;
  const others = source.files.filter((file) => !archives.includes(file));
  // Beside images or data, an archive is a copy of them or something else.
  if (
    others.some(
      ({ path }) =>
        !/\.(txt|md|pdf|html?|json|csv|tsv|ya?ml)$/i.test(path) && hiddenPart(path) === undefined && !isJunk(path),
    )
  )
    return source;
  const openInner = async (file: OpenedFile): Promise<Source> => {
    const bytes = await readWhole(file, MOST_NESTED);
    const path = `${source.path}/${file.path}`;
    const inner = await openArchive({ path, head: bytes.subarray(0, 512), names, bytes }, signal);
    if (inner === undefined) throw new UnusableFile('not an archive');
    return inner;
  };
  const facts = { ...(await stateOf(source.path, archives)), names: names ?? null };
  const known = listing?.path === source.path ? listing.nested : undefined;
  const nested =
    known && isDeepStrictEqual(facts, { bytes: known.bytes, modified: known.modified, names: known.names })
      ? known
      : { ...facts, ...(await listNested(source, archives, openInner)) };
  const rejects = [...source.rejects, ...nested.rejects];
  if (nested.archives.length === 0) return { ...source, rejects };
  return {
    ...source,
    files: [...others, ...nested.files].sort((a, b) => byCodeUnit(a.path, b.path)),
    rejects,
    listing: { ...(source.listing ?? { path: source.path, files: [], rejects: [], bytes: 0, modified: 0 }), nested },
    async *read(wanted) {
      const plain = new Set(others.map(({ path }) => path).filter((path) => wanted.has(path)));
      if (plain.size > 0) yield* source.read(plain);
      const inside = byArchive(wanted, nested.archives);
      if (inside.size === 0) return;
      for await (const file of source.read(new Set(inside.keys()))) {
        const inner = await openInner(file).catch((error: unknown) => {
          if (error instanceof UnusableFile || error instanceof UserError) return undefined;
          throw error;
        });
        if (inner === undefined) continue;
        for await (const one of inner.read(inside.get(file.path)!))
          yield { ...one, path: `${folderOf(file.path)}/${one.path}`, content: () => one.content() };
      }
    },
  };
}

/** The folder that an archive is like. */
const folderOf = (archive: string): string => archive.replace(ARCHIVE, '');

async function listNested(
  source: Source,
  archives: readonly SourceFile[],
  openInner: (file: OpenedFile) => Promise<Source>,
): Promise<Pick<NestedListing, 'archives' | 'files' | 'rejects'>> {
  const files: SourceFile[] = [];
  const rejects: Reject[] = [];
  const read: string[] = [];
  for await (const file of source.read(new Set(archives.map(({ path }) => path)))) {
    try {
      const inner = await openInner(file);
      const folder = folderOf(file.path);
      read.push(file.path);
      for (const { path, bytes } of inner.files) files.push({ path: `${folder}/${path}`, bytes });
      for (const { file: path, reason } of inner.rejects) rejects.push({ file: `${folder}/${path}`, reason });
    } catch (error) {
      if (!(error instanceof UnusableFile || error instanceof UserError)) throw error;
      rejects.push({ file: file.path, reason: error.message });
    }
    checkFileCount(source.path, files.length);
  }
  return { archives: read.sort(byCodeUnit), files, rejects };
}

/** Bytes and newest change of the archives in a folder, or of the one that they are in. */
async function stateOf(path: string, archives: readonly SourceFile[]): Promise<{ bytes: number; modified: number }> {
  const whole = await stat(path);
  if (!whole.isDirectory()) return { bytes: whole.size, modified: whole.mtimeMs };
  const missing = { size: 0, mtimeMs: 0 };
  const found = await Promise.all(archives.map((file) => stat(join(path, file.path)).catch(() => missing)));
  return {
    bytes: found.reduce((sum, { size }) => sum + size, 0),
    modified: Math.max(...found.map(({ mtimeMs }) => mtimeMs)),
  };
}

/** The wanted files that are in archives, by the archive, each as it is named there. */
function byArchive(wanted: ReadonlySet<string>, archives: readonly string[]): Map<string, Set<string>> {
  const folders = new Map(archives.map((path) => [folderOf(path), path]));
  const inside = new Map<string, Set<string>>();
  for (const path of wanted)
    for (let end = path.indexOf('/'); end >= 0; end = path.indexOf('/', end + 1)) {
      const archive = folders.get(path.slice(0, end));
      if (archive === undefined) continue;
      const own = inside.get(archive);
      if (own) own.add(path.slice(end + 1));
      else inside.set(archive, new Set([path.slice(end + 1)]));
      break;
    }
  return inside;
}

async function readHead(path: string): Promise<Buffer> {
  const handle = await open(path).catch((error: unknown) => throwUnreadable(path, error));
  try {
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(512), 0, 512, 0);
    return buffer.subarray(0, bytesRead);
  } finally {
    await handle.close();
  }
}

function throwUnreadable(path: string, error: unknown): never {
  const { code } = error as NodeJS.ErrnoException;
  if (code === 'ENOENT' || code === 'ENOTDIR') throw new UserError(`There is nothing at ${path}: check the path.`);
  throw new UserError(`${path} can't be read (${code}): check its permissions.`, { cause: error });
}

function unknownKind(path: string): UserError {
  return new UserError(
    `${path} is neither a folder nor a zip or tar archive (also packed by gzip, bzip2, xz or zstd): unpack it, or import the folder that it is in.`,
  );
}

import { createReadStream } from 'node:fs';
import { open, stat } from 'node:fs/promises';
import { basename, resolve } from 'node:path';
import { Readable } from 'node:stream';
import { NETWORK_FILE } from '../../common/choices.ts';
import { UserError } from '../../errors.ts';
import { openFolder, readRange } from './folder.ts';
import { byCodeUnit, hiddenPart, isJunk } from './names.ts';
import { readWhole } from './read.ts';
import { checkFileCount, UnusableFile, type Listing, type OpenedFile, type Source, type SourceFile } from './source.ts';
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
async function withNested(source: Source, { signal, names }: OpenOptions): Promise<Source> {
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
  const folderOf = (path: string) => path.replace(ARCHIVE, '');
  const files: SourceFile[] = [...others];
  const rejects = [...source.rejects];
  const openInner = async (file: OpenedFile): Promise<Source | undefined> => {
    try {
      const bytes = await readWhole(file, MOST_NESTED);
      return await openArchive(
        { path: `${source.path}/${file.path}`, head: bytes.subarray(0, 512), names, bytes },
        signal,
      );
    } catch (error) {
      if (error instanceof UnusableFile || error instanceof UserError)
        return void rejects.push({ file: file.path, reason: error.message });
      throw error;
    }
  };
  const known = new Set<string>();
  for await (const file of source.read(new Set(archives.map(({ path }) => path)))) {
    const inner = await openInner(file);
    if (inner === undefined) continue;
    known.add(file.path);
    for (const { path, bytes } of inner.files) files.push({ path: `${folderOf(file.path)}/${path}`, bytes });
    for (const { file: path, reason } of inner.rejects)
      rejects.push({ file: `${folderOf(file.path)}/${path}`, reason });
    checkFileCount(source.path, files.length);
  }
  if (known.size === 0) return { ...source, rejects };
  return {
    ...source,
    files: files.sort((a, b) => byCodeUnit(a.path, b.path)),
    rejects,
    async *read(wanted) {
      const plain = new Set([...wanted].filter((path) => others.some((file) => file.path === path)));
      if (plain.size > 0) yield* source.read(plain);
      const needed = new Set(
        [...known].filter((path) => [...wanted].some((one) => one.startsWith(`${folderOf(path)}/`))),
      );
      if (needed.size === 0) return;
      for await (const file of source.read(needed)) {
        const folder = `${folderOf(file.path)}/`;
        const inside = new Set(
          [...wanted].filter((path) => path.startsWith(folder)).map((path) => path.slice(folder.length)),
        );
        const inner = await openInner(file);
        if (inner === undefined) continue;
        for await (const one of inner.read(inside))
          yield { ...one, path: folder + one.path, content: () => one.content() };
      }
    },
  };
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

import { open, stat } from 'node:fs/promises';
import { resolve } from 'node:path';
import { UserError } from '../../errors.ts';
import { openFolder } from './folder.ts';
import type { Source } from './source.ts';
import { openTar } from './tar.ts';
import { openZip } from './zip.ts';

/**
 * Lists a folder or an archive. Throws a UserError if it is missing, damaged, hostile or of an unknown kind, and
 * Cancelled when aborted.
 */
export async function openSource(path: string, signal?: AbortSignal): Promise<Source> {
  const absolute = resolve(path);
  const kind =
    path === '' ? undefined : await stat(absolute).catch((error: unknown) => throwUnreadable(absolute, error));
  if (kind === undefined) throw new UserError('The path of the images is empty: name a folder or an archive.');
  if (kind.isDirectory()) return openFolder(absolute, signal);
  if (!kind.isFile()) throw unknownKind(absolute);
  const head = await readHead(absolute);
  if (head.length === 0) throw new UserError(`${absolute} is an empty file: download or make the archive again.`);
  if (head.subarray(0, 2).equals(Buffer.from('PK'))) return openZip(absolute, signal);
  if (head[0] === 0x1f && head[1] === 0x8b) return openTar(absolute, { gzip: true }, signal);
  // Archives from before POSIX have no mark; they are known by their name.
  if (head.toString('latin1', 257, 262) === 'ustar' || absolute.endsWith('.tar'))
    return openTar(absolute, { gzip: false }, signal);
  throw unknownKind(absolute);
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
    `${path} is neither a folder nor a zip, tar or tar.gz archive: unpack it, or import the folder that it is in.`,
  );
}

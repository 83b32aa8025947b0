import { createHash, randomUUID } from 'node:crypto';
import { constants, renameSync, rmSync } from 'node:fs';
import { open, type FileHandle } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { OWNER_ONLY } from '../../process/owner-only.ts';
import type { Hashed } from './layout.ts';
import { isInside, syncFolder } from './safe-files.ts';

const PIECE = 4 * 2 ** 20;

/** The bytes of a file are not those of its hash. */
export class Damaged extends Error {}

/**
 * Copies a file and holds what it copies to the hash. The copy is there whole, synced and right, or not at all. Throws Damaged,
 * and what the file system throws.
 *
 * @param root of the spool, where the file lies in one; it is not read through a link
 * @param to absent: the file is only compared with its hash
 */
export async function copyHashed(from: string, { sha256, bytes }: Hashed, to?: string, root?: string): Promise<void> {
  if (root !== undefined && !isInside(root, from)) throw new Damaged(`${from} is not in the spool`);
  const source = await open(from, constants.O_RDONLY | (root === undefined ? 0 : constants.O_NOFOLLOW));
  const aside = to === undefined ? undefined : join(dirname(to), `.${randomUUID()}.part`);
  try {
    const status = await source.stat();
    if (!status.isFile() || status.size !== bytes)
      throw new Damaged(`${from} has ${status.size} bytes instead of ${bytes}`);
    const target = aside === undefined ? undefined : await open(aside, 'wx', OWNER_ONLY.file);
    try {
      if ((await pour(source, target, bytes)) !== sha256)
        throw new Damaged(`${from} has other bytes than its hash says`);
      await target?.sync();
    } finally {
      await target?.close();
    }
    if (aside === undefined) return;
    renameSync(aside, to!);
    syncFolder(dirname(to!));
  } finally {
    await source.close();
    if (aside !== undefined) rmSync(aside, { force: true });
  }
}

async function pour(source: FileHandle, target: FileHandle | undefined, bytes: number): Promise<string> {
  const hash = createHash('sha256');
  const piece = Buffer.alloc(Math.min(PIECE, bytes + 1));
  for (let done = 0; ;) {
    const { bytesRead } = await source.read(piece, 0, piece.length, done);
    if (bytesRead === 0) return hash.digest('hex');
    const part = piece.subarray(0, bytesRead);
    hash.update(part);
    if (target) await target.writeFile(part);
    done += bytesRead;
  }
}

/** Whether a file in a spool has the bytes of its hash. */
export async function isWhole(root: string, file: string, hashed: Hashed): Promise<boolean> {
  try {
    await copyHashed(file, hashed, undefined, root);
    return true;
  } catch (error) {
    if (error instanceof Damaged || ['ENOENT', 'ELOOP'].includes((error as NodeJS.ErrnoException).code!)) return false;
    throw error;
  }
}

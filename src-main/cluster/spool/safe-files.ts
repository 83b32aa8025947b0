import {
  constants,
  closeSync,
  existsSync,
  fstatSync,
  fsyncSync,
  linkSync,
  lstatSync,
  mkdirSync,
  openSync,
  readSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join, sep } from 'node:path';
import { randomUUID } from 'node:crypto';
import type { z } from 'zod';
import { messageOf, UserError } from '../../errors.ts';
import { OWNER_ONLY } from '../../process/owner-only.ts';

/**
 * Files of a spool. Others may write there, so that nothing is read through a link, nor more of it than is allowed, and
 * nothing is half there: a file is written under another name, synced and renamed.
 */

/** Whether a path below a folder is reached through folders alone, so that it lies in that folder. */
export function isInside(root: string, path: string): boolean {
  const steps = path.slice(root.length).split(sep).filter(Boolean);
  let here = root;
  for (const step of steps.slice(0, -1)) {
    // No `join`: main asks this of each training at each look.
    here += sep + step;
    if (step === '..' || !lstatSync(here, { throwIfNoEntry: false })?.isDirectory()) return false;
  }
  return path.startsWith(root) && steps.at(-1) !== '..';
}

/**
 * Reads a regular file below a folder. Undefined where there is none. Throws a UserError where it is something else or larger.
 *
 * @param offset of the first byte that is read
 */
export function readInside(root: string, path: string, most: number, offset = 0): Buffer | undefined {
  let descriptor: number;
  try {
    if (!isInside(root, path)) return undefined;
    descriptor = openSync(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw new UserError(`${path} in the spool can't be read: ${messageOf(error)}.`, { cause: error });
  }
  try {
    const status = fstatSync(descriptor);
    if (!status.isFile()) throw new UserError(`${path} in the spool is not a file.`);
    const bytes = Math.max(0, status.size - offset);
    if (bytes > most) throw new UserError(`${path} in the spool has ${status.size} bytes, more than there can be.`);
    const content = Buffer.alloc(bytes);
    let filled = 0;
    while (filled < bytes) {
      const read = readSync(descriptor, content, filled, bytes - filled, offset + filled);
      if (read === 0) break;
      filled += read;
    }
    return content.subarray(0, filled);
  } finally {
    closeSync(descriptor);
  }
}

/** Reads a file of JSON as the schema has it; undefined where there is none, or where it is torn or something else. */
export function readJsonInside<T>(root: string, path: string, schema: z.ZodType<T>, most: number): T | undefined {
  try {
    const text = readInside(root, path, most)?.toString('utf8');
    return text === undefined ? undefined : schema.safeParse(JSON.parse(text)).data;
  } catch {
    return undefined;
  }
}

/**
 * Makes a folder of a spool, and those above it. One by one, as node's `recursive` never ends where a folder that is there says
 * of what is made in it that there is no such folder: those of an automounter, or /proc.
 */
export function makeSpoolFolder(path: string): void {
  const make = () => void mkdirSync(path, OWNER_ONLY.folder);
  try {
    make();
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'EEXIST' && statSync(path).isDirectory()) return;
    if (code !== 'ENOENT' || existsSync(dirname(path))) throw error;
    makeSpoolFolder(dirname(path));
    makeSpoolFolder(path);
  }
}

interface WriteOptions {
  /** Whether one that is there stays; false is returned then. */
  readonly keep?: boolean;
  /** Whether the file may be lost with the power. */
  readonly volatile?: boolean;
}

/** Writes a file complete or not at all. */
export function writeWhole(path: string, content: string | Uint8Array, { keep, volatile }: WriteOptions = {}): boolean {
  const aside = join(dirname(path), `.${randomUUID()}.part`);
  try {
    const descriptor = openSync(aside, 'wx', OWNER_ONLY.file);
    try {
      writeFileSync(descriptor, content);
      if (!volatile) fsyncSync(descriptor);
    } finally {
      closeSync(descriptor);
    }
    if (keep) return linkIfAbsent(aside, path);
    renameSync(aside, path);
    if (!volatile) syncFolder(dirname(path));
    return true;
  } finally {
    rmSync(aside, { force: true });
  }
}

function linkIfAbsent(from: string, to: string): boolean {
  try {
    linkSync(from, to);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'EEXIST') return false;
    // A file system without hard links: two that write at once write the same.
    if (lstatSync(to, { throwIfNoEntry: false })) return false;
    renameSync(from, to);
  }
  syncFolder(dirname(to));
  return true;
}

/** Puts a rename on the disk. */
export function syncFolder(folder: string): void {
  if (process.platform === 'win32') return;
  const descriptor = openSync(folder, 'r');
  try {
    fsyncSync(descriptor);
  } catch {
    // Some network file systems don't sync folders; they have renamed by then.
  } finally {
    closeSync(descriptor);
  }
}

import {
  closeSync,
  constants,
  existsSync,
  ftruncateSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmdirSync,
  rmSync,
  statSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import type { RandomStream } from '../../src-main/random.ts';
import { hasLog, logFile } from './fault-layer.ts';

/** As in fault.c. */
export const OP = { write: 1, truncate: 2, sync: 3, rename: 4, unlink: 5, create: 6, mkdir: 7, rmdir: 8 } as const;

/** A change to the disk, as it was logged before it was made. */
export interface Change {
  readonly op: number;
  readonly seq: number;
  /** Of the file; with changes of names 1 where they lose a file, whose content is `old`, else 0. */
  readonly inode: number;
  /** Of a write; the new length of a file that is cut. */
  readonly offset: number;
  /** Bytes of the file before. */
  readonly size: number;
  readonly path: string;
  readonly path2: string;
  /** What it replaced. */
  readonly old: Buffer;
  readonly bytes: Buffer;
}

const HEAD = 64;

/** The changes that were logged, in their order. */
export function changesIn(notes: string): Change[] {
  const log = readFileSync(logFile(notes));
  const changes: Change[] = [];
  for (let at = 0; at + HEAD <= log.length;) {
    const number = (field: number) => Number(log.readBigUInt64LE(at + 8 + 8 * field));
    const [seq, inode, offset, size, old, bytes] = [0, 1, 2, 3, 4, 5].map(number);
    const [path, path2] = [log.readUInt32LE(at + 56), log.readUInt32LE(at + 60)];
    const op = log.readUInt32LE(at + 4);
    at += HEAD;
    const take = (length: number) => log.subarray(at, (at += length));
    const names = { path: String(take(path)), path2: String(take(path2)) };
    changes.push({ op, seq, inode, offset, size, ...names, old: take(old), bytes: take(bytes) });
  }
  return changes.sort((a, b) => a.seq - b.seq);
}

/** Makes of a folder what may be left of it after a power cut, where it was logged what was changed. */
export function losePower(root: string, notes: string, random: RandomStream): void {
  if (hasLog(notes))
    keepSynced(changesIn(notes), new Map(filesOf(root).map((path) => [statSync(path).ino, path])), random);
}

/**
 * Takes back by chance what was not synced. Contents that were not are there or not, sector by sector and in any order. Names
 * are there up to some moment after the last sync of anything, as on file systems with a journal.
 *
 * @param files the files that were changed, by the inode that they had; names that are taken back are changed in it
 */
export function keepSynced(changes: readonly Change[], files: Map<number, string>, random: RandomStream): void {
  const synced = new Map(changes.filter(({ op }) => op === OP.sync).map(({ inode, seq }) => [inode, seq]));
  const lastSync = Math.max(0, ...synced.values());
  const names = changes.filter(({ op, seq }) => op >= OP.rename && seq > lastSync);
  for (const change of names.slice(random.integer(names.length + 1)).reverse()) takeBackName(change, files);

  const contents = changes.filter(
    ({ op, seq, inode }) => op <= OP.truncate && seq > (synced.get(inode) ?? 0) && existsSync(files.get(inode) ?? ''),
  );
  for (const { inode, offset, size, old } of contents.toReversed()) {
    writeBytes(files.get(inode)!, offset, old);
    cut(files.get(inode)!, size);
  }
  // All of them, none of them, or some.
  const share = [1, 0, random.uniform()][random.integer(3)];
  for (const { op, inode, offset, bytes } of contents) {
    const file = files.get(inode)!;
    if (op === OP.truncate && random.uniform() < share) cut(file, offset);
    for (let start = 0; start < bytes.length; start += SECTOR)
      if (random.uniform() < share) writeBytes(file, offset + start, bytes.subarray(start, start + SECTOR));
  }
}

const SECTOR = 512;

/** Writes into a file, which is made where it is missing. */
export function writeBytes(file: string, offset: number, bytes: Buffer): void {
  const descriptor = openSync(file, constants.O_RDWR | constants.O_CREAT, 0o600);
  try {
    writeSync(descriptor, bytes, 0, bytes.length, offset);
  } finally {
    closeSync(descriptor);
  }
}

function cut(file: string, size: number): void {
  const descriptor = openSync(file, 'r+');
  try {
    ftruncateSync(descriptor, size);
  } finally {
    closeSync(descriptor);
  }
}

function takeBackName({ op, path, path2, inode, old, size }: Change, files: Map<number, string>): void {
  const restore = (file: string) => {
    if (inode && old.length === size && existsSync(dirname(file))) writeFileSync(file, old, { mode: 0o600 });
  };
  if (op === OP.rename && existsSync(path2) && !existsSync(path)) {
    renameSync(path2, path);
    for (const [file, name] of files) if (name.startsWith(path2)) files.set(file, path + name.slice(path2.length));
    restore(path2);
  } else if (op === OP.unlink) restore(path);
  else if (op === OP.create) rmSync(path, { force: true });
  else if (op === OP.mkdir && existsSync(path) && readdirSync(path).length === 0) rmdirSync(path);
  else if (op === OP.rmdir) mkdirSync(path, { recursive: true });
}

const filesOf = (root: string): string[] =>
  readdirSync(root, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name));

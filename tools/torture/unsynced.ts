import {
  closeSync,
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

/** As in fault.c; 1 is a write. */
const TRUNCATE = 2;
const SYNC = 3;
const RENAME = 4;
const UNLINK = 5;
const CREATE = 6;
const MKDIR = 7;
const RMDIR = 8;

interface Change {
  readonly op: number;
  readonly seq: number;
  readonly inode: number;
  readonly offset: number;
  /** Of the file before. */
  readonly size: number;
  readonly path: string;
  readonly path2: string;
  readonly old: Buffer;
  readonly bytes: Buffer;
}

const HEAD = 64;

function changesIn(notes: string): Change[] {
  const log = readFileSync(logFile(notes));
  const changes: Change[] = [];
  for (let at = 0; at + HEAD <= log.length;) {
    const number = (field: number) => Number(log.readBigUInt64LE(at + 8 + 8 * field));
    const [seq, inode, offset, size, old, bytes] = [0, 1, 2, 3, 4, 5].map(number);
    const [path, path2] = [log.readUInt32LE(at + 56), log.readUInt32LE(at + 60)];
    const op = log.readUInt32LE(at + 4);
    at += HEAD;
    const take = (length: number) => log.subarray(at, (at += length));
    changes.push({
      op,
      seq,
      inode,
      offset,
      size,
      path: String(take(path)),
      path2: String(take(path2)),
      old: take(old),
      bytes: take(bytes),
    });
  }
  return changes.sort((a, b) => a.seq - b.seq);
}

/**
 * Makes of a folder what may be left of it after a power cut, where it was logged what was changed (fault.c). Contents that
 * were not synced are there or not, sector by sector and in any order. Names are there up to some moment after the last sync
 * of anything, as on file systems with a journal.
 */
export function losePower(root: string, notes: string, random: RandomStream): void {
  if (!hasLog(notes)) return;
  const changes = changesIn(notes);
  const synced = new Map(changes.filter(({ op }) => op === SYNC).map(({ inode, seq }) => [inode, seq]));
  const lastSync = Math.max(0, ...synced.values());
  const names = changes.filter(({ op, seq }) => op >= RENAME && seq > lastSync);
  const kept = random.integer(names.length + 1);
  for (const change of names.slice(kept).reverse()) takeBackName(change);

  const files = new Map(filesOf(root).map((path) => [statSync(path).ino, path]));
  const contents = changes.filter(
    ({ op, seq, inode }) => op <= TRUNCATE && seq > (synced.get(inode) ?? 0) && files.has(inode),
  );
  for (const { inode, offset, size, old } of contents.toReversed()) change(files.get(inode)!, offset, old, size);
  // All of them, none of them, or some.
  const share = [1, 0, random.uniform()][random.integer(3)];
  for (const { op, inode, offset, size, bytes } of contents) {
    const file = files.get(inode)!;
    if (op === TRUNCATE) {
      if (random.uniform() < share) change(file, 0, Buffer.alloc(0), offset);
      continue;
    }
    for (let start = 0; start < bytes.length; start += SECTOR)
      if (random.uniform() < share) change(file, offset + start, bytes.subarray(start, start + SECTOR), size, true);
  }
}

const SECTOR = 512;

function change(file: string, offset: number, bytes: Buffer, size: number, grow = false): void {
  const descriptor = openSync(file, 'r+');
  try {
    writeSync(descriptor, bytes, 0, bytes.length, offset);
    if (!grow) ftruncateSync(descriptor, size);
  } finally {
    closeSync(descriptor);
  }
}

/** `inode` says whether a file of this name was lost by the change, which is in `old` then. */
function takeBackName({ op, path, path2, inode, old, size }: Change): void {
  const restore = (file: string) => {
    if (inode && old.length === size && existsSync(dirname(file))) writeFileSync(file, old);
  };
  if (op === RENAME && existsSync(path2) && !existsSync(path)) {
    renameSync(path2, path);
    restore(path2);
  } else if (op === UNLINK) restore(path);
  else if (op === CREATE) rmSync(path, { force: true });
  else if (op === MKDIR && existsSync(path) && readdirSync(path).length === 0) rmdirSync(path);
  else if (op === RMDIR) mkdirSync(path, { recursive: true });
}

const filesOf = (root: string): string[] =>
  readdirSync(root, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name));

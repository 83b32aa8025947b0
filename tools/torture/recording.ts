import { appendFileSync, cpSync, existsSync, mkdirSync, renameSync, rmSync, rmdirSync, truncateSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { RandomStream } from '../../src-main/random.ts';
import { run } from './fault-layer.ts';
import { type Change, changesIn, keepSynced, OP, writeBytes } from './unsynced.ts';
import type { Workload } from './workloads.ts';

/** All changes that a workload makes to the disk, of which any beginning is what a power cut leaves. */
export interface Recording {
  readonly root: string;
  /** The home as it was before. */
  readonly before: string | undefined;
  readonly changes: readonly Change[];
}

/** Runs a workload once, from begin to end. Throws where it fails. */
export async function recordWorkload(workload: Workload, root: string, patience: number): Promise<Recording> {
  const home = join(root, 'home');
  const notes = join(root, 'notes');
  mkdirSync(notes, { recursive: true });
  const words = workload.prepare(home);
  const before = join(root, 'before');
  cpSync(home, before, { recursive: true });
  const { code, said } = await run([home, ...words], { root, notes, log: true }, patience);
  if (code !== 0) throw new Error(`${workload.name} fails without any fault: ${said}`);
  return { root, before, changes: changesIn(notes) };
}

/** The file next to a home in which a recorded workload writes what it was promised, so that this has its place among the changes. */
const PROMISED = '.promised';

export const promise = (home: string, line: string): void => appendFileSync(home + PROMISED, `${line}\n`);

/**
 * Makes in `folder` what is left when the power is lost at change `at`, whose bytes may be written in part. Returns what was
 * promised by then.
 */
export function rebuild(
  { root, before, changes }: Recording,
  folder: string,
  { at, torn, random }: { at: number; torn: boolean; random: RandomStream },
): string[] {
  const place = (path: string) => folder + path.slice(root.length);
  if (before) cpSync(before, join(folder, 'home'), { recursive: true });
  const files = new Map<number, string>();
  const made = changes
    .slice(0, at)
    .map((change) => ({ ...change, path: place(change.path), path2: change.path2 && place(change.path2) }));
  const last = made.at(-1);
  if (torn && last?.op === OP.write)
    made[made.length - 1] = { ...last, bytes: last.bytes.subarray(0, random.integer(last.bytes.length)) };
  for (const change of made) apply(change, files);
  const isPromise = ({ path }: Change) => path.endsWith(PROMISED);
  const promised = made.filter(isPromise).map(({ bytes }) => String(bytes).trim());
  keepSynced(
    made.filter((change) => !isPromise(change)),
    files,
    random,
  );
  return promised;
}

function apply({ op, path, path2, inode, offset, bytes }: Change, files: Map<number, string>): void {
  if (op === OP.write) {
    files.set(inode, path);
    if (existsSync(dirname(path))) writeBytes(path, offset, bytes);
  } else if (op === OP.truncate) {
    files.set(inode, path);
    if (existsSync(path)) truncateSync(path, offset);
  } else if (op === OP.create) {
    if (existsSync(dirname(path))) writeBytes(path, 0, Buffer.alloc(0));
  } else if (op === OP.rename && existsSync(path)) {
    renameSync(path, path2);
    for (const [file, name] of files) if (name === path2) files.delete(file);
    for (const [file, name] of files) if (name.startsWith(path)) files.set(file, path2 + name.slice(path.length));
  } else if (op === OP.unlink) {
    rmSync(path, { force: true });
    for (const [file, name] of files) if (name === path) files.delete(file);
  } else if (op === OP.mkdir) mkdirSync(path, { recursive: true, mode: 0o700 });
  else if (op === OP.rmdir && existsSync(path)) rmdirSync(path);
}

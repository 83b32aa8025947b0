import { existsSync, lstatSync, readdirSync, renameSync, rmdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { CheckpointRecord, Store } from './records.ts';

/** Names below `<home>/checkpoints`: the folder of a run, named by its key, and a finished or unfinished checkpoint. */
const RUN_FOLDER = /^[0-9a-f]{8,64}$/;
const CHECKPOINT = /^step-\d+\.safetensors$/;
const UNFINISHED = /^step-\d+\.safetensors\.\d+\.part$/;

/**
 * Deletes the files of checkpoints that the store has forgotten. The paths are from the store, which may have come from
 * anywhere, so only checkpoints in the folder of a run are deleted.
 */
export function removeCheckpointFiles(home: string, superseded: readonly Pick<CheckpointRecord, 'file'>[]): void {
  for (const { file } of superseded) {
    const [top, run, name, ...more] = file.split('/');
    if (top !== 'checkpoints' || more.length > 0 || !RUN_FOLDER.test(run ?? '') || !CHECKPOINT.test(name ?? ''))
      continue;
    const folder = join(home, top, run);
    if (isFolder(folder)) rmSync(join(folder, name), { force: true });
  }
}

/** Gives a damaged file another name beside its own, under which nothing is read or deleted, and returns that. */
export function setAside(file: string): string {
  for (let number = 1; ; number++) {
    const kept = `${file}.damaged${number === 1 ? '' : `-${number}`}`;
    if (existsSync(kept)) continue;
    renameSync(file, kept);
    return kept;
  }
}

/**
 * Deletes unfinished checkpoints and those that the store does not know, because their process died between writing and
 * recording them. Returns their paths relative to the home folder. The caller must hold the home's lock and not have
 * started trainings.
 */
export function removeOrphans(home: string, store: Pick<Store, 'checkpoints'>): string[] {
  const known = new Set(store.checkpoints().map(({ file }) => file));
  const removed: string[] = [];
  const top = join(home, 'checkpoints');
  for (const run of readdirSync(top).sort()) {
    const folder = join(top, run);
    if (!RUN_FOLDER.test(run) || !isFolder(folder)) continue;
    for (const name of readdirSync(folder).sort()) {
      const file = `checkpoints/${run}/${name}`;
      if (!UNFINISHED.test(name) && (!CHECKPOINT.test(name) || known.has(file))) continue;
      if (!lstatSync(join(folder, name)).isFile()) continue;
      rmSync(join(folder, name));
      removed.push(file);
    }
    if (readdirSync(folder).length === 0) rmdirSync(folder);
  }
  return removed;
}

/** Names below `<home>/pretrained`: a kept pretrained network, named by its hash, and one that is being written. */
const PRETRAINED = /^([0-9a-f]{64})\.safetensors$/;
const UNFINISHED_PRETRAINED = /^\.[0-9a-f-]{36}$/;

/** Deletes kept pretrained networks that are not needed. @param isNeeded takes the hash of one */
export function removePretrained(home: string, isNeeded: (sha256: string) => boolean): void {
  for (const name of pretrainedIn(home)) {
    const sha256 = PRETRAINED.exec(name)?.[1];
    const file = join(home, 'pretrained', name);
    if (sha256 !== undefined && !isNeeded(sha256) && lstatSync(file).isFile()) rmSync(file);
  }
}

/**
 * Deletes pretrained networks that were being written when their process died. The caller must hold the home's lock and
 * not have begun to write others.
 */
export function removeUnfinishedPretrained(home: string): void {
  for (const name of pretrainedIn(home)) {
    const folder = join(home, 'pretrained', name);
    if (UNFINISHED_PRETRAINED.test(name) && isFolder(folder)) rmSync(folder, { recursive: true });
  }
}

function pretrainedIn(home: string): string[] {
  const folder = join(home, 'pretrained');
  return isFolder(folder) ? readdirSync(folder) : [];
}

/** Whether a path is a folder and not a link to one, so that nothing outside of the home is ever deleted. */
export const isFolder = (path: string): boolean => lstatSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false;

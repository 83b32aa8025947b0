import { existsSync, readdirSync, statSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { dirname, isAbsolute, relative, resolve } from 'node:path';
import { byteSize } from '../../common/numbers.ts';
import type { MoveProgress } from '../../common/contract/settings.ts';
import { UserError } from '../../errors.ts';
import { freeSpace, homeFolder, platformFolders } from '../home.ts';
import { lockHome } from '../lock.ts';
import { storeFile } from '../opened-home.ts';
import { runTask } from '../tasks/run-task.ts';
import { entriesOf } from './copy.ts';
import { readPlace, writePlace } from './place.ts';

/** Bytes that must be left on the drive after the move. */
const SPARE = 200 * 2 ** 20;

export interface MoveWatch {
  readonly signal?: AbortSignal;
  readonly onProgress?: (progress: MoveProgress) => void;
}

/** Whether the home is where it is by the program's own rule: what `--home` or TRANSPLANT_HOME names, they must name anew. */
export const isMovable = (option: string | undefined): boolean => option === undefined && !process.env.TRANSPLANT_HOME;

/** The folder that the home was moved from, if it is still there. */
export function formerHome(): string | undefined {
  const former = readPlace(platformFolders().config)?.former;
  return former !== undefined && existsSync(storeFile(former)) ? former : undefined;
}

/**
 * Throws a UserError where the home of this option can't be moved to a folder; changes nothing.
 *
 * @returns absolute paths
 */
export async function checkMove(option: string | undefined, to: string): Promise<{ home: string; to: string }> {
  const home = homeFolder(option);
  if (!isMovable(option))
    throw new UserError(
      `${home} was named by --home or TRANSPLANT_HOME: move its files while Transplant is closed, and name the new folder there.`,
    );
  const target = resolve(to);
  if (isWithin(target, home) || isWithin(home, target))
    throw new UserError(`${target} and the home folder ${home} are one in the other: choose a folder beside it.`);
  const status = statSync(target, { throwIfNoEntry: false });
  if (status && (!status.isDirectory() || readdirSync(target).length > 0))
    throw new UserError(`${target} is not empty: choose a new or an empty folder.`);
  const bytes = (await entriesOf(home)).reduce((sum, entry) => sum + entry.bytes, 0);
  const free = await freeSpace(existing(target));
  if (free < bytes + SPARE)
    throw new UserError(
      `There is no room for the home folder at ${target}: it has ${byteSize(bytes)}, and ${byteSize(free)} are free there.`,
    );
  return { home, to: target };
}

const isWithin = (inner: string, outer: string): boolean => {
  const way = relative(outer, inner);
  return way === '' || (!way.startsWith('..') && !isAbsolute(way));
};

const existing = (path: string): string => (existsSync(path) ? path : existing(dirname(path)));

/**
 * Copies the home to another folder, checks the copy, and has every later start use that; the old folder stays as it is. No other
 * process may have it open, nor this one. Throws Cancelled, and UserErrors; the home is then where it was.
 */
export async function moveHome(
  option: string | undefined,
  to: string,
  { signal, onProgress }: MoveWatch = {},
): Promise<{ home: string; to: string }> {
  const checked = await checkMove(option, to);
  const lock = lockHome(checked.home);
  try {
    await runTask({ type: 'copy-home', ...checked }, { signal, onProgress });
    writePlace(platformFolders().config, { home: checked.to, former: checked.home });
  } finally {
    lock.release();
  }
  return checked;
}

/** Deletes the folder that the home was moved from. Throws a UserError where there is none, or where a process has it open. */
export async function removeFormer(): Promise<void> {
  const former = formerHome();
  const { config } = platformFolders();
  const place = readPlace(config);
  if (former === undefined || place === undefined || former === place.home)
    throw new UserError('There is no former home folder.');
  const lock = lockHome(former);
  // On Windows an open file can't be deleted.
  lock.release();
  await rm(former, { recursive: true, force: true });
  writePlace(config, { home: place.home });
}

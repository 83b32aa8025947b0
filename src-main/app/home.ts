import { randomUUID } from 'node:crypto';
import {
  closeSync,
  existsSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readdirSync,
  rmSync,
  statSync,
  writeSync,
} from 'node:fs';
import { statfs } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { homedir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { messageOf, UserError } from '../errors.ts';
import { OWNER_ONLY } from '../process/owner-only.ts';
import { readPlace } from './move-home/place.ts';

/** Folders that every home has: packed image sets, and the weights of runs. */
const FOLDERS = ['data', 'checkpoints'];
const ANOTHER = 'choose another folder with --home DIR or TRANSPLANT_HOME';

/**
 * Absolute path of the folder that holds everything: what `--home` says, else TRANSPLANT_HOME, else where it was moved to
 * (move-home), else the platform's folder for application data. A leading `~/` is the user's folder also where no shell has replaced it (`--home=~/x`).
 */
export function homeFolder(option?: string): string {
  if (option === '') throw new UserError('--home needs the path of a folder.', { usage: true });
  // An empty variable counts as unset, as with XDG_DATA_HOME.
  const given = option ?? (process.env.TRANSPLANT_HOME || undefined);
  if (given === undefined) return movedHome() ?? applicationData();
  return resolve(/^~(?=$|[/\\])/.test(given) ? given.replace('~', userFolder()) : given);
}

/** The folder that a home was moved to. Throws where that isn't there: a new home in its place would look like a loss. */
function movedHome(): string | undefined {
  const home = readPlace(platformFolders().config)?.home;
  if (home === undefined || existsSync(home)) return home;
  throw new UserError(`The home folder was moved to ${home}, which is not there: connect its drive, or ${ANOTHER}.`);
}

const applicationData = (): string => platformFolders().data;

/** Where the platform keeps a program's data, and what it is told for good. */
export function platformFolders(): { readonly data: string; readonly config: string } {
  userFolder();
  // env-paths asks for the user's folder when it is loaded and would fail there, so that folder is checked before.
  const { default: paths } = createRequire(import.meta.url)('env-paths') as typeof import('env-paths');
  return paths('Transplant', { suffix: '' });
}

function userFolder(): string {
  try {
    return homedir();
  } catch (error) {
    throw new UserError(`This user has no home folder on this machine; ${ANOTHER}.`, { usage: true, cause: error });
  }
}

/** The folder of studies that were packed into files for a browser to fetch. */
export const packedFolder = (home: string): string => join(home, 'packed');

/**
 * Creates the home folder and the folders in it for its owner only, and checks each by writing to it, because permission bits do not show a
 * read-only drive or a root user. Throws a UserError that names the folder.
 */
export function prepareHome(home: string): void {
  for (const folder of [home, ...FOLDERS.map((name) => join(home, name))]) {
    try {
      makeFolder(folder, OWNER_ONLY.folder);
      removeProbes(folder);
      writeProbe(folder);
    } catch (error) {
      throw new UserError(`Transplant can't use ${folder} as ${role(folder, home)}: ${reason(error)}; ${ANOTHER}.`, {
        cause: error,
      });
    }
  }
}

/**
 * What to tell a person whose home folder others can look into, as those are that were made by older versions. It stays
 * as it is, because somebody may share it on purpose. Undefined where only its owner can, and on Windows.
 */
export function exposureOf(home: string): string | undefined {
  if (process.platform === 'win32') return undefined;
  const { mode } = statSync(home);
  if ((mode & 0o077) === 0) return undefined;
  const what = (mode & 0o022) === 0 ? 'look into' : 'change what is in';
  return `Other users of this machine may be able to ${what} ${home}: run chmod 700 on it if they should not.`;
}

const role = (folder: string, home: string): string =>
  folder === home ? 'its home folder' : 'part of its home folder';

/**
 * Makes a folder, with this mode, and those above it; throws what mkdirSync throws. Its option `recursive` is not used, because it never
 * returns where the kernel says ENOENT below a folder that exists (Node 24, `/proc/x`).
 */
export function makeFolder(folder: string, mode?: number): void {
  if (statSync(folder, { throwIfNoEntry: false })?.isDirectory()) return;
  try {
    mkdirSync(folder, mode);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT' || existsSync(dirname(folder))) throw error;
    makeFolder(dirname(folder));
    mkdirSync(folder, mode);
  }
}

const PROBE = '.probe-';

/** Removes what processes left that were killed while they tried the folder. Another that tries it now doesn't need the name. */
function removeProbes(folder: string): void {
  for (const name of readdirSync(folder)) if (name.startsWith(PROBE)) rmSync(join(folder, name), { force: true });
}

/** Writes a file and deletes it again. A full disk would take the name of an empty file, so this one has bytes. */
function writeProbe(folder: string): void {
  const file = join(folder, `${PROBE}${randomUUID()}`);
  const descriptor = openSync(file, 'wx', OWNER_ONLY.file);
  try {
    writeSync(descriptor, new Uint8Array(4096));
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
    rmSync(file, { force: true });
  }
}

function reason(error: unknown): string {
  switch ((error as NodeJS.ErrnoException).code) {
    case 'EROFS':
      return 'the drive is read-only';
    case 'EACCES':
    case 'EPERM':
      return 'you may not write there';
    case 'ENOSPC':
    case 'EDQUOT':
      return 'the disk is full';
    case 'EEXIST':
    case 'ENOTDIR':
      return 'a file is in the way';
    case 'ELOOP':
      return 'its symbolic links go round in a circle';
    case 'ENAMETOOLONG':
      return 'the path is too long';
    case 'EMFILE':
    case 'ENFILE':
      return 'too many files are open ("ulimit -n 4096" allows more)';
    case 'ENOENT':
      return 'it does not exist and cannot be created';
    default:
      return messageOf(error);
  }
}

/** Bytes that are free for an ordinary user on the drive of a folder. Rejects where the file system can't tell. */
export async function freeSpace(folder: string): Promise<number> {
  const { bavail, bsize } = await statfs(folder);
  return bavail * bsize;
}

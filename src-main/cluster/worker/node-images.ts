import { createHash, randomUUID } from 'node:crypto';
import { lstatSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { messageOf, UserError } from '../../errors.ts';
import { OWNER_ONLY } from '../../process/owner-only.ts';
import { copyHashed } from '../spool/hashed-copy.ts';
import type { ImageFiles } from '../spool/job-file.ts';
import { blobFile } from '../spool/layout.ts';

/**
 * The folder of an image set on the node's own disk. The first job on a node copies it there from the spool, holding each
 * file to its hash; others wait for that one. Throws a UserError where a blob is damaged or there is no room.
 */
export async function imagesOnNode(
  spool: string,
  { files }: ImageFiles,
  environment: NodeJS.ProcessEnv,
): Promise<string> {
  const id = createHash('sha256').update(JSON.stringify(files)).digest('hex').slice(0, 32);
  const top = nodeFolder(environment);
  const folder = join(top, `images-${id}`);
  const isThere = () => lstatSync(folder, { throwIfNoEntry: false })?.isDirectory() ?? false;
  const release = await takeTurn(join(top, `images-${id}.lock`), isThere);
  if (!release) return folder;
  const aside = join(top, `.${randomUUID()}.part`);
  try {
    mkdirSync(aside, OWNER_ONLY.folder);
    for (const { name, ...hashed } of files)
      await copyHashed(blobFile(spool, hashed), hashed, join(aside, name), spool);
    renameSync(aside, folder);
    return folder;
  } catch (error) {
    // Where the folder is of a disk that several nodes share, another may have been sooner: what is there was held to its hashes.
    if (isThere()) return folder;
    throw new UserError(`The images can't be copied to ${top} on this node: ${messageOf(error)}.`, { cause: error });
  } finally {
    rmSync(aside, { recursive: true, force: true });
    release();
  }
}

/** A folder on the node's disk that is nobody else's: what lies there was held to its hashes by us. */
function nodeFolder(environment: NodeJS.ProcessEnv): string {
  const top = environment.TRANSPLANT_NODE_FOLDER ?? environment.SLURM_TMPDIR ?? tmpdir();
  const folder = join(top, `transplant-${process.getuid?.() ?? 'node'}`);
  try {
    mkdirSync(folder, OWNER_ONLY.folder);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST')
      throw new UserError(`${top} on this node can't be written (${messageOf(error)}).`, { cause: error });
  }
  const { mode, uid } = lstatSync(folder);
  const isOurs = lstatSync(folder).isDirectory() && (mode & 0o077) === 0 && uid === (process.getuid?.() ?? uid);
  return isOurs ? folder : mkdtempSync(join(top, 'transplant-'));
}

/** Milliseconds between looks whether it is our turn. */
const LOOK = 200;

/** Waits until this process is the only one that copies; undefined where another has copied already. */
async function takeTurn(lock: string, isDone: () => boolean): Promise<(() => void) | undefined> {
  for (;;) {
    if (isDone()) return undefined;
    try {
      writeFileSync(lock, String(process.pid), { flag: 'wx', mode: OWNER_ONLY.file });
      return () => rmSync(lock, { force: true });
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    }
    await setTimeout(LOOK);
    // The process that copied may have been killed.
    if (!isAlive(lock)) rmSync(lock, { force: true });
  }
}

function isAlive(lock: string): boolean {
  try {
    const pid = Number(readFileSync(lock, 'utf8'));
    // It has the file, but has not written its number yet.
    return pid === 0 || process.kill(pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

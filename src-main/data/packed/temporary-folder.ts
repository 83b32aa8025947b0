import { randomBytes } from 'node:crypto';
import { mkdir, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';

/** `.importing-<process id>-<random>`: the process id tells whether its owner still lives. */
const PATTERN = /^\.importing-(\d+)-[0-9a-f]+$/;

const ours = new Set<string>();

/**
 * Runs `work` in a new folder below `dataFolder`, on the same drive, so that the result can be renamed into its place.
 * Whatever `work` leaves in it is gone afterwards, and so are the folders of imports that died.
 */
export async function inTemporaryFolder<T>(dataFolder: string, work: (folder: string) => Promise<T>): Promise<T> {
  await mkdir(dataFolder, { recursive: true });
  await removeLeftovers(dataFolder);
  const name = `.importing-${process.pid}-${randomBytes(6).toString('hex')}`;
  const folder = join(dataFolder, name);
  ours.add(name);
  try {
    await mkdir(folder);
    return await work(folder);
  } finally {
    await rm(folder, { recursive: true, force: true });
    ours.delete(name);
  }
}

async function removeLeftovers(dataFolder: string): Promise<void> {
  for (const name of await readdir(dataFolder)) {
    const owner = PATTERN.exec(name)?.[1];
    if (owner === undefined || ours.has(name)) continue;
    // Our own process id on a folder that isn't ours: an earlier process had the same (usual in containers).
    if (Number(owner) === process.pid || !isAlive(Number(owner)))
      await rm(join(dataFolder, name), { recursive: true, force: true });
  }
}

function isAlive(processId: number): boolean {
  try {
    process.kill(processId, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

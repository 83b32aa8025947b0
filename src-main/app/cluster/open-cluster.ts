import { randomUUID } from 'node:crypto';
import { rmSync, statSync } from 'node:fs';
import { isAbsolute, join } from 'node:path';
import type { Profile } from '../../cluster/profile.ts';
import type { Scheduler } from '../../cluster/scheduler.ts';
import { Refused, runCommand } from '../../cluster/slurm/command.ts';
import { SpoolCopy } from '../../cluster/slurm/spool-copy.ts';
import { Slurm } from '../../cluster/slurm/slurm.ts';
import { makeSpoolFolder, writeWhole } from '../../cluster/spool/safe-files.ts';
import { ClusterTrainings } from '../../cluster/trainings.ts';
import { messageOf, UserError } from '../../errors.ts';
import { executable } from '../../process/executable.ts';

export interface OpenedCluster {
  readonly scheduler: Slurm;
  /** The spool as this machine sees it. */
  readonly spool: string;
  /** Absent where this machine and the nodes see the same spool. */
  readonly copy?: SpoolCopy;
}

function slurmOf(profile: Profile): Slurm {
  const { node, entry } = executable('transplant');
  return new Slurm(profile, { node, script: entry });
}

/** Throws a UserError with Slurm's words where it takes no jobs as the profile has them; nothing is made for that. */
export async function checkAcceptance(profile: Profile): Promise<void> {
  try {
    await slurmOf(profile).check();
  } catch (error) {
    if (!(error instanceof Refused)) throw error;
    throw new UserError(`The cluster ${profile.name} takes no jobs as it is described; Slurm says "${error.words}".`, {
      cause: error,
    });
  }
}

/**
 * Opens the spool of a cluster: the folder itself where this machine sees it, and otherwise one of the home from which files are
 * copied over ssh. Throws a UserError that says what is wrong with it.
 */
export async function openSpool(home: string, profile: Profile): Promise<OpenedCluster> {
  const scheduler = slurmOf(profile);
  const { spool, ssh } = profile;
  if (ssh === undefined) {
    prepareSpool(spool);
    return { scheduler, spool };
  }
  await runCommand(['mkdir', '-p', '-m', '700', spool], { ssh }).catch((error: unknown) => {
    if (error instanceof Refused) throw new UserError(`The spool ${spool} can't be made on ${ssh}: "${error.words}".`);
    throw error;
  });
  if (await isSeenThere(spool, ssh)) return { scheduler, spool };
  const local = join(home, 'clusters', profile.name);
  prepareSpool(local);
  return { scheduler, spool: local, copy: new SpoolCopy(local, spool, { ssh }) };
}

/** Whether a host sees the folder of this name that is here. */
async function isSeenThere(spool: string, ssh: string): Promise<boolean> {
  if (!statSync(spool, { throwIfNoEntry: false })?.isDirectory()) return false;
  const mark = join(spool, `.mark-${randomUUID()}`);
  try {
    writeWhole(mark, '', { volatile: true });
    await runCommand(['test', '-f', mark], { ssh });
    return true;
  } catch (error) {
    if (error instanceof Refused || (error as NodeJS.ErrnoException).code !== undefined) return false;
    throw error;
  } finally {
    rmSync(mark, { force: true });
  }
}

/** Makes a spool, and writes to it, because permissions don't show a full or read-only disk. */
function prepareSpool(spool: string): void {
  const probe = join(spool, `.probe-${randomUUID()}`);
  try {
    if (!isAbsolute(spool)) throw new Error('it is not an absolute path');
    makeSpoolFolder(spool);
    for (const name of ['blobs', 'runs', 'submissions']) makeSpoolFolder(join(spool, name));
    writeWhole(probe, Buffer.alloc(4096));
    rmSync(probe);
  } catch (error) {
    throw new UserError(
      `The spool ${spool} can't be used (${messageOf(error)}): give a folder that this machine and the nodes can write.`,
      { cause: error },
    );
  }
}

/** Milliseconds between looks and questions where each is a connection. */
const OVER_SSH = { look: 30_000, ask: 60_000 };

/** What trains the groups of a study on a cluster, and how many of them at once. */
export async function openCluster(
  home: string,
  profile: Profile,
  onTrouble: (sentence: string) => void,
): Promise<{ trainings: ClusterTrainings; atOnce: number }> {
  const { scheduler, ...opened } = await openSpool(home, profile);
  const { atOnce } = profile;
  const pace = profile.ssh === undefined ? {} : OVER_SSH;
  const trainings = new ClusterTrainings({ ...opened, ...pace, scheduler, atOnce, onTrouble });
  return { trainings, atOnce: atOnce ?? (await nodesOf(scheduler)) };
}

/** Nodes where nobody can tell. */
const SOME = 16;

const nodesOf = async (scheduler: Pick<Scheduler, 'nodes'>): Promise<number> => (await scheduler.nodes()) ?? SOME;

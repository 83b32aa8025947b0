import { randomUUID } from 'node:crypto';
import { mkdirSync, readdirSync, rmSync } from 'node:fs';
import { cpus } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import type { Profile } from '../../cluster/profile.ts';
import { type Found, foundSchema } from '../../cluster/found.ts';
import { readInside, readJsonInside } from '../../cluster/spool/safe-files.ts';
import { counted } from '../../common/numbers.ts';
import { UserError } from '../../errors.ts';
import { openSpool } from './open-cluster.ts';

export interface ProbedCluster extends Found {
  /** What is worth knowing, a sentence each: another processor than here, no graphics card. */
  readonly remarks: readonly string[];
}

interface ProbeOptions {
  readonly signal: AbortSignal;
  /** Is told what the job waits for. */
  readonly onWaiting: (reason: string) => void;
  /** Milliseconds between looks. */
  readonly look?: number;
}

const LOOK = 1000;
/** Looks at a job that Slurm no longer knows before its files count as missing. */
const GONE_AFTER = 3;

/** Runs a job of seconds on a cluster. Throws a UserError that says what is wrong with it. */
export async function probeCluster(home: string, profile: Profile, options: ProbeOptions): Promise<ProbedCluster> {
  const { signal, onWaiting, look = LOOK } = options;
  const { scheduler, spool, copy } = await openSpool(home, profile);
  const id = `probe${randomUUID().replaceAll('-', '').slice(0, 16)}`;
  const folder = join(spool, 'submissions', id);
  mkdirSync(folder, { recursive: true });
  try {
    await copy?.makeFolder(`submissions/${id}`);
    const array = await scheduler.submitProbe(id);
    for (let missing = 0; missing < GONE_AFTER; await setTimeout(look, undefined, { signal }).catch(() => {})) {
      if (signal.aborted) {
        await scheduler.cancel([array]);
        throw new UserError('The test of the cluster was stopped, and its job taken back.');
      }
      await copy?.pull();
      const found = readJsonInside(spool, join(folder, 'found.json'), foundSchema, MOST);
      if (found) return { ...found, remarks: remarksOn(profile, found) };
      const entry = (await scheduler.queue()).get(`${array}_0`);
      if (entry?.state === 'queued') onWaiting(entry.reason);
      missing = entry ? 0 : missing + 1;
    }
    throw new UserError(whatIsWrong(profile, spool, folder));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

const MOST = 100_000;

/** The job has ended and left no finding: what it did leave says how far it came. */
function whatIsWrong({ spool, before }: Profile, root: string, folder: string): string {
  const printed = readInside(root, join(folder, '0.log'), MOST)?.toString('utf8').trim() ?? '';
  const words = printed === '' ? '' : `: "${printed.split('\n').slice(-3).join(' ').slice(0, 600)}"`;
  if (!readdirSync(folder).includes('shell.log') && printed === '')
    return `The job ran, but nothing that it wrote is in ${spool}: is this the same folder on the nodes as here? /tmp is another on every machine.`;
  if (/not found|No such file|cannot execute|Permission denied/i.test(printed))
    return `The node can't start Transplant${words}. Install it there with its Node, and name the commands that put it on the path with --before${before.length > 0 ? ` (now: ${before.join('; ')})` : ''}.`;
  return `The job ended without a finding${words}.`;
}

/** What was found, a sentence each. */
export function sentencesOn({ node, processor, cores, nodeVersion, engine, gpus, remarks }: ProbedCluster): string[] {
  return [
    `${node}: ${processor}, ${counted(cores, 'core')} for a job, Node ${nodeVersion}`,
    ...(engine === null ? [] : [`Engine: ${engine}`]),
    ...(gpus.length > 0 ? [`Graphics cards: ${gpus.join(', ')}`] : []),
    ...remarks,
  ];
}

/** The end of a test whose node has no engine. */
export const cantTrain = ({ name }: Profile, { engineProblem }: ProbedCluster): UserError =>
  new UserError(`The cluster ${name} can't train: ${engineProblem}`);

function remarksOn({ gres }: Profile, { processor, gpus, node, engineProblem }: Found): string[] {
  const here = cpus().at(0)?.model.trim() ?? '';
  return [
    ...(engineProblem === null ? [] : [`Its engine can't be used on ${node}: ${engineProblem}`]),
    ...(processor === here
      ? []
      : [
          `${node} has another processor (${processor}) than this machine (${here}): the last digits of results may differ between them.`,
        ]),
    ...(gres?.includes('gpu') && gpus.length === 0
      ? [`${node} gives the job no graphics card, though --gres asks for one.`]
      : []),
  ];
}

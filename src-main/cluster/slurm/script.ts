import type { Profile } from '../profile.ts';
import type { SubmittedArray } from '../scheduler.ts';
import { submissionFolder } from '../spool/layout.ts';
import { shellQuoted } from './command.ts';

/**
 * Seconds before the end of its time that Slurm tells a job, which may be up to a minute sooner: enough to finish a step and
 * write a checkpoint.
 */
const WARNING = 120;

/** How a worker is started on a node where this very program is, too; elsewhere `transplant` on its path is. */
export interface Launch {
  readonly node: string;
  readonly script: string;
}

/** The options of sbatch for an array of jobs. Each is one word of the command. */
export function sbatchOptions(profile: Profile, { id, jobs, atOnce }: SubmittedArray): string[] {
  const { partition, account, time, memory, gres } = profile;
  const given = (name: string, value: string | undefined) => (value === undefined ? [] : [`--${name}=${value}`]);
  return [
    '--parsable',
    `--job-name=${jobName(id)}`,
    `--array=0-${jobs - 1}${atOnce === undefined ? '' : `%${atOnce}`}`,
    `--output=${submissionFolder(profile.spool, id)}/%a.log`,
    // A job that is started again adds to what it said before.
    '--open-mode=append',
    '--requeue',
    '--nodes=1',
    '--ntasks=1',
    `--signal=B:USR2@${WARNING}`,
    ...given('partition', partition),
    ...given('account', account),
    ...given('time', time),
    ...given('mem', memory),
    ...given('gres', gres),
  ];
}

export const jobName = (id: string): string => `transplant-${id}`;

/**
 * The batch script of an array: the line of `jobs` with this task's number is its job. The worker takes the shell's place, so
 * that Slurm's signals reach it.
 */
export function batchScript({ spool, before }: Profile, id: string, launch: Launch | undefined): string {
  const find = `job=$(sed -n "$((SLURM_ARRAY_TASK_ID + 1))p" ${shellQuoted(`${submissionFolder(spool, id)}/jobs`)}) || exit 1`;
  return shellScript(before, launch, [find, `exec "$@" worker ${shellQuoted(spool)}/"$job"`]);
}

/** The batch script of a job of seconds. Its first line leaves a file even where there is no Node. */
export function probeScript(
  { spool, before, engine = 'onnx' }: Profile,
  id: string,
  launch: Launch | undefined,
): string {
  const folder = shellQuoted(submissionFolder(spool, id));
  return shellScript(before, launch, [`: > ${folder}/shell.log`, `exec "$@" worker --probe ${engine} ${folder}`]);
}

/**
 * A shell dies of the signal that says that the time is nearly over, and so does Node until it listens. A job with a short limit
 * gets it as soon as it starts; the worker then goes on until Slurm ends it (SIGTERM), which it answers with a checkpoint, too.
 */
const IGNORED = "trap '' USR2";

/** A script in which `"$@"` starts the program. */
function shellScript(before: readonly string[], launch: Launch | undefined, lines: readonly string[]): string {
  const program =
    launch === undefined
      ? ['set -- transplant']
      : [
          `set -- ${shellQuoted(launch.node)} ${shellQuoted(launch.script)}`,
          '[ -x "$1" ] && [ -f "$2" ] || set -- transplant',
        ];
  const first = ['#!/bin/bash -l', '# Written by Transplant.', IGNORED];
  return `${[...first, ...before, ...program, ...lines].join('\n')}\n`;
}

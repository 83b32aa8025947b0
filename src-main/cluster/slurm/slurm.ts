import type { Profile } from '../profile.ts';
import { type QueuedJob, type Scheduler, type SubmittedArray, taskName } from '../scheduler.ts';
import { type CommandPlace, OutOfReach, Refused, runCommand } from './command.ts';
import { batchScript, jobName, type Launch, probeScript, sbatchOptions } from './script.ts';

/** Slurm by its commands. It is asked for all jobs of the user at once, as it refuses to speak of a job that it forgot. */
export class Slurm implements Scheduler {
  readonly #profile: Profile;
  readonly #launch: Launch | undefined;
  readonly #place: CommandPlace;

  constructor(profile: Profile, launch: Launch | undefined, environment?: NodeJS.ProcessEnv) {
    this.#profile = profile;
    this.#launch = profile.ssh === undefined ? launch : undefined;
    this.#place = { ssh: profile.ssh, environment };
  }

  async submit(submission: SubmittedArray): Promise<string> {
    const script = batchScript(this.#profile, submission.id, this.#launch);
    return arrayIn(await this.#run(['sbatch', ...sbatchOptions(this.#profile, submission)], script));
  }

  /** Submits a job that writes what its node is into its folder (worker/probe.ts). */
  async submitProbe(id: string): Promise<string> {
    const words = ['sbatch', ...sbatchOptions(this.#profile, { id, jobs: 1 })];
    return arrayIn(await this.#run(words, probeScript(this.#profile, id, this.#launch)));
  }

  /**
   * Throws Refused where Slurm takes no jobs of this profile. A trial without a job also fails where nodes are busy or down, for
   * which a job would wait: then a job that does nothing, and is taken back at once, is the answer.
   */
  async check(): Promise<void> {
    const words = [...sbatchOptions(this.#profile, { id: 'check', jobs: 1 }), '--output=/dev/null'];
    const script = '#!/bin/sh\nexit 0\n';
    try {
      await this.#run(['sbatch', '--test-only', ...words], script);
    } catch (error) {
      unlessRefused(error);
      await this.cancel([arrayIn(await this.#run(['sbatch', ...words], script))]);
    }
  }

  async find(id: string): Promise<string | undefined> {
    const printed = await this.#run(['squeue', '--me', '--noheader', `--name=${jobName(id)}`, '--format=%F']);
    return printed.trim().split('\n')[0].trim() || undefined;
  }

  async queue(): Promise<ReadonlyMap<string, QueuedJob>> {
    // Lists of waiting tasks are cut off where this variable doesn't say otherwise.
    const format = '--format=%F|%K|%T|%N|%r';
    const words = ['env', 'SLURM_BITSTR_LEN=0', 'squeue', '--me', '--noheader', format];
    return parseQueue(await this.#run(words));
  }

  async cancel(arrays: readonly string[]): Promise<void> {
    for (const words of [['--state=PENDING'], ['--state=RUNNING', '--signal=TERM', '--batch']])
      for (let first = 0; first < arrays.length; first += AT_A_TIME)
        await this.#run(['scancel', ...words, ...arrays.slice(first, first + AT_A_TIME)]).catch(unlessRefused);
  }

  async setLimit(array: string, atOnce: number): Promise<void> {
    await this.#run(['scontrol', 'update', `JobId=${array}`, `ArrayTaskThrottle=${atOnce}`]).catch(unlessRefused);
  }

  async nodes(): Promise<number | undefined> {
    const { partition } = this.#profile;
    const of = partition === undefined ? [] : [`--partition=${partition}`];
    // One line for each partition that a node is in.
    const names = await this.#run(['sinfo', '--Node', '--noheader', '--format=%N', ...of]);
    return new Set(names.split('\n').filter(Boolean)).size || undefined;
  }

  #run(words: readonly string[], input?: string): Promise<string> {
    return runCommand(words, this.#place, input);
  }
}

const AT_A_TIME = 500;

/** A refusal is borne: what Slurm has forgotten needs no word from us. */
function unlessRefused(error: unknown): void {
  if (!(error instanceof Refused)) throw error;
}

/** `123;cluster` */
function arrayIn(printed: string): string {
  const [, array] = /^(\d+)(;|$)/m.exec(printed.trim()) ?? [];
  if (array === undefined)
    throw new OutOfReach(`sbatch answers "${printed.trim().slice(0, 200)}" instead of a number.`);
  return array;
}

/** Lines of `array|tasks|STATE|node|reason`. Tasks that wait are in one line: `5-100,103%10`, at equal distances `3-15:4`. */
function parseQueue(printed: string): ReadonlyMap<string, QueuedJob> {
  const jobs = new Map<string, QueuedJob>();
  for (const line of printed.split('\n')) {
    const [array, tasks, state, node, reason] = line.split('|').map((part) => part.trim());
    if (reason === undefined) continue;
    const job: QueuedJob = { state: WAITING.has(state) ? 'queued' : 'running', node, reason };
    for (const index of indicesIn(tasks)) jobs.set(taskName(array, index), job);
  }
  return jobs;
}

const WAITING = new Set([
  'PENDING',
  'CONFIGURING',
  'REQUEUED',
  'REQUEUE_FED',
  'REQUEUE_HOLD',
  'SPECIAL_EXIT',
  'RESV_DEL_HOLD',
]);

function indicesIn(tasks: string): number[] {
  return tasks
    .replace(/%\d+$/, '')
    .split(',')
    .flatMap((part) => {
      const [first, last = first, step = 1] = (/^(\d+)(?:-(\d+)(?::(\d+))?)?$/.exec(part)?.slice(1) ?? [])
        .filter((digits) => digits !== undefined)
        .map(Number);
      if (first === undefined) return [];
      return Array.from({ length: Math.min(1e6, Math.floor((last - first) / step) + 1) }, (_, i) => first + i * step);
    });
}

import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { messageOf } from '../../errors.ts';
import { ClusterLost } from '../../cluster/trainings.ts';
import { divideThreads, Trainers } from '../../engine/trainer/supervisor.ts';
import { groupRuns, type Group, operations } from '../plan/groups.ts';
import type { Plan, PlannedRun } from '../plan/plan.ts';
import { resetDamaged } from './damaged.ts';
import {
  accuracyOf,
  HomeLost,
  markFailed,
  onThisMachine,
  type Ending,
  type GroupRunner,
  type GroupSurroundings,
} from './train-group.ts';

export interface RunnerOptions extends GroupSurroundings {
  readonly study: string;
  readonly name: string;
  readonly plan: Plan;
  /** Groups that are trained at once, on each card where there are several. */
  readonly workers: number;
  /** Graphics cards that share the trainings (engine/onnx/gpu/cards.ts); absent: none is told apart. */
  readonly cards?: readonly string[];
  readonly cores: number;
  /** Bytes for networks that are trained side by side (groups.ts). */
  readonly sharedMemory: number;
  /** Trains elsewhere, where any number of groups may wait (train-on-cluster.ts); `workers` is how many of them run at once. */
  readonly elsewhere?: GroupRunner;
  /** Keys of runs whose stored checkpoint is damaged (damaged.ts). They are trained again. */
  readonly damaged?: readonly string[];
}

export interface RunnerOutcome {
  readonly done: number;
  readonly failed: number;
  readonly skipped: number;
  readonly stopped: boolean;
}

/**
 * Works through the plan's graph, `workers` groups of trainings at once. A group starts when the base it is transplanted
 * from has finished; a failed base costs what is made from it and nothing else. Whatever is stored as finished is not run
 * again.
 */
export async function runPlan(options: RunnerOptions): Promise<RunnerOutcome> {
  const { plan, sharedMemory, onEvent } = options;
  const cards = new Map((options.cards ?? []).map((card) => [card, 0]));
  const workers = options.workers * Math.max(1, cards.size);
  // What no training can go on without ends them all: none is left behind that nobody records.
  const lost = new AbortController();
  const signal = AbortSignal.any([options.signal, lost.signal]);
  const started = performance.now();
  // Two studies or two replicates may ask for the same training: it is one node of the graph.
  const runs = [...new Map(plan.runs.map((run) => [run.key, run])).values()];
  const ended = new Map<string, Ending>();
  forgetLostSources(options);
  const reset = new Map((options.damaged ?? []).map((run) => [run, resetDamaged(run, options) ?? null]));
  const unfinished = runs.filter(({ key }) => options.store.findRun(key)?.status !== 'finished');
  const left = groupRuns(unfinished, { workers, memory: sharedMemory });
  onEvent({ type: 'study-started', study: options.study, name: options.name, runs: outline(options, left) });
  for (const { key, name } of runs)
    if (reset.has(key)) onEvent({ type: 'run-reset', run: key, name, kept: reset.get(key)! });
  for (const run of runs) if (reuse(run, options)) ended.set(run.key, 'finished');

  const threads = divideThreads(options.cores, workers);
  const isReady = ([{ identity }]: Group) => identity.source === null || ended.has(identity.source);
  const [waiting, later] = [left.filter(isReady), left.filter((group) => !isReady(group))];
  const behind = Map.groupBy(later, ([{ identity }]) => identity.source!);
  const places = new Map(left.map((group, place) => [group, place]));
  /** What is made from these networks is ready, in its place among what waits. */
  const release = (sources: Group) => {
    const ready = sources.flatMap(({ key }) => behind.get(key) ?? []).filter(isReady);
    for (const [{ identity }] of ready) behind.delete(identity.source!);
    waiting.push(...ready);
    waiting.sort((a, b) => places.get(a)! - places.get(b)!);
  };
  const atOnce = options.elsewhere ? Infinity : workers;
  const trainers = new Trainers();
  const train = options.elsewhere ?? onThisMachine(trainers);
  let active = 0;
  let oneEnded = Promise.withResolvers<void>();
  const startReady = () => {
    while (active < atOnce && waiting.length > 0 && !signal.aborted) {
      const group = waiting.shift()!;
      active += 1;
      // The card that has the fewest.
      const [card] = [...cards].toSorted(([, a], [, b]) => a - b)[0] ?? [];
      const occupy = (change: number) => card !== undefined && cards.set(card, cards.get(card)! + change);
      occupy(1);
      void settle(group, ended, threads, train, { ...options, card, signal })
        .catch((error: unknown) => lost.abort(error))
        .then(() => {
          active -= 1;
          occupy(-1);
          release(group);
          oneEnded.resolve();
        });
    }
  };
  for (startReady(); active > 0; startReady()) {
    await oneEnded.promise;
    oneEnded = Promise.withResolvers();
  }
  await trainers.end();
  if (lost.signal.aborted) throw lost.signal.reason;

  const count = (ending: Ending) => [...ended.values()].filter((value) => value === ending).length;
  const outcome = {
    done: count('finished'),
    failed: count('failed'),
    skipped: count('skipped'),
    stopped: signal.aborted,
  };
  const seconds = (performance.now() - started) / 1000;
  if (signal.aborted)
    onEvent({ type: 'study-stopped', study: options.study, done: outcome.done, left: runs.length - ended.size });
  else onEvent({ type: 'study-finished', study: options.study, ...countsOf(outcome), seconds });
  return outcome;
}

/** Forgets bases whose file was deleted, so that they are trained again, with the same result. */
function forgetLostSources({ plan, store, home }: RunnerOptions): void {
  for (const source of new Set(plan.runs.map((run) => run.identity.source))) {
    if (source === null || store.findRun(source)?.status !== 'finished') continue;
    const checkpoint = store.latestCheckpoint(source);
    if (!checkpoint?.final || !existsSync(join(home, checkpoint.file))) store.forgetRun(source);
  }
}

const countsOf = ({ done, failed, skipped }: RunnerOutcome) => ({ done, failed, skipped });

function outline({ plan, store }: RunnerOptions, groups: readonly Group[]) {
  // Those of a group share the work of its steps.
  const works = new Map(
    groups.flatMap((group) => {
      const work = operations(group) / (group.length * Math.max(1, group[0].steps));
      return group.map(({ key }) => [key, work] as const);
    }),
  );
  return plan.runs.map((run) => ({
    run: run.key,
    name: run.name,
    replicate: run.replicate,
    steps: run.steps,
    work: works.get(run.key),
    status: store.findRun(run.key)?.status ?? 'planned',
  }));
}

function reuse({ key, name }: PlannedRun, { store, onEvent }: RunnerOptions): boolean {
  const stored = store.findRun(key)!;
  if (stored.status !== 'finished') return false;
  onEvent({ type: 'run-reused', run: key, name, accuracy: accuracyOf(stored) });
  return true;
}

/** Skips or trains a group, and records how each of its runs ended, except for stopped ones. */
async function settle(
  group: Group,
  ended: Map<string, Ending>,
  threads: number,
  train: GroupRunner,
  options: RunnerOptions,
): Promise<void> {
  const { source } = group[0].identity;
  if (source !== null && ended.get(source) !== 'finished') {
    for (const { key, name, treatment } of group) {
      const reason = `the base network that its first ${treatment.n} layers come from did not finish`;
      options.onEvent({ type: 'run-skipped', run: key, name, reason });
      ended.set(key, 'skipped');
    }
    return;
  }
  try {
    await train(group, threads, options, (run, ending) => ended.set(run.key, ending));
  } catch (error) {
    if (error instanceof HomeLost || error instanceof ClusterLost) throw error;
    // An error here is about the group's surroundings (a damaged checkpoint, a full disk): it ends its runs only.
    for (const run of group) if (!ended.has(run.key)) ended.set(run.key, markFailed(run, messageOf(error), options));
  }
}

import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { messageOf } from '../errors.ts';
import type { CheckpointFile, TrainerMessage, TrainingJob, Transplant } from '../engine/trainer/job.ts';
import { divideThreads, runTraining } from '../engine/trainer/supervisor.ts';
import { removeCheckpointFiles } from '../store/cleanup.ts';
import type { RunRecord, Store } from '../store/records.ts';
import { detailOf } from './detail.ts';
import type { StudyEvent } from './events.ts';
import type { Plan, PlannedRun } from './plan.ts';

export interface RunnerOptions {
  readonly study: string;
  readonly name: string;
  readonly plan: Plan;
  readonly store: Store;
  readonly home: string;
  /** Folder of the packed image set. */
  readonly imageSet: string;
  readonly workers: number;
  readonly cores: number;
  readonly signal: AbortSignal;
  readonly onEvent: (event: StudyEvent) => void;
}

export interface RunnerOutcome {
  readonly done: number;
  readonly failed: number;
  readonly skipped: number;
  readonly stopped: boolean;
}

type Ending = 'done' | 'failed' | 'skipped';

/**
 * Works through the plan's graph, `workers` trainings at once. A run starts when the base it is transplanted from has
 * finished; a failed base costs what is made from it and nothing else. Whatever is stored as finished is not run again.
 */
export async function runPlan(options: RunnerOptions): Promise<RunnerOutcome> {
  const { plan, signal, onEvent } = options;
  const started = performance.now();
  // Two studies or two replicates may ask for the same training: it is one node of the graph.
  const waiting = [...new Map(plan.runs.map((run) => [run.key, run])).values()];
  const ended = new Map<string, Ending>();
  forgetLostSources(options);
  onEvent({ type: 'study-started', study: options.study, name: options.name, runs: outline(options) });

  const threads = divideThreads(options.cores, options.workers);
  const ready = (run: PlannedRun) => run.identity.source === null || ended.has(run.identity.source);
  const active = new Set<Promise<void>>();
  const startReady = () => {
    while (active.size < options.workers && !signal.aborted) {
      const next = waiting.findIndex(ready);
      if (next < 0) return;
      const [run] = waiting.splice(next, 1);
      const settled = settle(run, ended, threads, options).then((ending) => {
        if (ending) ended.set(run.key, ending);
        active.delete(settled);
      });
      active.add(settled);
    }
  };
  for (startReady(); active.size > 0; startReady()) await Promise.race(active);

  const count = (ending: Ending) => [...ended.values()].filter((value) => value === ending).length;
  const outcome = { done: count('done'), failed: count('failed'), skipped: count('skipped'), stopped: signal.aborted };
  const seconds = (performance.now() - started) / 1000;
  if (signal.aborted) {
    const left = new Set(plan.runs.map((run) => run.key)).size - ended.size;
    onEvent({ type: 'study-stopped', study: options.study, done: outcome.done, left });
  } else onEvent({ type: 'study-finished', study: options.study, ...countsOf(outcome), seconds });
  return outcome;
}

/** A base whose file somebody deleted is trained again, and comes out the same. */
function forgetLostSources({ plan, store, home }: RunnerOptions): void {
  for (const source of new Set(plan.runs.map((run) => run.identity.source))) {
    if (source === null || store.findRun(source)?.status !== 'finished') continue;
    const checkpoint = store.latestCheckpoint(source);
    if (!checkpoint?.final || !existsSync(join(home, checkpoint.file))) store.forgetRun(source);
  }
}

const countsOf = ({ done, failed, skipped }: RunnerOutcome) => ({ done, failed, skipped });

function outline({ plan, store }: RunnerOptions) {
  return plan.runs.map((run) => ({
    run: run.key,
    name: run.name,
    replicate: run.replicate,
    steps: run.steps,
    status: store.findRun(run.key)?.status ?? 'planned',
  }));
}

/** Reuses, skips or trains one run. Resolves to undefined when it was stopped. */
async function settle(
  run: PlannedRun,
  ended: ReadonlyMap<string, Ending>,
  threads: number,
  options: RunnerOptions,
): Promise<Ending | undefined> {
  const { store, onEvent } = options;
  const about = { run: run.key, name: run.name };
  const stored = store.findRun(run.key)!;
  if (stored.status === 'finished') {
    onEvent({ type: 'run-reused', ...about, accuracy: accuracyOf(stored) });
    return 'done';
  }
  const source = run.identity.source;
  if (source !== null && ended.get(source) !== 'done') {
    const reason = `the base network that its first ${run.treatment.n} layers come from did not finish`;
    onEvent({ type: 'run-skipped', ...about, reason });
    return 'skipped';
  }
  try {
    return await train(run, stored, threads, options);
  } catch (error) {
    // An error here is about this run's surroundings (a damaged checkpoint, a full disk): it ends this run only.
    return fail(run, messageOf(error), options);
  }
}

async function train(
  run: PlannedRun,
  stored: RunRecord,
  threads: number,
  options: RunnerOptions,
): Promise<Ending | undefined> {
  const { store, signal, onEvent } = options;
  const about = { run: run.key, name: run.name };
  const job = jobOf(run, threads, options);
  const attempt = stored.attempts + 1;
  const began = performance.now();
  const fromStep = job.resume ? (store.latestCheckpoint(run.key)?.step ?? 0) : 0;
  store.truncateCurves(run.key, fromStep);
  store.updateRun(run.key, {
    status: 'running',
    attempts: attempt,
    threads,
    error: null,
    started: stored.started ?? new Date().toISOString(),
  });
  onEvent({ type: 'run-started', ...about, attempt, threads, fromStep });
  const ending = await runTraining(job, {
    signal,
    onMessage: (message) => {
      record(run, message, options);
      onEvent({ type: 'run-message', ...about, message });
    },
    onRestart: (reason, fromStep) => {
      store.truncateCurves(run.key, fromStep);
      onEvent({ type: 'run-restarted', ...about, reason, fromStep });
    },
  });
  const seconds = stored.seconds + (performance.now() - began) / 1000;
  switch (ending.status) {
    case 'stopped':
      store.updateRun(run.key, { status: 'stopped', seconds });
      return undefined;
    case 'failed':
      store.updateRun(run.key, { seconds });
      return fail(run, ending.reason, options);
    case 'finished': {
      store.updateRun(run.key, { status: 'finished', finished: new Date().toISOString(), seconds });
      onEvent({ type: 'run-finished', ...about, accuracy: accuracyOf(store.findRun(run.key)!), seconds });
      return 'done';
    }
  }
}

function fail(run: PlannedRun, reason: string, { store, onEvent }: RunnerOptions): Ending {
  store.updateRun(run.key, { status: 'failed', error: reason });
  onEvent({ type: 'run-failed', run: run.key, name: run.name, reason });
  return 'failed';
}

const accuracyOf = (run: RunRecord): number => (run.total ? (run.correct ?? 0) / run.total : 0);

function jobOf(run: PlannedRun, threads: number, options: RunnerOptions): TrainingJob {
  const { identity } = run;
  return {
    imageSet: options.imageSet,
    classes: identity.classes,
    imagesPerClass: identity.imagesPerClass ?? undefined,
    selectionSeed: identity.trainingSeed,
    network: run.network,
    seed: run.seed,
    batchSeed: run.batchSeed,
    transplant: transplantOf(run, options),
    frozen: identity.frozen,
    engine: identity.engine,
    home: options.home,
    threads,
    checkpoints: join(options.home, checkpointFolder(run.key)),
    resume: lastCheckpoint(run.key, options),
    ...detailOf(run.treatment.kind),
  };
}

function transplantOf({ identity, batchSeed }: PlannedRun, options: RunnerOptions): Transplant | undefined {
  const { lower, n, source } = identity;
  if (source !== null) return { n, checkpoint: finalCheckpoint(source, options) };
  return lower === 'random' ? { n, seed: batchSeed } : undefined;
}

/** Relative to the home folder. */
const checkpointFolder = (run: string): string => `checkpoints/${run}`;

function finalCheckpoint(source: string, { store, home }: RunnerOptions): CheckpointFile {
  const checkpoint = store.latestCheckpoint(source);
  if (!checkpoint?.final) throw new Error(`the base network ${source.slice(0, 8)} has no final checkpoint`);
  return { file: join(home, checkpoint.file), sha256: checkpoint.sha256 };
}

function lastCheckpoint(run: string, { store, home }: RunnerOptions): CheckpointFile | undefined {
  const checkpoint = store.latestCheckpoint(run);
  if (!checkpoint) return undefined;
  const file = join(home, checkpoint.file);
  // A checkpoint that somebody deleted costs its steps, not the run.
  return existsSync(file) ? { file, sha256: checkpoint.sha256 } : undefined;
}

/** Writes to the store what the training says. */
function record(run: PlannedRun, message: TrainerMessage, { store, home }: RunnerOptions): void {
  switch (message.type) {
    case 'started':
      store.updateRun(run.key, { engineVersion: message.engineVersion });
      break;
    case 'point':
      store.addCurvePoints(run.key, [message]);
      break;
    case 'snapshot':
      store.addSnapshot(run.key, message);
      break;
    case 'evaluated':
      store.addEvaluation(run.key, message);
      if (message.final)
        store.updateRun(run.key, { correct: message.correct, total: message.total, loss: message.loss });
      break;
    case 'checkpoint': {
      const { step, sha256, bytes, final } = message;
      const file = `${checkpointFolder(run.key)}/${message.file.split(/[\\/]/).at(-1)}`;
      const superseded = store.addCheckpoint({ run: run.key, step, file, sha256, bytes, final });
      removeCheckpointFiles(home, superseded);
      break;
    }
    case 'finished':
      store.updateRun(run.key, { timing: JSON.stringify(message.seconds) });
      break;
    default:
  }
}

import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { fieldsIn } from '../../common/treatments/schema.ts';
import type { RunState } from '../../common/run-state.ts';
import type {
  CheckpointFile,
  TrainerMessage,
  TrainingJob,
  TrainingSeconds,
  Transplant,
} from '../../engine/trainer/job.ts';
import type { Trainers, TrainingOutcome } from '../../engine/trainer/supervisor.ts';
import { UserError } from '../../errors.ts';
import { removeCheckpointFiles } from '../../store/cleanup.ts';
import type { RunRecord, Store } from '../../store/records.ts';
import { detailOf, type Group } from '../plan/groups.ts';
import type { StudyEvent } from './events.ts';
import type { PlannedRun } from '../plan/plan.ts';
import { keptPretrained } from '../../pretrained/kept.ts';
import { readTiming } from '../plan/run-record.ts';

/** How a training ended in this session. A stopped training has not ended. */
export type Ending = Extract<RunState, 'finished' | 'failed' | 'skipped'>;

/** What the trainings of a group need, and the listener to their events. */
export interface GroupSurroundings {
  readonly store: Store;
  readonly home: string;
  /** Folders of the packed image sets, by id. */
  readonly imageSets: ReadonlyMap<string, string>;
  /** The graphics card that trains (engine/onnx/gpu/cards.ts); absent: whichever the engine takes. */
  readonly card?: string;
  readonly signal: AbortSignal;
  readonly onEvent: (event: StudyEvent) => void;
}

/**
 * Trains a group of runs, here or elsewhere, and stores what each of them reports. `onEnd` is not called for stopped ones.
 *
 * @param threads for each process on this machine
 */
export type GroupRunner = (
  group: Group,
  threads: number,
  surroundings: GroupSurroundings,
  onEnd: (run: PlannedRun, ending: Ending) => void,
) => Promise<void>;

/** Trains groups in processes of this machine. */
export function onThisMachine(trainers: Trainers): GroupRunner {
  return async (group, threads, surroundings, onEnd) => {
    const { store, card, signal, onEvent } = surroundings;
    const runs = new Map(group.map((run) => [run.key, run]));
    const about = (key: string) => ({ run: key, name: runs.get(key)!.name });
    const jobs = group.map((run) => jobOf(run, threads, surroundings));
    checkHome(surroundings);
    for (const job of jobs) begin(runs.get(job.run)!, job, surroundings);
    await trainers.run(jobs, {
      ...{ signal, card },
      onMessage: (key, message) => {
        checkHome(surroundings);
        record(key, message, surroundings);
        onEvent({ type: 'run-message', ...about(key), message });
      },
      onRestart: (key, reason, fromStep) => {
        store.truncateCurves(key, fromStep);
        onEvent({ type: 'run-restarted', ...about(key), reason, fromStep });
      },
      onHalted: (key, pid) => onEvent({ type: 'run-halted', ...about(key), pid }),
      onEnd: (key, outcome) => {
        const ending = end(runs.get(key)!, outcome, surroundings);
        if (ending) onEnd(runs.get(key)!, ending);
      },
    });
  };
}

/** What all trainings need is gone: none can go on, and what is stored of them may not be believed. */
export class HomeLost extends UserError {}

/** Throws HomeLost where the home folder is no longer at its place, so that nothing is recorded that lies elsewhere. */
export function checkHome({ store, home }: GroupSurroundings): void {
  if (!store.isInPlace())
    throw new HomeLost(
      `The home folder ${home} was moved or removed while a study was running: put it back and resume the study, or choose another with --home DIR or TRANSPLANT_HOME.`,
    );
}

export function begin(
  { key, name }: PlannedRun,
  { resume, threads }: TrainingJob,
  { store, onEvent }: GroupSurroundings,
): void {
  const stored = store.findRun(key)!;
  const attempt = stored.attempts + 1;
  const fromStep = resume ? (store.latestCheckpoint(key)?.step ?? 0) : 0;
  store.truncateCurves(key, fromStep);
  store.updateRun(key, {
    status: 'running',
    attempts: attempt,
    threads,
    error: null,
    started: stored.started ?? new Date().toISOString(),
  });
  onEvent({ type: 'run-started', run: key, name, attempt, threads, fromStep });
}

/** Undefined if it was stopped. */
export function end(run: PlannedRun, outcome: TrainingOutcome, surroundings: GroupSurroundings): Ending | undefined {
  const { store, onEvent } = surroundings;
  switch (outcome.status) {
    case 'stopped':
      store.updateRun(run.key, { status: 'stopped' });
      return undefined;
    case 'failed':
      return markFailed(run, outcome.reason, surroundings);
    case 'finished': {
      store.updateRun(run.key, { status: 'finished', finished: new Date().toISOString() });
      const stored = store.findRun(run.key)!;
      const { seconds } = stored;
      onEvent({ type: 'run-finished', run: run.key, name: run.name, accuracy: accuracyOf(stored), seconds });
      return 'finished';
    }
  }
}

export function markFailed({ key, name }: PlannedRun, reason: string, { store, onEvent }: GroupSurroundings): Ending {
  store.updateRun(key, { status: 'failed', error: reason });
  onEvent({ type: 'run-failed', run: key, name, reason });
  return 'failed';
}

export const accuracyOf = (run: RunRecord): number => (run.total ? (run.correct ?? 0) / run.total : 0);

export function jobOf(run: PlannedRun, threads: number, surroundings: GroupSurroundings): TrainingJob {
  const { identity } = run;
  return {
    run: run.key,
    imageSet: surroundings.imageSets.get(identity.data)!,
    classes: identity.classes,
    imagesPerClass: identity.imagesPerClass ?? undefined,
    selectionSeed: identity.trainingSeed,
    network: run.network,
    steps: identity.head ? 0 : identity.steps,
    seed: run.seed,
    batchSeed: run.batchSeed,
    transplant: transplantOf(run, surroundings),
    frozen: identity.frozen,
    ...fieldsIn(identity),
    engine: identity.engine,
    home: surroundings.home,
    threads,
    checkpoints: join(surroundings.home, checkpointFolder(run.key)),
    resume: lastCheckpoint(run.key, surroundings),
    ...detailOf(run.treatment.kind),
  };
}

function transplantOf({ identity, batchSeed }: PlannedRun, surroundings: GroupSurroundings): Transplant | undefined {
  const { lower, n, source, pretrained, head, randomStatistics: statistics } = identity;
  if (pretrained !== undefined) return { n, checkpoint: keptPretrained(surroundings.home, pretrained), head };
  if (source !== null) return { n, checkpoint: finalCheckpoint(source, surroundings) };
  return lower === 'random' ? { n, seed: batchSeed, statistics } : undefined;
}

/** Relative to the home folder. */
export const checkpointFolder = (run: string): string => `checkpoints/${run}`;

function finalCheckpoint(source: string, { store, home }: GroupSurroundings): CheckpointFile {
  const checkpoint = store.latestCheckpoint(source);
  if (!checkpoint?.final) throw new Error(`the base network ${source.slice(0, 8)} has no final checkpoint`);
  return { file: join(home, checkpoint.file), sha256: checkpoint.sha256 };
}

function lastCheckpoint(run: string, { store, home }: GroupSurroundings): CheckpointFile | undefined {
  const checkpoint = store.latestCheckpoint(run);
  if (!checkpoint) return undefined;
  const file = join(home, checkpoint.file);
  // A checkpoint that somebody deleted costs its steps, not the run.
  return existsSync(file) ? { file, sha256: checkpoint.sha256 } : undefined;
}

/** Stores what the training reports. */
export function record(run: string, message: TrainerMessage, { store, home }: GroupSurroundings): void {
  switch (message.type) {
    case 'started':
      store.updateRun(run, { engineVersion: message.engineVersion });
      break;
    case 'point':
      store.addCurvePoints(run, [message]);
      break;
    case 'snapshot':
      store.addSnapshot(run, message);
      break;
    case 'answers':
      store.setAnswers(run, message.step, message.answers);
      break;
    case 'evaluated':
      store.addEvaluation(run, message);
      if (message.final) store.updateRun(run, { correct: message.correct, total: message.total, loss: message.loss });
      break;
    case 'checkpoint': {
      const { step, sha256, bytes, final } = message;
      const file = `${checkpointFolder(run)}/${message.file.split(/[\\/]/).at(-1)}`;
      const superseded = store.addCheckpoint({ run, step, file, sha256, bytes, final });
      removeCheckpointFiles(home, superseded);
      break;
    }
    case 'finished':
    case 'stopped':
    case 'failed':
      store.updateRun(run, addSeconds(store.findRun(run)!, message.seconds));
      break;
    default:
  }
}

/** Adds seconds to those of earlier sessions. The seconds of a crashed process are unknown. */
function addSeconds(record: RunRecord, more: TrainingSeconds): Pick<RunRecord, 'seconds' | 'timing'> {
  const before = readTiming(record) ?? {};
  const parts = Object.entries(more) as [keyof TrainingSeconds, number][];
  const sums = parts.map(([part, added]) => [part, (before[part] ?? 0) + added]);
  const all = parts.reduce((sum, [, added]) => sum + added, 0);
  return { seconds: record.seconds + all, timing: JSON.stringify(Object.fromEntries(sums)) };
}

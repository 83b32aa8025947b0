import type { TakenResult } from '../../cluster/results.ts';
import { Damaged } from '../../cluster/spool/hashed-copy.ts';
import type { ClusterTrainings } from '../../cluster/trainings.ts';
import { removeCheckpointFiles } from '../../store/cleanup.ts';
import { answersIn } from '../../store/answer-bytes.ts';
import type { FinishedRun } from '../../store/records.ts';
import type { PlannedRun } from '../plan/plan.ts';
import {
  accuracyOf,
  begin,
  checkHome,
  checkpointFolder,
  end,
  jobOf,
  record,
  type GroupRunner,
  type GroupSurroundings,
} from './train-group.ts';

/**
 * Trains groups as jobs of a cluster. A run is running in the store once a node says so. Points of its curve are stored as they are
 * heard, and its result replaces them in one transaction.
 */
export function onCluster(cluster: ClusterTrainings): GroupRunner {
  return async (group, _threads, surroundings, onEnd) => {
    const { store, signal, onEvent } = surroundings;
    const runs = new Map(group.map((run) => [run.key, run]));
    const begun = new Set<string>();
    const about = (key: string) => ({ run: key, name: runs.get(key)!.name });
    // A checkpoint that this machine has is not the cluster's: there the spool has its own.
    const jobs = group.map((run) => ({ ...jobOf(run, 1, surroundings), resume: undefined }));
    const start = (key: string) => {
      if (begun.has(key)) return;
      begun.add(key);
      begin(
        runs.get(key)!,
        jobs.find(({ run }) => run === key)!,
        surroundings,
      );
    };
    checkHome(surroundings);
    await cluster.run(jobs, {
      signal,
      onQueued: (key, reason, again) => onEvent({ type: 'run-queued', ...about(key), reason, again }),
      onRunning: (key, node) => {
        checkHome(surroundings);
        start(key);
        onEvent({ type: 'run-placed', ...about(key), node });
      },
      onMessage: (key, message) => {
        checkHome(surroundings);
        start(key);
        record(key, message, surroundings);
        onEvent({ type: 'run-message', ...about(key), message });
      },
      onRestart: (key, reason, fromStep) => onEvent({ type: 'run-restarted', ...about(key), reason, fromStep }),
      onResult: (key, taken) => {
        checkHome(surroundings);
        const run = runs.get(key)!;
        if (!take(run, taken, surroundings)) return onEnd(run, 'finished');
        const stored = store.findRun(key)!;
        const { seconds } = stored;
        onEvent({ type: 'run-finished', ...about(key), accuracy: accuracyOf(stored), seconds });
        onEnd(run, 'finished');
      },
      onEnd: (key, outcome) => {
        const run = runs.get(key)!;
        if (outcome.status === 'stopped' && !begun.has(key)) return;
        const ending = end(run, outcome, surroundings);
        if (ending) onEnd(run, ending);
      },
    });
  };
}

/** Stores a result; false, and nothing changes, where the run has one. */
function take(run: PlannedRun, taken: TakenResult, { store, home }: GroupSurroundings): boolean {
  const { result, recorded, checkpoint } = taken;
  const before = store.findRun(run.key)!;
  const { step, sha256, bytes } = checkpoint;
  const file = `${checkpointFolder(run.key)}/step-${step}.safetensors`;
  const { curve, evaluations, snapshots, seconds } = recorded;
  if (step !== run.steps) throw new Damaged(`the result of ${run.key} is of step ${step}, not ${run.steps}`);
  const classes = run.identity.classes.length;
  // A worker of an older program tells none.
  const answers = recorded.answers && answersIn(recorded.answers, { ...result.evaluation, classes });
  if (recorded.answers && !answers) throw new Damaged(`the answers of ${run.key} are not those of its accuracy`);
  const finished: FinishedRun = {
    result: {
      ...result.evaluation,
      engineVersion: result.place.engine,
      threads: result.place.threads,
      started: before.started ?? new Date().toISOString(),
      finished: new Date().toISOString(),
      seconds: Object.values(seconds).reduce((sum: number, part: number) => sum + part, 0),
      timing: JSON.stringify(seconds),
      attempts: Math.max(before.attempts, result.attempt),
    },
    ...{ curve, evaluations, snapshots, answers },
    checkpoint: { run: run.key, step, file, sha256, bytes, final: true },
    place: JSON.stringify(result.place),
  };
  const superseded = store.finishRun(run.key, finished);
  if (superseded) removeCheckpointFiles(home, superseded);
  return superseded !== undefined;
}

import type { RunSummary, StudyActivity } from '../../../src-main/common/contract/activity.ts';
import type { RunState } from '../../../src-main/common/run-state.ts';
import type { StudySummary } from '../../../src-main/common/contract/studies.ts';

/** A study as this screen shows it, whether it is under way or only stored. */
export interface Overview {
  readonly id: string;
  readonly name: string;
  readonly status: 'training' | 'pausing' | 'stopped' | 'finished' | 'failed';
  readonly fraction: number;
  readonly secondsLeft: number | null;
  readonly imagesPerSecond: number | null;
  readonly runs: readonly RunSummary[];
}

export function underWay({ study, phase, ...rest }: StudyActivity): Overview {
  return { ...rest, id: study, status: phase };
}

export function stored(summary: StudySummary, runs: readonly RunSummary[]): Overview {
  const { id, name, status } = summary;
  const steps = runs.reduce((sum, run) => sum + run.steps, 0);
  const done = runs.reduce((sum, run) => sum + (run.state === 'finished' ? run.steps : run.step), 0);
  return {
    ...{ id, name, runs },
    // A study that was running when the program ended is not running now.
    status: status === 'running' ? 'stopped' : status,
    fraction: status === 'finished' ? 1 : done / (steps || 1),
    secondsLeft: null,
    imagesPerSecond: null,
  };
}

/** How many networks are in each state. */
export function tally(runs: readonly RunSummary[]): Readonly<Record<RunState, number>> {
  const states = { planned: 0, running: 0, stopped: 0, finished: 0, failed: 0, skipped: 0 };
  for (const { state } of runs) states[state] += 1;
  return states;
}

/** Trainings that need a person. Those that were restarted after a crash go on by themselves. */
export function failed(runs: readonly RunSummary[]): RunSummary[] {
  return runs.filter(({ state, problem }) => state === 'failed' && problem !== null);
}

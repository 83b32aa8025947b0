import type { Tensor } from '../../network/weights.ts';
import type { Store } from '../../store/records.ts';
import { StudyProgress } from '../../study/run/progress.ts';
import type { StudyEvent } from '../../study/run/events.ts';
import type { RunSummary, StudyActivity } from '../../common/contract/activity.ts';
import { storedRuns } from '../stored/study.ts';

type Started = Extract<StudyEvent, { type: 'study-started' }>;
type RunEvent = Extract<StudyEvent, { run: string }>;

/** First-layer filters [filters, channels, rows, columns] that a training has reported last. */
export interface LatestFilters {
  readonly step: number;
  readonly weight: Tensor;
}

/** A running study as the window shows it, computed from its events. */
export class LiveStudy {
  readonly study: string;
  name: string;
  readonly #progress: StudyProgress;
  readonly #runs: Map<string, RunSummary>;
  readonly #filters = new Map<string, LatestFilters>();
  /** What was said last of each run whose process was halted: it is over with the next progress, unlike a crash. */
  readonly #halts = new Map<string, string>();
  readonly #workers: number;
  pausing = false;

  constructor(started: Started, store: Store, workers: number) {
    this.study = started.study;
    this.name = started.name;
    this.#workers = workers;
    this.#progress = new StudyProgress(started, () => performance.now() / 1000);
    const study = store.findStudy(started.study)!;
    // One run may have several places: replicates that share a base show it in each.
    this.#runs = new Map(storedRuns(store, study).map((run) => [`${run.replicate} ${run.name}`, initialState(run)]));
  }

  /** Shows this study by another name from now on. */
  rename(study: string, name: string | undefined): void {
    if (study === this.study && name !== undefined) this.name = name;
  }

  update(event: StudyEvent): void {
    this.#progress.update(event);
    if (!('run' in event)) return;
    for (const [place, run] of this.#runs) if (run.key === event.run) this.#runs.set(place, this.#after(run, event));
    if (event.type === 'run-message' && (event.message.type === 'filters' || event.message.type === 'snapshot'))
      this.#filters.set(event.run, event.message);
    // The store has these filters from now on.
    if (event.type === 'run-finished' || event.type === 'run-failed') this.#filters.delete(event.run);
  }

  /** The first-layer filters that a running training has reported last. */
  filters(run: string): LatestFilters | undefined {
    return this.#filters.get(run);
  }

  activity(): StudyActivity {
    const progress = this.#progress;
    return {
      study: this.study,
      name: this.name,
      phase: this.pausing ? 'pausing' : 'training',
      fraction: Math.min(1, Math.max(0, progress.fraction)),
      secondsLeft: progress.secondsLeft ?? null,
      imagesPerSecond: progress.imagesPerSecond,
      workers: this.#workers,
      runs: [...this.#runs.values()],
    };
  }

  #after(run: RunSummary, event: RunEvent): RunSummary {
    switch (event.type) {
      case 'run-reused':
        return { ...run, state: 'finished', step: run.steps, accuracy: event.accuracy };
      case 'run-reset':
        return { ...run, state: 'planned', step: 0, accuracy: null };
      case 'run-started':
        return { ...run, state: 'running', step: event.fromStep, problem: null };
      case 'run-halted':
        this.#halts.set(run.key, haltedBy(event));
        return { ...run, imagesPerSecond: 0, secondsLeft: null, problem: haltedBy(event) };
      case 'run-queued':
        return {
          ...run,
          ...IDLE,
          state: 'planned',
          place: null,
          queued: event.reason,
          problem: event.again ? REQUEUED : run.problem,
        };
      case 'run-placed':
        return {
          ...run,
          state: 'running',
          place: event.node,
          queued: null,
          problem: run.problem === REQUEUED ? null : run.problem,
        };
      case 'run-restarted':
        return { ...run, state: 'running', step: event.fromStep, problem: restarted(event) };
      case 'run-finished':
        return {
          ...run,
          ...IDLE,
          state: 'finished',
          step: run.steps,
          accuracy: event.accuracy,
          seconds: event.seconds,
          filtersAt: run.steps,
        };
      case 'run-failed':
        return { ...run, ...IDLE, state: 'failed', problem: event.reason };
      case 'run-skipped':
        return { ...run, ...IDLE, state: 'skipped', problem: event.reason };
      case 'run-message':
        return this.#afterMessage(run, event.message);
    }
  }

  #afterMessage(run: RunSummary, message: Extract<RunEvent, { type: 'run-message' }>['message']): RunSummary {
    switch (message.type) {
      case 'progress': {
        const { step, loss, imagesPerSecond } = message;
        const progress = this.#progress.run(run.key);
        const secondsLeft = progress?.rate.secondsFor(run.steps - step) ?? null;
        return {
          ...run,
          step,
          loss,
          imagesPerSecond,
          secondsLeft,
          problem: run.problem === this.#halts.get(run.key) ? null : run.problem,
        };
      }
      case 'point':
        return { ...run, step: Math.max(run.step, message.step), curveAt: message.step };
      case 'evaluated':
        return { ...run, accuracy: message.correct / message.total, curveAt: Math.max(run.curveAt, message.step) };
      case 'filters':
      case 'snapshot':
        return { ...run, filtersAt: message.step };
      case 'stopped':
        return { ...run, ...IDLE, state: 'stopped', step: message.step };
      default:
        return run;
    }
  }
}

const IDLE = { imagesPerSecond: null, secondsLeft: null, queued: null } as const;

const REQUEUED = 'Its job was put back into the queue.';

/** The state of a run when its study begins or is resumed: whatever failed or was stopped before is begun again. */
function initialState(run: RunSummary): RunSummary {
  return run.state === 'finished' ? run : { ...run, state: 'planned', problem: null };
}

const haltedBy = ({ pid }: Extract<StudyEvent, { type: 'run-halted' }>): string =>
  `Its process ${pid} was halted by a signal. It goes on after "kill -CONT ${pid}".`;

function restarted({ reason, fromStep }: Extract<StudyEvent, { type: 'run-restarted' }>): string {
  const lines = reason.split('\n');
  // Where the last lines of a job follow, the last of them says why: Slurm adds what it does to jobs.
  const why = lines[0].endsWith(':') ? `${lines[0]} ${lines.at(-1)}` : lines[0];
  return `Its process ended (${why.replace(/\.$/, '')}); it goes on from step ${fromStep}.`;
}

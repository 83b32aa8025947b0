import type { RunState } from '../../common/run-state.ts';
import type { RunOutline, StudyEvent } from './events.ts';

/** One training as terminal and window show it. */
export interface RunProgress {
  /** `A3B+`, and where a study has several replicates `A3B+ #2`. */
  readonly label: string;
  readonly steps: number;
  step: number;
  state: RunState;
  loss?: number;
  imagesPerSecond?: number;
  /** What one of its steps costs, beside those of other runs. */
  readonly work: number;
  /** The recent rate of its steps. */
  readonly rate: RecentRate;
}

/** The progress of a study, computed from its events. */
export class StudyProgress {
  readonly study: string;
  readonly name: string;
  readonly #runs: ReadonlyMap<string, RunProgress>;
  readonly #seconds: () => number;
  readonly #rate = new RecentRate(growingWindow);
  /** Work of this session. Earlier steps count as progress, but say nothing about the speed. */
  #worked = 0;

  /** @param seconds a clock that only goes forwards */
  constructor(started: Extract<StudyEvent, { type: 'study-started' }>, seconds: () => number) {
    this.study = started.study;
    this.name = started.name;
    this.#seconds = seconds;
    const several = started.runs.some((run) => run.replicate !== started.runs[0].replicate);
    this.#runs = new Map(started.runs.map((run) => [run.run, planned(run, several)]));
  }

  update(event: StudyEvent): void {
    if (!('run' in event)) return;
    const run = this.#runs.get(event.run);
    if (!run) return;
    switch (event.type) {
      case 'run-reused':
        run.state = 'finished';
        run.step = run.steps;
        break;
      case 'run-started':
      case 'run-restarted':
        run.state = 'running';
        // Its pace is counted from its first steps on: what comes before them is no pace, and hours would be told instead of minutes.
        run.step = event.fromStep;
        break;
      case 'run-message':
        if (event.message.type !== 'progress') break;
        run.loss = event.message.loss;
        run.imagesPerSecond = event.message.imagesPerSecond;
        this.#advance(run, event.message.step);
        break;
      case 'run-finished':
        run.state = 'finished';
        this.#advance(run, run.steps);
        break;
      case 'run-failed':
        run.state = 'failed';
        break;
      case 'run-skipped':
        run.state = 'skipped';
        break;
    }
  }

  #advance(run: RunProgress, step: number): void {
    const seconds = this.#seconds();
    this.#worked += Math.max(0, step - run.step) * run.work;
    run.step = step;
    run.rate.add(seconds, step);
    this.#rate.add(seconds, this.#worked);
  }

  run(key: string): RunProgress | undefined {
    return this.#runs.get(key);
  }

  /** Number of trainings, whatever their state. */
  get trainings(): number {
    return this.#runs.size;
  }

  count(state: RunState): number {
    return this.#all((run) => run.state === state).length;
  }

  /** Trainings under way, in the order of the plan. */
  get running(): RunProgress[] {
    return this.#all((run) => run.state === 'running');
  }

  /** The share of the work that is done, in [0, 1], measured in steps. */
  get fraction(): number {
    const total = this.#all(() => true).reduce((sum, run) => sum + run.steps, 0);
    return total === 0 ? 1 : 1 - this.#stepsLeft / total;
  }

  get #left(): RunProgress[] {
    return this.#all(({ state }) => state === 'planned' || state === 'running');
  }

  get #stepsLeft(): number {
    return this.#left.reduce((sum, run) => sum + run.steps - run.step, 0);
  }

  /**
   * Seconds left at the recent rate of work, as a step of a frozen network costs a part of what another's does; undefined
   * while that can't be told. No training ends sooner than at its own rate: the last one may be alone.
   */
  get secondsLeft(): number | undefined {
    const work = this.#left.reduce((sum, run) => sum + (run.steps - run.step) * run.work, 0);
    const all = this.#rate.secondsFor(work);
    if (all === undefined) return undefined;
    return Math.max(all, ...this.running.map((run) => run.rate.secondsFor(run.steps - run.step) ?? 0));
  }

  /** Images per second of all running trainings. */
  get imagesPerSecond(): number {
    return this.running.reduce((sum, run) => sum + (run.imagesPerSecond ?? 0), 0);
  }

  #all(which: (run: RunProgress) => boolean): RunProgress[] {
    return [...this.#runs.values()].filter(which);
  }
}

function planned(run: RunOutline, several: boolean): RunProgress {
  const label = several ? `${run.name} #${run.replicate + 1}` : run.name;
  return { label, steps: run.steps, step: 0, state: 'planned', work: run.work ?? 1, rate: new RecentRate() };
}

/** Seconds of the window that rates of single trainings come from: recent enough to follow a machine that got slower. */
const WINDOW = 60;
/** Estimates from fewer seconds than this would only flicker. */
const ENOUGH = 2;

/**
 * Seconds that a study's rate comes from: all that it has run in this session, ten minutes at most. On a machine that others
 * use, the last minute tells little of the next hour.
 */
const growingWindow = (elapsed: number): number => Math.min(600, Math.max(WINDOW, elapsed));

/** How fast a count grew lately. */
export class RecentRate {
  readonly #samples: { seconds: number; value: number }[] = [];
  readonly #window: (elapsed: number) => number;
  #began: number | undefined;

  /** @param window seconds that the rate comes from, after so many in all; absent: the last minute */
  constructor(window: (elapsed: number) => number = () => WINDOW) {
    this.#window = window;
  }

  /** @param seconds of a clock that only goes forwards */
  add(seconds: number, value: number): void {
    this.#began ??= seconds;
    // A few hundred samples tell as much as thousands.
    const [last, before] = [this.#samples.at(-1), this.#samples.at(-2)];
    const window = this.#window(seconds - this.#began);
    if (last && before && seconds - before.seconds < window / 200) this.#samples.pop();
    this.#samples.push({ seconds, value });
    // One sample from before the window stays, so that slow counts have a rate as well.
    while (this.#samples.length > 2 && this.#samples[1].seconds <= seconds - window) this.#samples.shift();
  }

  /** Counts per second; undefined until there is enough to tell. */
  perSecond(): number | undefined {
    const first = this.#samples[0];
    const last = this.#samples.at(-1);
    if (!first || !last || last.seconds - first.seconds < ENOUGH) return undefined;
    return (last.value - first.value) / (last.seconds - first.seconds);
  }

  /** Seconds until `more` more are counted. */
  secondsFor(more: number): number | undefined {
    if (more <= 0) return 0;
    const rate = this.perSecond();
    return rate ? more / rate : undefined;
  }
}

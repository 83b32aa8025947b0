import { count, counted, duration, imageRate, percent, percentDone, timeLeft } from '../../common/numbers.ts';
import { visibleLine } from '../../common/visible.ts';
import type { ImportProgress } from '../../data/image-set.ts';
import type { StudyEvent } from '../../study/run/events.ts';
import { StudyProgress } from '../../study/run/progress.ts';
import { shortReason } from './reasons.ts';
import type { Gate } from './gate.ts';
import { printJson, type Surroundings } from './surroundings.ts';

/** Shows the progress of work. Window, terminal and `--json` listen to the same events. */
export interface ProgressView {
  onImport(progress: ImportProgress): void;
  onEvent(event: StudyEvent): void;
  /** Prints a sentence between the lines of progress. */
  note(sentence: string): void;
  /** Restores the terminal. It may be called twice. */
  close(): void;
}

/** The line that is printed for an event, however progress is shown; undefined for most events. */
export function eventLine(event: StudyEvent, progress: StudyProgress): string | undefined {
  const label = 'run' in event ? (progress.run(event.run)?.label ?? event.name) : '';
  switch (event.type) {
    case 'study-started':
      return `Study ${event.study} "${event.name}": ${counted(progress.trainings, 'training')}`;
    case 'run-reused':
      return `${label}: ${percent(event.accuracy)}, trained before`;
    case 'run-reset':
      return `${label}: its stored weights were damaged${event.kept === null ? '' : ` (kept in ${event.kept})`}; it is trained again`;
    case 'run-restarted':
      return `${label}: its process ended (${shortReason(event.reason)}); it goes on from step ${event.fromStep}`;
    case 'run-queued':
      return event.again ? `${label}: back in the queue of the cluster` : undefined;
    case 'run-placed':
      return `${label}: runs on ${event.node}`;
    case 'run-halted':
      return `${label}: its process ${event.pid} was halted by a signal; it goes on after "kill -CONT ${event.pid}"`;
    case 'run-finished':
      return `${label}: ${percent(event.accuracy)} in ${duration(event.seconds)}`;
    case 'run-failed':
      return `${label}: failed, ${shortReason(event.reason)}`;
    case 'run-skipped':
      return `${label}: left out, ${shortReason(event.reason)}`;
    default:
      return undefined;
  }
}

/** `Importing: 1,200 of 60,000 images, 3 left out`. */
export function describeImport({ done, total, rejected, made }: ImportProgress): string {
  const images = total === undefined ? counted(done, 'image') : `${count(done)} of ${counted(total, 'image')}`;
  return `${made ? 'Making dead leaves' : 'Importing'}: ${images}${rejected > 0 ? `, ${count(rejected)} left out` : ''}`;
}

/** Seconds between lines of progress, at least. */
const EVERY = 10;

/** Prints plain lines for a log file or a pipe: what started and ended, and progress at most every ten seconds. */
export class LineView implements ProgressView {
  readonly #stream: Gate;
  readonly #seconds: () => number;
  #progress: StudyProgress | undefined;
  #last = -Infinity;

  constructor(stream: Gate, seconds: () => number) {
    this.#stream = stream;
    this.#seconds = seconds;
  }

  onImport(progress: ImportProgress): void {
    if (this.#due() || progress.done === progress.total) this.note(describeImport(progress));
  }

  onEvent(event: StudyEvent): void {
    if (event.type === 'study-started') this.#progress = new StudyProgress(event, this.#seconds);
    const progress = this.#progress;
    if (!progress) return;
    progress.update(event);
    const line = event.type === 'run-started' ? startedLine(event, progress) : eventLine(event, progress);
    if (line) this.note(line);
    else if (event.type === 'run-message' && this.#due()) this.note(progressLine(progress));
  }

  note(sentence: string): void {
    this.#stream.write(`${visibleLine(sentence)}\n`);
  }

  close(): void {}

  #due(): boolean {
    const now = this.#seconds();
    if (now - this.#last < EVERY) return false;
    this.#last = now;
    return true;
  }
}

function startedLine(event: Extract<StudyEvent, { type: 'run-started' }>, progress: StudyProgress): string {
  const label = progress.run(event.run)?.label ?? event.name;
  const from = event.fromStep > 0 ? ` at step ${event.fromStep}` : '';
  return `${label}: started${from}, ${counted(event.threads, 'thread')}`;
}

/** `Progress: 5 of 37 trainings, 14% of the steps, 1,520 images/s, 3 min 20 s left; A3B+ 120/400, loss 1.234`. */
function progressLine(progress: StudyProgress): string {
  const left = progress.secondsLeft;
  const parts = [
    `${progress.count('finished')} of ${counted(progress.trainings, 'training')}`,
    `${percentDone(progress.fraction)} of the steps`,
    imageRate(progress.imagesPerSecond),
    ...(left === undefined ? [] : [timeLeft(left)]),
  ];
  const running = progress.running.map(
    ({ label, step, steps, loss }) =>
      `${label} ${step}/${steps}${loss === undefined ? '' : `, loss ${loss.toFixed(3)}`}`,
  );
  return [`Progress: ${parts.join(', ')}`, ...running].join('; ');
}

/** Messages with weights or with the answers to every image, which are left out: they are long, and the store has them. */
const LONG = new Set(['snapshot', 'filters', 'answers']);

/** Prints a JSON line for each event on standard output, and sentences for people on standard error. */
export class JsonView implements ProgressView {
  readonly #surroundings: Surroundings;

  constructor(surroundings: Surroundings) {
    this.#surroundings = surroundings;
  }

  onImport(progress: ImportProgress): void {
    printJson(this.#surroundings, { type: 'import-progress', ...progress });
  }

  onEvent(event: StudyEvent): void {
    if (event.type !== 'run-message' || !LONG.has(event.message.type)) printJson(this.#surroundings, event);
  }

  note(sentence: string): void {
    this.#surroundings.stderr.write(`${visibleLine(sentence)}\n`);
  }

  close(): void {}
}

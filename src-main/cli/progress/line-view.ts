import type { ImportProgress } from '../../data/image-set.ts';
import { counted, percentDone, imageRate, timeLeft } from '../../common/numbers.ts';
import type { StudyEvent } from '../../study/events.ts';
import type { TextStream } from '../surroundings.ts';
import { eventLine } from './announce.ts';
import { describeImport } from './import-progress.ts';
import { StudyProgress } from '../../study/progress.ts';
import type { ProgressView } from './view.ts';

/** Seconds between lines of progress, at least. */
const EVERY = 10;

/** Prints plain lines for a log file or a pipe: what started and ended, and progress at most every ten seconds. */
export class LineView implements ProgressView {
  readonly #stream: TextStream;
  readonly #seconds: () => number;
  #progress: StudyProgress | undefined;
  #last = -Infinity;

  constructor(stream: TextStream, seconds: () => number) {
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
    this.#stream.write(`${sentence}\n`);
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

import { MultiBar, type Params, type SingleBar } from 'cli-progress';
import type { ImportProgress } from '../../data/image-set.ts';
import { duration, imageRate, timeLeft } from '../../common/numbers.ts';
import type { StudyEvent } from '../../study/run/events.ts';
import { visibleLine } from '../../common/visible.ts';
import type { Gate } from './gate.ts';
import { describeImport, eventLine, type ProgressView } from './progress-lines.ts';
import { RecentRate, type RunProgress, StudyProgress } from '../../study/run/progress.ts';

/** The widths of a bar's name and of the bar itself in characters, so that bars are aligned. */
const NAME = 9;
const BAR = 24;
const ERASE_TO_END_OF_LINE = '\u001b[K';

interface Line {
  readonly name: string;
  readonly text: string;
  /** Absent if the total is not known; then there is no bar. */
  readonly fraction?: number;
}

/** Bars in a terminal: one for the import, or one for the study and one for each training under way. */
export class BarView implements ProgressView {
  readonly #stream: Gate;
  readonly #seconds: () => number;
  readonly #bars: MultiBar;
  readonly #shown = new Map<string, SingleBar>();
  readonly #imported = new RecentRate();
  #lastImport: ImportProgress | undefined;
  #progress: StudyProgress | undefined;
  /** Whether bars are or were drawn. Then everything must be written by them, or they would draw over it. */
  #drawing = false;
  #open = true;

  constructor(stream: Gate, seconds: () => number) {
    this.#stream = stream;
    this.#seconds = seconds;
    this.#bars = new MultiBar({
      stream: stream.direct,
      format: (_options, _params: Params, payload: { line: Line }) => render(payload.line, stream.columns),
      hideCursor: true,
      clearOnComplete: true,
      // When a bar ends, those below move up and must be drawn there, although their text is the same.
      forceRedraw: true,
    });
  }

  onImport(progress: ImportProgress): void {
    this.#lastImport = progress;
    this.#imported.add(this.#seconds(), progress.done);
    const { done, total } = progress;
    const rate = this.#imported.perSecond();
    const left = total === undefined ? undefined : this.#imported.secondsFor(total - done);
    const text = [
      describeImport(progress),
      ...(rate === undefined ? [] : [imageRate(rate)]),
      ...(left === undefined ? [] : [timeLeft(left)]),
    ].join(', ');
    this.#show('import', {
      name: 'Images',
      text,
      fraction: total === undefined ? undefined : done / Math.max(1, total),
    });
  }

  onEvent(event: StudyEvent): void {
    if (event.type === 'study-started') {
      this.#endImport();
      this.#progress = new StudyProgress(event, this.#seconds);
    }
    const progress = this.#progress;
    if (!progress) return;
    progress.update(event);
    const line = eventLine(event, progress);
    if (line) this.note(line);
    this.#show('study', studyLine(progress));
    if (!('run' in event)) return;
    const run = progress.run(event.run);
    if (run?.state === 'running') this.#show(event.run, trainingLine(run));
    else this.#hide(event.run);
  }

  note(sentence: string): void {
    if (this.#open && this.#drawing) this.#bars.log(this.#wrapped(visibleLine(sentence)));
    else this.#stream.write(`${visibleLine(sentence)}\n`);
  }

  /** Wraps a sentence, because the terminal itself does not wrap while bars are drawn. */
  #wrapped(sentence: string): string {
    const rows = sentence.match(new RegExp(`.{1,${this.#stream.columns}}`, 'gsu')) ?? [''];
    return rows.map((row) => `${row}${ERASE_TO_END_OF_LINE}\n`).join('');
  }

  close(): void {
    if (!this.#open) return;
    if (this.#drawing) {
      // This draws what is left in the log and removes the bars, where the table of results comes next.
      this.#bars.update();
      this.#bars.stop();
    }
    this.#open = false;
  }

  #show(key: string, line: Line): void {
    if (!this.#open) return;
    const bar = this.#shown.get(key);
    if (bar) bar.update({ line });
    // Bars that don't fit the terminal's rows could not be redrawn, so they are not shown.
    else if (this.#shown.size < Math.max(1, this.#stream.rows - 2)) {
      this.#drawing = true;
      this.#shown.set(key, this.#bars.create(1, 0, { line }));
    }
  }

  /** Replaces the import's bar by a line. */
  #endImport(): void {
    if (this.#lastImport) this.note(describeImport(this.#lastImport));
    this.#hide('import');
  }

  /** Removes a bar. A line should be printed first, which takes the row that becomes free. */
  #hide(key: string): void {
    const bar = this.#shown.get(key);
    if (!bar || !this.#open) return;
    this.#bars.remove(bar);
    this.#shown.delete(key);
  }
}

function studyLine(progress: StudyProgress): Line {
  const left = progress.secondsLeft;
  const ended = progress.trainings - progress.count('planned') - progress.count('running');
  const parts = [
    `${ended}/${progress.trainings} trainings`,
    imageRate(progress.imagesPerSecond),
    left === undefined ? '' : `ETA ${duration(left, { rough: true })}`,
  ];
  return { name: 'Study', fraction: progress.fraction, text: parts.filter(Boolean).join('  ') };
}

function trainingLine(run: RunProgress): Line {
  const left = run.rate.secondsFor(run.steps - run.step);
  const parts = [
    `${run.step}/${run.steps} steps`,
    run.loss === undefined ? '' : `loss ${run.loss.toFixed(3)}`,
    run.imagesPerSecond === undefined ? '' : imageRate(run.imagesPerSecond),
    left === undefined ? '' : `ETA ${duration(left, { rough: true })}`,
  ];
  return { name: run.label, fraction: run.step / Math.max(1, run.steps), text: parts.filter(Boolean).join('  ') };
}

function render({ name, fraction, text }: Line, width: number): string {
  const filled = fraction === undefined ? 0 : Math.round(Math.min(1, Math.max(0, fraction)) * BAR);
  const bar = fraction === undefined ? '' : `[${'█'.repeat(filled)}${'░'.repeat(BAR - filled)}]  `;
  return visibleLine(`${name.padEnd(NAME)} ${bar}${text}`).slice(0, Math.max(1, width - 1));
}

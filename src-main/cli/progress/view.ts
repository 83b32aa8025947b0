import type { ImportProgress } from '../../data/image-set.ts';
import type { StudyEvent } from '../../study/events.ts';
import type { Surroundings } from '../surroundings.ts';
import { BarView } from './bar-view.ts';
import { JsonView } from './json-view.ts';
import { LineView } from './line-view.ts';

/** Shows the progress of work. Window, terminal and `--json` listen to the same events. */
export interface ProgressView {
  onImport(progress: ImportProgress): void;
  onEvent(event: StudyEvent): void;
  /** Prints a sentence between the lines of progress. */
  note(sentence: string): void;
  /** Restores the terminal. It may be called twice. */
  close(): void;
}

/** The view for these surroundings: bars in a terminal, plain lines in a log file, JSON lines for a program. */
export function progressView(surroundings: Surroundings, json: boolean): ProgressView {
  const seconds = () => surroundings.now() / 1000;
  if (json) return new JsonView(surroundings);
  const { stderr, environment } = surroundings;
  return stderr.isTTY && environment.TERM !== 'dumb' ? new BarView(stderr, seconds) : new LineView(stderr, seconds);
}

import type { ImportProgress } from '../../data/image-set.ts';
import type { StudyEvent } from '../../study/events.ts';
import { printJson, type Surroundings } from '../surroundings.ts';
import type { ProgressView } from './view.ts';

/** Messages with weights, which are left out: they are megabytes, and the store has the history of filters. */
const WEIGHTS = new Set(['snapshot', 'filters']);

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
    if (event.type !== 'run-message' || !WEIGHTS.has(event.message.type)) printJson(this.#surroundings, event);
  }

  note(sentence: string): void {
    this.#surroundings.stderr.write(`${sentence}\n`);
  }

  close(): void {}
}

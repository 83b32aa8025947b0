import type { ImportProgress } from '../../data/image-set.ts';
import type { StudyEvent } from '../../study/events.ts';
import { printJson, type Surroundings } from '../surroundings.ts';
import type { ProgressView } from './view.ts';

/** Messages of weights: megabytes that no reader of lines has use for. The history of filters is in the store. */
const WEIGHTS = new Set(['snapshot', 'filters']);

/** One JSON line an event on standard output; sentences for people go to standard error. */
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

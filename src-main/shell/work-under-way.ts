import type { MessageBoxOptions } from 'electron';
import type { Activity } from '../common/contract/activity.ts';

/** The progress of everything under way, 0..1; `unknown` if a total is not known; undefined if nothing is under way. */
export function fractionUnderWay({ study, preparing, imports }: Activity): number | 'unknown' | undefined {
  if (study) return study.fraction;
  const counted = [...(preparing ? [preparing] : []), ...imports.filter(({ state }) => state === 'running')];
  if (counted.length === 0) return undefined;
  const total = counted.reduce((sum, part) => sum + (part.total ?? Number.NaN), 0);
  if (!(total > 0)) return 'unknown';
  return Math.min(1, counted.reduce((sum, { done }) => sum + done, 0) / total);
}

/** What is under way. */
export interface Busy {
  readonly trainings: boolean;
  readonly imports: boolean;
}

export type QuitAnswer = 'background' | 'stop' | 'cancel';

/** The answers in the order of the buttons. */
const ANSWERS: readonly QuitAnswer[] = ['background', 'stop', 'cancel'];

/** The question to ask before quitting; undefined if nothing is under way. */
export function quitQuestion({ trainings, imports }: Busy): MessageBoxOptions | undefined {
  if (!trainings && !imports) return undefined;
  const consequences = [
    trainings ? 'A stopped study can be resumed later where it was; nothing is trained twice.' : [],
    imports ? 'A stopped import has to be started again.' : [],
  ].flat();
  const what = trainings && imports ? 'A study and an import are' : trainings ? 'A study is' : 'An import is';
  return {
    type: 'question',
    message: `${what} still under way.`,
    detail: [
      'Work in the background goes on without a window; start Transplant again to see it.',
      ...consequences,
    ].join(' '),
    buttons: ['Continue in the background', trainings ? 'Stop and resume later' : 'Stop the import', 'Cancel'],
    defaultId: ANSWERS.indexOf('background'),
    cancelId: ANSWERS.indexOf('cancel'),
    noLink: true,
  };
}

export const quitAnswer = (button: number): QuitAnswer => ANSWERS[button] ?? 'cancel';

const MOST_CRASHES = 3;
/** Milliseconds. */
const PERIOD = 60_000;

/** Decides whether a page that crashed is loaded again: one that always crashes would be loaded forever. */
export class CrashLimit {
  #crashes: number[] = [];

  /**
   * Records a crash at this time, in milliseconds of a monotonic clock. Returns false for the fourth within a minute.
   */
  allows(time: number): boolean {
    this.#crashes = [...this.#crashes.filter((earlier) => time - earlier < PERIOD), time];
    return this.#crashes.length <= MOST_CRASHES;
  }
}

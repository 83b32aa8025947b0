import type { MessageBoxOptions } from 'electron';

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

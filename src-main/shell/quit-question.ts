import type { MessageBoxOptions } from 'electron';

/** What is under way. */
export interface Busy {
  readonly trainings: boolean;
  readonly imports: boolean;
}

export type QuitAnswer = 'background' | 'stop' | 'cancel';

/** In the order of the buttons. */
const ANSWERS: readonly QuitAnswer[] = ['background', 'stop', 'cancel'];

/** The question before work is left, or undefined where nothing is under way. */
export function quitQuestion({ trainings, imports }: Busy): MessageBoxOptions | undefined {
  if (!trainings && !imports) return undefined;
  const consequences = [
    trainings ? 'A study that is stopped goes on later from where it was; nothing is trained twice.' : [],
    imports ? 'An import that is stopped has to be started again.' : [],
  ].flat();
  const what = trainings && imports ? 'A study and an import are' : trainings ? 'A study is' : 'An import is';
  return {
    type: 'question',
    message: `${what} still under way.`,
    detail: ['In the background it goes on without a window; start Transplant again to see it.', ...consequences].join(
      ' ',
    ),
    buttons: ['Keep on in the background', trainings ? 'Stop and resume later' : 'Stop the import', 'Cancel'],
    defaultId: ANSWERS.indexOf('background'),
    cancelId: ANSWERS.indexOf('cancel'),
    noLink: true,
  };
}

export const quitAnswer = (button: number): QuitAnswer => ANSWERS[button] ?? 'cancel';

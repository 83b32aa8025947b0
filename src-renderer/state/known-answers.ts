interface KnownAnswer {
  readonly answer: unknown;
  readonly json: string;
  /** The count of what had been stored then (`session.stored`). */
  readonly stored: number;
}

/** The last answers by their names, the newest last: a screen that is opened again begins with them. */
export const knownAnswers = new Map<string, KnownAnswer>();
/** Answers of some studies: a large one has a few hundred kilobytes. */
const MOST = 48;

export function remember(name: string, known: KnownAnswer): void {
  knownAnswers.delete(name);
  knownAnswers.set(name, known);
  for (const [oldest] of knownAnswers) if (knownAnswers.size > MOST) knownAnswers.delete(oldest);
}

import { stripVTControlCharacters } from 'node:util';

/** What a crashed training process said last may be pages long, in colour: this is its first line. */
export function shortReason(reason: string): string {
  const [first, ...more] = stripVTControlCharacters(reason).trim().split('\n');
  return more.length === 0 ? first : first.replace(/[.:]? *(Its last lines:)? *$/, '');
}

/** The whole reason for whoever looks into a study, every line after the first moved in. */
export function wholeReason(reason: string): string {
  return stripVTControlCharacters(reason).trim().replace(/\n+/g, '\n    ');
}

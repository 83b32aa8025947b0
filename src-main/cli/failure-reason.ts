import { stripVTControlCharacters } from 'node:util';

/** The first line of a failure's reason, which may have the last pages of a crashed process's output, in colour. */
export function shortReason(reason: string): string {
  const [first, ...more] = stripVTControlCharacters(reason).trim().split('\n');
  return more.length === 0 ? first : first.replace(/[.:]? *(Its last lines:)? *$/, '');
}

/** The whole reason, with every line after the first indented. */
export function wholeReason(reason: string): string {
  return stripVTControlCharacters(reason).trim().replace(/\n+/g, '\n    ');
}

/** Characters that terminals and editors obey instead of showing them: control characters, and those that turn the direction. */
export const OBEYED = /[\p{Cc}\p{Zl}\p{Zp}\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/gu;

const escaped = (character: string): string => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;

/**
 * Text for a terminal or a log, in which what would be obeyed is written as `\u001b`. Line breaks and tabs stay. In JSON an
 * escape means the character that it stands for, so that a program reads what was meant.
 */
export const visible = (text: string): string =>
  text.replace(OBEYED, (character) => (character === '\n' || character === '\t' ? character : escaped(character)));

/** The same for what must stay one line, such as a cell of a table. */
export const visibleLine = (text: string): string => text.replace(OBEYED, escaped);

/** A stranger's name in a sentence: quoted, on one line, and not much of a long one. */
export const quoted = (name: string, most = 80): string =>
  visibleLine(JSON.stringify(name.length > most ? `${name.slice(0, most)}...` : name));

const RIGHT_TO_LEFT = /[\p{Script=Hebrew}\p{Script=Arabic}\p{Script=Syriac}\p{Script=Thaana}\p{Script=Nko}]/u;

/** A stranger's name among other words: where it is written from right to left, it is kept from turning those beside it. */
export const isolated = (name: string): string => (RIGHT_TO_LEFT.test(name) ? `\u2068${name}\u2069` : name);

/** A file's name where there is little room: its beginning and more of its end, which tells it from others. */
export function shortened(name: string, most: number): string {
  const characters = [...name];
  if (characters.length <= most) return name;
  const first = Math.floor((most - 1) / 3);
  return `${characters.slice(0, first).join('')}…${characters.slice(first + 1 - most).join('')}`;
}

import { validateFileName } from 'yauzl';
import { UserError } from '../../errors.ts';

/** Plain comparison by code unit: the same on every machine, whatever its language. */
export function byCodeUnit(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/** Names come from strangers and are shown in terminals: control and direction characters become visible escapes. */
export function printable(name: string): string {
  return name.replace(
    /[\p{Cc}\p{Zl}\p{Zp}\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/gu,
    (character) => `\\u{${character.codePointAt(0)!.toString(16)}}`,
  );
}

/** macOS stores é as two characters, others as one: a class is the same class everywhere. */
export function className(name: string): string {
  return printable(name.normalize('NFC'));
}

/**
 * The path of an archive's entry in its one form. Error: UserError if it points outside of the archive: an archive with
 * one such name was made to do harm, or is broken, and nothing of it is taken.
 */
export function entryPath(archive: string, name: string): string {
  if (validateFileName(name.replaceAll('\\', '/')) !== null)
    throw new UserError(
      `${archive} is refused: its entry "${printable(name)}" points outside of the archive. ` +
        `Unpack it with care and import the folder, or get the archive from a source you trust.`,
    );
  return name
    .split('/')
    .filter((segment) => segment !== '' && segment !== '.')
    .join('/');
}

/** Left behind by operating systems beside the files that people mean. */
const LITTER =
  /^(__MACOSX|\.DS_Store|\._.*|Thumbs\.db|ehthumbs\.db|desktop\.ini|\$RECYCLE\.BIN|System Volume Information)$/i;

export function isLitter(path: string): boolean {
  return path.split('/').some((segment) => LITTER.test(segment));
}

/** The path up to its first hidden part (`.git`), or undefined. */
export function hiddenPart(path: string): string | undefined {
  const segments = path.split('/');
  const position = segments.findIndex((segment) => segment.startsWith('.'));
  return position < 0 ? undefined : segments.slice(0, position + 1).join('/');
}

/** The path of a file in the folder that `dirname` gave. */
export function inFolder(folder: string, name: string): string {
  return folder === '.' ? name : `${folder}/${name}`;
}

import { validateFileName } from 'yauzl';
import { OBEYED } from '../../common/visible.ts';
import { UserError } from '../../errors.ts';

/** Compares by code unit, which gives the same order on every machine, whatever its language. */
export function byCodeUnit(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/**
 * Replaces control and direction characters by visible escapes: names come from strangers and are shown in terminals.
 */
export function printable(name: string): string {
  return name.replace(OBEYED, (character) => `\\u{${character.codePointAt(0)!.toString(16)}}`);
}

/** The one form of a class's name: macOS writes é as two characters, other systems as one. */
export function className(name: string): string {
  return printable(name.normalize('NFC'));
}

/**
 * The normalised path of an archive's entry. Throws a UserError if it points outside of the archive: an archive with
 * even one such name is broken or was made to do harm, so nothing in it is used.
 */
export function entryPath(archive: string, name: string): string {
  if (validateFileName(name.replaceAll('\\', '/')) !== null)
    throw new UserError(
      `${archive} is refused: its entry "${printable(name)}" points outside of the archive. ` +
        `Unpack it with care and import the folder, or get the archive from a source that you trust.`,
    );
  return name
    .split('/')
    .filter((segment) => segment !== '' && segment !== '.')
    .join('/');
}

/** Files that operating systems leave in people's folders. */
const JUNK =
  /^(__MACOSX|\.DS_Store|\._.*|Thumbs\.db|ehthumbs\.db|desktop\.ini|\$RECYCLE\.BIN|System Volume Information)$/i;

export function isJunk(path: string): boolean {
  return path.split('/').some((segment) => JUNK.test(segment));
}

/** The path up to its first hidden segment (such as `.git`); undefined if it has none. */
export function hiddenPart(path: string): string | undefined {
  const segments = path.split('/');
  const position = segments.findIndex((segment) => segment.startsWith('.'));
  return position < 0 ? undefined : segments.slice(0, position + 1).join('/');
}

/** The path of a file in a folder as `dirname` gives it, which is `.` for the top. */
export function inFolder(folder: string, name: string): string {
  return folder === '.' ? name : `${folder}/${name}`;
}

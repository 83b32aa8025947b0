import { stripVTControlCharacters } from 'node:util';
import { messageOf } from '../../errors.ts';

/**
 * A clause that says why the file system failed. Node's own message names the system call, which does not help a user.
 */
export function reasonOf(error: unknown): string {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  switch (code) {
    case 'ENOENT':
      return 'there is no such file or folder';
    case 'ENOTDIR':
    case 'EEXIST':
      return 'there is a file where a folder should be';
    case 'EISDIR':
      return 'it is a folder';
    case 'EACCES':
    case 'EPERM':
      return 'permission denied';
    case 'EROFS':
      return 'the drive is read-only';
    case 'ENOSPC':
    case 'EDQUOT':
      return 'the disk is full';
    case 'ENAMETOOLONG':
      return 'the name is too long';
    default:
      return messageOf(error);
  }
}

/** Without colours, and with the line breaks of every system, a bare carriage return of a progress bar among them. */
const plainLines = (reason: string): string => stripVTControlCharacters(reason).trim().replace(/\r\n?/g, '\n');

/** The first line of a failure's reason, which may have the last pages of a crashed process's output, in colour. */
export function shortReason(reason: string): string {
  const [first, ...more] = plainLines(reason).split('\n');
  return more.length === 0 ? first : first.replace(/[.:]? *(Its last lines:)? *$/, '');
}

/** The whole reason, with every line after the first indented. */
export function wholeReason(reason: string): string {
  return plainLines(reason).replace(/\n+/g, '\n    ');
}

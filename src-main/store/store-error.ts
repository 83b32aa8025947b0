import Database from 'better-sqlite3';
import { UserError } from '../errors.ts';

const ELSEWHERE = 'choose another folder with --home DIR or TRANSPLANT_HOME';

/**
 * Turns an error of SQLite into a UserError that says what to do. Errors that are not about files or the disk are
 * returned as they are.
 */
export function storeError(file: string, error: unknown): unknown {
  if (!(error instanceof Database.SqliteError)) return error;
  const sentence = sentenceOf(file, error);
  return sentence === undefined ? error : new UserError(sentence, { cause: error });
}

function sentenceOf(file: string, { code, message }: InstanceType<typeof Database.SqliteError>): string | undefined {
  // Extended codes: SQLITE_IOERR_WRITE, SQLITE_READONLY_DIRECTORY ...
  switch (code.split('_')[1]) {
    case 'FULL':
      return `The disk that holds ${file} is full; what was stored before is intact. Free some space and try again, or ${ELSEWHERE}.`;
    case 'READONLY':
      return `The store ${file} can't be written (${message}); check the permissions of it and its folder, or ${ELSEWHERE}.`;
    case 'PERM':
    case 'AUTH':
    case 'CANTOPEN':
      return `The store ${file} can't be opened (${message}); check that it is a file and that you may read and write it and its folder, or ${ELSEWHERE}.`;
    case 'NOTADB':
    case 'CORRUPT':
      return damagedStore(file, message);
    case 'BUSY':
    case 'LOCKED':
      return `Another process keeps the store ${file} busy; wait until it is done, or ${ELSEWHERE}.`;
    case 'IOERR':
    case 'NOLFS':
    case 'PROTOCOL':
      return `Reading or writing the store ${file} failed (${message}, ${code}); check its drive (network drives are not supported), or ${ELSEWHERE}.`;
    default:
      return undefined;
  }
}

/** The message for a damaged store. @param how a clause that says what is wrong */
export function damagedStore(file: string, how: string): string {
  return `The store ${file} is damaged or not a Transplant store (${how}); nothing was changed. Restore it from a backup, move it away, or ${ELSEWHERE}.`;
}

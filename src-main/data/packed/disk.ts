import { UserError } from '../../errors.ts';

/**
 * Turns an error of a full or unwritable disk into a UserError that says what to do. Other errors are returned as they
 * are.
 */
export function asDiskError(error: unknown, folder: string): unknown {
  switch ((error as NodeJS.ErrnoException | undefined)?.code) {
    case 'ENOSPC':
    case 'EDQUOT':
    case 'EFBIG':
      return new UserError(
        `There is no space left to store images in ${folder}: free some space or use another home folder.`,
        {
          cause: error,
        },
      );
    case 'EACCES':
    case 'EPERM':
    case 'EROFS':
    case 'ENOTDIR':
    case 'EEXIST':
      return new UserError(`The folder ${folder} can't be written to: make it writable or use another home folder.`, {
        cause: error,
      });
    default:
      return error;
  }
}

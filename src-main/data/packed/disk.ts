import { UserError } from '../../errors.ts';

/** Says what a person can do about a disk that refuses; every other error comes back as it is. */
export function asDiskError(error: unknown, folder: string): unknown {
  switch ((error as NodeJS.ErrnoException | undefined)?.code) {
    case 'ENOSPC':
    case 'EDQUOT':
    case 'EFBIG':
      return new UserError(
        `There is no room left to store images in ${folder}: free some or use another home folder.`,
        {
          cause: error,
        },
      );
    case 'EACCES':
    case 'EPERM':
    case 'EROFS':
    case 'ENOTDIR':
    case 'EEXIST':
      return new UserError(`The folder ${folder} can't be written to: allow it or use another home folder.`, {
        cause: error,
      });
    default:
      return error;
  }
}

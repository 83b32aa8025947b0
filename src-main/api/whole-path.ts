import { isAbsolute } from 'node:path';
import { UserError } from '../errors.ts';

/** Throws a UserError where a path that a screen gave depends on where the program was started. */
export function checkWhole(path: string | undefined): void {
  if (path !== undefined && !isAbsolute(path))
    throw new UserError(`"${path}" is not a whole path: begin it at the root of the drive.`);
}

import { isAbsolute } from 'node:path';
import { UserError } from '../errors.ts';

/** Throws a UserError if a path is relative, because its meaning would depend on where the program was started. */
export function checkAbsolute(path: string | undefined): void {
  if (path !== undefined && !isAbsolute(path))
    throw new UserError(`"${path}" is not an absolute path: begin it at the root of the drive.`);
}

import { basename } from 'node:path';
import { UserError } from '../../errors.ts';

export function damaged(folder: string, what: string): UserError {
  return new UserError(`The image set ${basename(folder)} is damaged: ${what}. Import the images again to mend it.`);
}

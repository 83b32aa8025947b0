import { basename } from 'node:path';
import { UserError } from '../../errors.ts';

/** @param what a clause that says what is wrong */
export function damagedImageSet(folder: string, what: string): UserError {
  return new UserError(`The image set ${basename(folder)} is damaged: ${what}. Import the images again to repair it.`);
}

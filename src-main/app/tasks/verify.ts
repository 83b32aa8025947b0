import { existsSync } from 'node:fs';
import { verifyImageSet } from '../../data/packed/open.ts';
import { isIntact } from '../../store/checkpoints.ts';

/**
 * Checks what a study begins with. Returns the keys of the runs whose checkpoint is damaged; one that is missing is none.
 * Throws a UserError where the images are.
 */
export async function verify(
  imageSets: readonly string[],
  checkpoints: readonly { readonly run: string; readonly file: string; readonly sha256: string }[],
): Promise<string[]> {
  for (const imageSet of imageSets) await verifyImageSet(imageSet);
  const damaged: string[] = [];
  for (const { run, ...checkpoint } of checkpoints)
    if (existsSync(checkpoint.file) && !(await isIntact(checkpoint))) damaged.push(run);
  return damaged;
}

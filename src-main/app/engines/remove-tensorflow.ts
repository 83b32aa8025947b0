import { existsSync } from 'node:fs';
import { rename } from 'node:fs/promises';
import { join } from 'node:path';
import { inTemporaryFolder } from '../../data/packed/temporary-folder.ts';
import { enginesFolder, installationFolder } from '../../engine/tensorflow/installation.ts';

/**
 * Removes what `addTensorflow` has built, and what it left when it was killed; false where there was nothing. It is gone
 * at once for whoever starts a training; a training that has loaded it goes on.
 */
export async function removeTensorflow(home: string): Promise<boolean> {
  if (!existsSync(enginesFolder(home))) return false;
  return inTemporaryFolder(enginesFolder(home), async (temporary) => {
    if (!existsSync(installationFolder(home))) return false;
    await rename(installationFolder(home), join(temporary, 'removed'));
    return true;
  });
}

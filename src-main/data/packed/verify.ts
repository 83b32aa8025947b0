import { createHash } from 'node:crypto';
import { createReadStream, existsSync } from 'node:fs';
import { join } from 'node:path';
import { messageOf } from '../../errors.ts';
import { damagedImageSet } from './damaged.ts';
import { FILES } from './format.ts';
import { openImageSet } from './open.ts';

/** Reads a whole packed set and compares its checksums. Throws a UserError that names what is damaged. */
export async function verifyImageSet(folder: string): Promise<void> {
  const set = openImageSet(folder);
  try {
    if (existsSync(join(folder, FILES.classSums)))
      for (const label of set.index.classes.keys()) await set.classSums(label);
  } finally {
    set.close();
  }
  for (const shard of set.index.shards) {
    const hash = createHash('sha256');
    try {
      for await (const piece of createReadStream(join(folder, shard.file))) hash.update(piece as Buffer);
    } catch (error) {
      throw damagedImageSet(folder, `${shard.file} can't be read (${messageOf(error)})`);
    }
    if (hash.digest('hex') !== shard.sha256) throw damagedImageSet(folder, `${shard.file} is not what was stored`);
  }
}

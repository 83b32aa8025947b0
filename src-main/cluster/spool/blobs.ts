import { lstatSync, readdirSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { copyHashed, isWhole } from './hashed-copy.ts';
import type { ImageFiles } from './job-file.ts';
import { blobFile, type Hashed } from './layout.ts';
import { makeSpoolFolder } from './safe-files.ts';
import { fileHash } from '../../process/file-hash.ts';

/** What trainings begin with, in a spool: each file once, by its hash. */
export class Blobs {
  readonly #spool: string;
  /** Those that were held to their hashes, as they were then. */
  readonly #known = new Map<string, string>();

  constructor(spool: string) {
    this.#spool = spool;
  }

  /** Writes a file into the spool unless it is there, whole; one that is damaged is replaced. */
  async put(file: string, hashed: Hashed): Promise<void> {
    const blob = blobFile(this.#spool, hashed);
    if (this.#known.get(hashed.sha256) === stampOf(blob)) return;
    if (!(await isWhole(this.#spool, blob, hashed))) {
      makeSpoolFolder(dirname(blob));
      await copyHashed(file, hashed, blob);
    }
    this.#known.set(hashed.sha256, stampOf(blob));
  }

  /** Whether all of these are as they were when they were held to their hashes. */
  have(files: readonly Hashed[]): boolean {
    return files.every(({ sha256 }) => this.#known.get(sha256) === stampOf(blobFile(this.#spool, { sha256 })));
  }

  /** Has every blob looked at again: something was wrong with a job that read some. */
  forget(): void {
    this.#known.clear();
  }

  /** Writes the files of a packed set into the spool. */
  async putImages(folder: string): Promise<ImageFiles> {
    const files: { name: string; sha256: string; bytes: number }[] = [];
    for (const name of readdirSync(folder).sort()) {
      const file = join(folder, name);
      if (!name.endsWith('.bin') && !name.endsWith('.json')) continue;
      const hashed = { sha256: await fileHash(file), bytes: statSync(file).size };
      await this.put(file, hashed);
      files.push({ name, ...hashed });
    }
    return { files };
  }
}

/** Changes when a file does. */
function stampOf(file: string): string {
  const status = lstatSync(file, { bigint: true, throwIfNoEntry: false });
  return status ? `${status.ino} ${status.size} ${status.mtimeNs}` : '';
}

import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { openFolder } from '../../data/import/folder.ts';
import { hiddenPart } from '../../data/import/names.ts';
import { UserError } from '../../errors.ts';
import type { Unanswered } from './ask.ts';

/** The images that paths name, in their order, and what of them can't be read. */
export interface NamedImages {
  readonly files: readonly string[];
  readonly problems: readonly Unanswered[];
}

/** Walks folders; hidden files and what operating systems leave behind are passed over. Throws Cancelled. */
export async function namedImages(paths: readonly string[], signal?: AbortSignal): Promise<NamedImages> {
  const files: string[] = [];
  const problems: Unanswered[] = [];
  for (const path of paths) {
    const found = await stat(path).catch(
      (error: NodeJS.ErrnoException) => void problems.push({ file: path, reason: reasonOf(error) }),
    );
    if (!found) continue;
    if (!found.isDirectory()) files.push(path);
    else {
      const folder = await openFolder(path, signal).catch((error: unknown) => {
        if (!(error instanceof UserError)) throw error;
        problems.push({ file: path, reason: error.message });
      });
      if (!folder) continue;
      files.push(
        ...folder.files.filter(({ path }) => hiddenPart(path) === undefined).map((file) => join(path, file.path)),
      );
      problems.push(...folder.rejects.map(({ file, reason }) => ({ file: join(path, file), reason })));
    }
  }
  return { files, problems };
}

const reasonOf = ({ code }: NodeJS.ErrnoException): string =>
  code === 'ENOENT' ? 'there is no such file' : `it can't be read (${code})`;

import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { visible } from '../common/visible.ts';
import { OWNER_ONLY } from '../process/owner-only.ts';
import { makeFolder } from './home.ts';

/** Writes a bug's stack trace to a file in the home, for the report of the bug. Undefined if that fails too. */
export async function writeBugLog(error: unknown, home: string): Promise<string | undefined> {
  try {
    const folder = join(home, 'logs');
    const file = join(folder, `bug-${new Date().toISOString().replace(/[:.]/g, '-')}.log`);
    makeFolder(folder, OWNER_ONLY.folder);
    await writeFile(file, `${visible(traceOf(error))}\n`, { mode: OWNER_ONLY.file });
    return file;
  } catch {
    return undefined;
  }
}

const traceOf = (error: unknown): string => (error instanceof Error ? (error.stack ?? error.message) : String(error));

import { lstatSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { newSecret } from './secret.ts';

/** Then open pages need the link again. */
const LONGEST_AGE = 30 * 24 * 3600 * 1000;
const SECRET = /^[\w-]{43}$/;

/**
 * The secret that a browser's cookie holds. It is kept in the home folder, so that a page which was left open goes on after
 * Transplant was started again; in a file that only this user can read. Where that can't be (another file system, Windows),
 * it lasts as long as this process.
 */
export function sessionKey(home: string): string {
  const file = join(home, 'browser-session');
  try {
    const kept = isPrivate(file) ? readFileSync(file, 'utf8') : '';
    if (SECRET.test(kept)) return kept;
    const secret = newSecret();
    // Never through a link or into a file that somebody else put there.
    rmSync(file, { force: true });
    writeFileSync(file, secret, { mode: 0o600, flag: 'wx' });
    return isPrivate(file) ? secret : newSecret();
  } catch {
    return newSecret();
  }
}

function isPrivate(file: string): boolean {
  const status = lstatSync(file, { throwIfNoEntry: false });
  return (
    status !== undefined &&
    status.isFile() &&
    (status.mode & 0o077) === 0 &&
    status.uid === process.getuid?.() &&
    Date.now() - status.mtimeMs < LONGEST_AGE
  );
}

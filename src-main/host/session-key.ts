import { lstatSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { newSecret } from './secret.ts';

/** Milliseconds after which the key is replaced; pages then need the link again. */
const LONGEST_AGE = 30 * 24 * 3600 * 1000;
const SECRET = /^[\w-]{43}$/;

/**
 * The secret in a browser's cookie. It is stored in the home folder, in a file that only this user can read, so that an
 * open page still works after Transplant was started again. Where a file can't be protected so (on some file systems,
 * on Windows), the key lasts as long as this process.
 */
export function sessionKey(home: string): string {
  const file = join(home, 'browser-session');
  try {
    const stored = isPrivate(file) ? readFileSync(file, 'utf8') : '';
    if (SECRET.test(stored)) return stored;
    const secret = newSecret();
    // A link or a file that somebody else put there is never written to.
    rmSync(file, { force: true });
    writeFileSync(file, secret, { mode: 0o600, flag: 'wx' });
    return isPrivate(file) ? secret : newSecret();
  } catch {
    return newSecret();
  }
}

/** Whether a file is of this user, readable by nobody else, and not too old. */
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

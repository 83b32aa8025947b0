import { createHmac, randomBytes } from 'node:crypto';
import { lstatSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { OWNER_ONLY } from '../process/owner-only.ts';

/**
 * The secrets of one start. Cookies would go to every other server on 127.0.0.1, because they know no ports; so none is
 * set. A page keeps the token in the storage of its origin, which has the port, and shows it in a header. What another
 * program finds there when it takes the port over is worth nothing: the token ends with this start.
 *
 * A page that is open while Transplant is started again works out its next token: it has the resumption key, in its
 * memory alone, and asks for the new start. It makes the token for the address that it is shown at, so that a program
 * there that passes on the start of a Transplant elsewhere gets a token which is none of that one's.
 */
export interface Keys {
  /** Kept in the home folder; see `resumptionKey`. */
  readonly resumption: string;
  /** Names this start, and is no secret. */
  readonly start: string;
  /** Base64url of HMAC-SHA256 with the resumption key of `<start> <host>`, one for each address of this server. */
  readonly tokens: readonly string[];
  /** What the address of a report or a packed study must have, because a link sends no header. */
  readonly files: string;
}

/** @param hosts values of the `Host` header that mean this server */
export function newKeys(resumption: string, hosts: readonly string[]): Keys {
  const start = newSecret();
  const derived = (name: string) => createHmac('sha256', resumption).update(`${start} ${name}`).digest('base64url');
  // No host has a slash in it.
  return { resumption, start, tokens: hosts.map(derived), files: derived('/files/') };
}

/** 32 random bytes in base64url: 43 characters that need no escaping in a URL or a header. */
const newSecret = (): string => randomBytes(32).toString('base64url');

/** Milliseconds after which the resumption key is replaced; pages then need the link again. */
const LONGEST_AGE = 30 * 24 * 3600 * 1000;
const SECRET = /^[\w-]{43}$/;

/**
 * The key with which an open page goes on after Transplant was started again. It is in the home folder, in a file that
 * only this user can read. Where a file can't be protected so (on some file systems, on Windows), it lasts as long as
 * this process.
 */
export function resumptionKey(home: string): string {
  const file = join(home, 'browser-session');
  try {
    const stored = isPrivate(file) ? readFileSync(file, 'utf8') : '';
    if (SECRET.test(stored)) return stored;
    const secret = newSecret();
    // A link or a file that somebody else put there is never written to.
    rmSync(file, { force: true });
    writeFileSync(file, secret, { mode: OWNER_ONLY.file, flag: 'wx' });
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

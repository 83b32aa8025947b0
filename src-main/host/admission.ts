import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import { lstatSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import type { IncomingMessage } from 'node:http';
import { join } from 'node:path';
import { UserError } from '../errors.ts';

/** Why a request fails: a sentence for the person, and the HTTP status for the browser. */
export class HttpError extends UserError {
  readonly status: number;

  constructor(status: number, sentence: string) {
    super(sentence);
    this.name = 'HttpError';
    this.status = status;
  }
}

/** What a request must show to be answered. */
export interface Admission {
  readonly port: number;
  /** Values of the `Host` header that mean this server, in lower case. */
  readonly hosts: ReadonlySet<string>;
  /** The secret that the cookie must have. */
  readonly key: string;
}

/**
 * Throws HttpError unless a request was meant for this server. A page elsewhere whose name was pointed at 127.0.0.1
 * (DNS rebinding) has its own name as `Host`.
 */
export function checkHost({ headersDistinct }: IncomingMessage, { hosts }: Admission): void {
  const given = headersDistinct.host ?? [];
  if (given.length !== 1 || !hosts.has(given[0].toLowerCase()))
    throw new HttpError(
      403,
      'Transplant does not answer to this address. Open the link that it printed in its terminal; ' +
        'through a tunnel or proxy, use the same port at both ends, or start it with --known-as HOST:PORT.',
    );
}

/**
 * Throws HttpError unless a page of Transplant sent the request. Browsers send the page's origin, which pages can't
 * forge, with every web socket and every request that changes something, but not with plain GETs.
 */
export function checkOrigin({ headers }: IncomingMessage, { required }: { required: boolean }): void {
  const { origin, host } = headers;
  if (origin === undefined ? required : origin !== `http://${host}` && origin !== `https://${host}`)
    throw new HttpError(403, 'The request came from a page that is not part of Transplant.');
}

/** Throws HttpError unless the browser has the cookie that the link gives. */
export function checkCookie({ headers }: IncomingMessage, { port, key }: Admission): void {
  if (!hasSecret(headers.cookie, port, key))
    throw new HttpError(
      403,
      'This browser has no access yet, or its access has expired. Open the link that Transplant printed in the terminal ' +
        'where it runs: the line with "?token=" in it.',
    );
}

/** The name of the cookie. It has the port, because browsers send a cookie to every port of a host. */
const cookieName = (port: number): string => `transplant-${port}`;

/**
 * The value of `Set-Cookie`. Scripts can't read the cookie, requests that another site begins do not have it, and it
 * ends with the browser's session.
 */
export function setCookie(port: number, secret: string): string {
  return `${cookieName(port)}=${secret}; HttpOnly; SameSite=Strict; Path=/`;
}

/** Whether a `Cookie` header has the secret. Another program on this host may have set a cookie of the same name. */
function hasSecret(header: string | undefined, port: number, secret: string): boolean {
  const prefix = `${cookieName(port)}=`;
  const values = (header ?? '')
    .split(';')
    .map((pair) => pair.trim())
    .filter((pair) => pair.startsWith(prefix))
    .map((pair) => pair.slice(prefix.length));
  return values.some((value) => sameSecret(value, secret));
}

/** 32 random bytes in base64url: 43 characters that need no escaping in a URL or a cookie. */
export function newSecret(): string {
  return randomBytes(32).toString('base64url');
}

/** Compares two texts in a time that does not depend on where they differ, by their hashes, which have one length. */
export function sameSecret(given: string, secret: string): boolean {
  return timingSafeEqual(sha256(given), sha256(secret));
}

const sha256 = (text: string): Buffer => createHash('sha256').update(text).digest();

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

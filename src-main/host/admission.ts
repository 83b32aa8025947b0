import { createHash, timingSafeEqual } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { UserError } from '../errors.ts';
import type { Keys } from './keys.ts';

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
  /** Values of the `Host` header that mean this server, in lower case. */
  readonly hosts: ReadonlySet<string>;
  readonly keys: Keys;
}

/** The subprotocol of the web socket. A page offers its token as another one, because it can't set a header there. */
export const SUBPROTOCOL = 'transplant';

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

/** Throws HttpError unless the page has a token, as a header, or as a subprotocol of its web socket. */
export function checkToken({ headers }: IncomingMessage, { keys }: Admission): void {
  const [, bearer] = /^Bearer ([\w-]{43})$/.exec(headers.authorization ?? '') ?? [];
  const offered = headers['sec-websocket-protocol']?.split(',').map((name) => name.trim()) ?? [];
  const given = [bearer ?? '', ...offered.slice(0, 2)];
  if (!given.some((text) => keys.tokens.some((token) => sameSecret(text, token))))
    throw new HttpError(
      403,
      'This browser has no access yet, or Transplant was started again. Open the link that Transplant printed in the ' +
        'terminal where it runs: the line with "#token=" in it.',
    );
}

/** Compares two texts in a time that does not depend on where they differ, by their hashes, which have one length. */
export function sameSecret(given: string, secret: string): boolean {
  return timingSafeEqual(sha256(given), sha256(secret));
}

const sha256 = (text: string): Buffer => createHash('sha256').update(text).digest();

import type { IncomingMessage } from 'node:http';
import { hasSecret } from './cookie.ts';
import { HttpError } from './refused.ts';

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

import type { IncomingMessage } from 'node:http';
import { holdsSecret } from './cookie.ts';
import { Refused } from './refused.ts';

export interface Admission {
  readonly port: number;
  /** Values of `Host` that mean this server, in lower case. */
  readonly hosts: ReadonlySet<string>;
  /** What the cookie must hold. */
  readonly key: string;
}

/**
 * Whether a request was meant for this server: a page elsewhere whose name was pointed at 127.0.0.1 (DNS rebinding) says
 * its own name as `Host`. Throws Refused.
 */
export function checkHost({ headersDistinct }: IncomingMessage, { hosts }: Admission): void {
  const given = headersDistinct.host ?? [];
  if (given.length !== 1 || !hosts.has(given[0].toLowerCase()))
    throw new Refused(
      403,
      'Transplant does not answer to this address. Open the link that it printed in its terminal; ' +
        'through a tunnel or proxy, use the same port at both ends, or start it with --known-as HOST:PORT.',
    );
}

/**
 * Whether a page of ours sent the request. Browsers say the page's origin with all that changes something and with each
 * web socket, and pages can't forge it; with plain GETs they leave it out. Throws Refused.
 */
export function checkOrigin({ headers }: IncomingMessage, { required }: { required: boolean }): void {
  const { origin, host } = headers;
  if (origin === undefined ? required : origin !== `http://${host}` && origin !== `https://${host}`)
    throw new Refused(403, 'This was asked for by a page that is not Transplant.');
}

/** Whether the browser was let in with the link. Throws Refused. */
export function checkCookie({ headers }: IncomingMessage, { port, key }: Admission): void {
  if (!holdsSecret(headers.cookie, port, key))
    throw new Refused(
      403,
      'This browser was not let in yet, or Transplant was started again since. Open the link that Transplant printed in ' +
        'the terminal where it runs: the line with "?token=" in it.',
    );
}

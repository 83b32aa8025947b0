import { sameSecret } from './secret.ts';

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
export function hasSecret(header: string | undefined, port: number, secret: string): boolean {
  const prefix = `${cookieName(port)}=`;
  const values = (header ?? '')
    .split(';')
    .map((pair) => pair.trim())
    .filter((pair) => pair.startsWith(prefix))
    .map((pair) => pair.slice(prefix.length));
  return values.some((value) => sameSecret(value, secret));
}

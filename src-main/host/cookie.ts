import { sameSecret } from './secret.ts';

/** Browsers send a cookie to every port of a host: its name says which Transplant it belongs to. */
const cookieName = (port: number): string => `transplant-${port}`;

/** The value of `Set-Cookie`. Not for scripts, not for requests that another site began, gone with the browser. */
export function setCookie(port: number, secret: string): string {
  return `${cookieName(port)}=${secret}; HttpOnly; SameSite=Strict; Path=/`;
}

/** Whether a `Cookie` header holds the secret. Another program on this host may have set a cookie of the same name. */
export function holdsSecret(header: string | undefined, port: number, secret: string): boolean {
  const prefix = `${cookieName(port)}=`;
  const values = (header ?? '')
    .split(';')
    .map((pair) => pair.trim())
    .filter((pair) => pair.startsWith(prefix))
    .map((pair) => pair.slice(prefix.length));
  return values.some((value) => sameSecret(value, secret));
}

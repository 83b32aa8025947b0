import { protocol } from 'electron';
import type { Page } from '../api/pages.ts';
import { HOST, SCHEME } from './address.ts';

/**
 * Gives the page's scheme the rights of https: an origin, relative addresses, fetch and a secure context. Called before
 * `ready`.
 */
export function registerScheme(): void {
  protocol.registerSchemesAsPrivileged([
    { scheme: SCHEME, privileges: { standard: true, secure: true, supportFetchAPI: true, codeCache: true } },
  ]);
}

/** Answers requests of the page's scheme with `page` (api/pages.ts). Called after `ready`. */
export function serveScheme(page: (path: string) => Promise<Page>): void {
  protocol.handle(SCHEME, async ({ method, url }) => {
    const { host, pathname } = new URL(url);
    if (method !== 'GET' || host !== HOST) return new Response(null, { status: 403 });
    const { status, headers, body } = await page(pathname);
    return new Response(body, { status, headers });
  });
}

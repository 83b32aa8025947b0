import { app, protocol, session, type WebContents } from 'electron';
import type { Page } from '../api/pages.ts';
import { DEVELOPMENT_PAGE, HOST, isPage, SCHEME } from './address.ts';

/** The schemes that the page needs; others reach the network or the disk. `devtools` is for Chromium's own tools. */
const NEEDED = /^(transplant|blob|data|devtools):/;

/** Forbids what the pages of this and every later window never need. Called before `ready`. */
export function restrictContents(): void {
  app.enableSandbox();
  app.on('web-contents-created', (_event, contents) => restrict(contents));
}

function restrict(contents: WebContents): void {
  contents.setWindowOpenHandler(() => ({ action: 'deny' }));
  contents.on('will-attach-webview', (event) => event.preventDefault());
  // Reloading the page is the only navigation.
  const preventNavigation = (event: { url: string; isMainFrame: boolean; preventDefault(): void }) => {
    if (!event.isMainFrame || !isPage(event.url)) event.preventDefault();
  };
  contents.on('will-frame-navigate', preventNavigation);
  contents.on('will-redirect', preventNavigation);
}

/**
 * Denies all permissions and devices, and all requests of schemes that the page does not need. Called after `ready`.
 */
export function restrictSession(): void {
  const { defaultSession } = session;
  defaultSession.setPermissionRequestHandler((_contents, _permission, answer) => answer(false));
  defaultSession.setPermissionCheckHandler(() => false);
  defaultSession.setDevicePermissionHandler(() => false);
  // The page's content security policy forbids these as well; this covers what the policy does not.
  defaultSession.webRequest.onBeforeRequest(({ url }, answer) => answer({ cancel: !NEEDED.test(url) && !isVite(url) }));
}

/** Never in a program that was built. Vite tells the page by a web socket what has changed. */
const isVite = (url: string): boolean =>
  DEVELOPMENT_PAGE !== undefined && URL.parse(url)?.host === new URL(DEVELOPMENT_PAGE).host;

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

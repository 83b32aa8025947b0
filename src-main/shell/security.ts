import { app, session, type WebContents } from 'electron';
import { DEVELOPMENT_PAGE, isPage } from './address.ts';

/** All that the page needs; what else there is reaches the network or the disk. The last are Chromium's own tools. */
const NEEDED = /^(transplant|blob|data|devtools):/;

/** Shuts what the page never needs, for this and every later window. Before `ready`. */
export function sealContents(): void {
  app.enableSandbox();
  app.on('web-contents-created', (_event, contents) => seal(contents));
}

function seal(contents: WebContents): void {
  contents.setWindowOpenHandler(() => ({ action: 'deny' }));
  contents.on('will-attach-webview', (event) => event.preventDefault());
  // To reload the page is all there is of navigation.
  const stay = (event: { url: string; isMainFrame: boolean; preventDefault(): void }) => {
    if (!event.isMainFrame || !isPage(event.url)) event.preventDefault();
  };
  contents.on('will-frame-navigate', stay);
  contents.on('will-redirect', stay);
}

/** Denies all permissions and devices, and every request that leaves the page's scheme. After `ready`. */
export function sealSession(): void {
  const { defaultSession } = session;
  defaultSession.setPermissionRequestHandler((_contents, _permission, answer) => answer(false));
  defaultSession.setPermissionCheckHandler(() => false);
  defaultSession.setDevicePermissionHandler(() => false);
  // The page's policy forbids these as well; this holds for what no policy covers.
  defaultSession.webRequest.onBeforeRequest(({ url }, answer) => answer({ cancel: !NEEDED.test(url) && !isVite(url) }));
}

/** Never in a program that was built. Vite tells the page by a web socket what has changed. */
const isVite = (url: string): boolean =>
  DEVELOPMENT_PAGE !== undefined && URL.parse(url)?.host === new URL(DEVELOPMENT_PAGE).host;

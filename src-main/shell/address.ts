/** Where the window's page lives: a scheme of its own, so that it has an origin, and none that the network can have. */
export const SCHEME = 'transplant';
export const HOST = 'app';

/** What the build writes in place of this name (electron.config.ts): true for `npm run dev` alone. */
declare const DEVELOPMENT: boolean | undefined;

/**
 * Vite's address, which electron-vite says where it serves the page of a program that is being worked on. Undefined in every
 * program that was built, whatever its environment.
 */
export const DEVELOPMENT_PAGE =
  typeof DEVELOPMENT === 'boolean' && DEVELOPMENT ? process.env.ELECTRON_RENDERER_URL : undefined;

export const PAGE = new URL('/', DEVELOPMENT_PAGE ?? `${SCHEME}://${HOST}`).href;

/** The page after its renderer crashed; it says so. */
export const RECOVERED_PAGE = `${PAGE}?recovered=1`;

/** Whether a URL is the window's page, whatever its query and fragment: nothing else may be loaded or be answered. */
export function isPage(url: string): boolean {
  const [parsed, page] = [URL.parse(url), new URL(PAGE)];
  return parsed !== null && parsed.protocol === page.protocol && parsed.host === page.host && parsed.pathname === '/';
}

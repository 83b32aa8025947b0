/** The page has a scheme of its own, which gives it an origin that no page of the network can have. */
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

/** The address of the page after its renderer crashed, which makes it say so. */
export const RECOVERED_PAGE = `${PAGE}?recovered=1`;

/** Whether a URL is that of the window's page, with any query and fragment. Nothing else may be loaded or answered. */
export function isPage(url: string): boolean {
  const [parsed, page] = [URL.parse(url), new URL(PAGE)];
  return parsed !== null && parsed.protocol === page.protocol && parsed.host === page.host && parsed.pathname === '/';
}

/**
 * The two IPC channels between preload and main. Everything else goes through the port that the first one hands over.
 */
export const CONNECT = 'transplant:connect';
export const COMMAND = 'transplant:command';

/** Where the window's page lives: a scheme of its own, so that it has an origin, and none that the network can have. */
export const SCHEME = 'transplant';
export const HOST = 'app';
export const PAGE = `${SCHEME}://${HOST}/`;

/** The page after its renderer crashed; it says so. */
export const RECOVERED_PAGE = `${PAGE}?recovered=1`;

/** Whether a URL is the window's page, whatever its query and fragment: nothing else may be loaded or be answered. */
export function isPage(url: string): boolean {
  const parsed = URL.parse(url);
  return parsed !== null && parsed.protocol === `${SCHEME}:` && parsed.host === HOST && parsed.pathname === '/';
}

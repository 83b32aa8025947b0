/** The page has a scheme of its own, which gives it an origin that no page of the network can have. */
export const SCHEME = 'transplant';
export const HOST = 'app';
export const PAGE = `${SCHEME}://${HOST}/`;

/** The address of the page after its renderer crashed, which makes it say so. */
export const RECOVERED_PAGE = `${PAGE}?recovered=1`;

/** Whether a URL is that of the window's page, with any query and fragment. Nothing else may be loaded or answered. */
export function isPage(url: string): boolean {
  const parsed = URL.parse(url);
  return parsed !== null && parsed.protocol === `${SCHEME}:` && parsed.host === HOST && parsed.pathname === '/';
}

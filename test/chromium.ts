import { existsSync } from 'node:fs';

/** Debian's two: the same browser without its own window, and a third sooner done with every page, comes first. */
const USUAL = ['/usr/bin/chromium-headless-shell', '/usr/bin/chromium'];

/** The Chromium that pages are tried in; the environment variable CHROMIUM names another. */
export const CHROMIUM = process.env.CHROMIUM ?? USUAL.find((path) => existsSync(path)) ?? USUAL[1];
export const hasChromium = existsSync(CHROMIUM);

import { existsSync } from 'node:fs';
import { chromium, type Browser, type BrowserContext, type LaunchOptions } from 'playwright-core';

/** Debian's two: the same browser without its own window, and a third sooner done with every page, comes first. */
const USUAL = ['/usr/bin/chromium-headless-shell', '/usr/bin/chromium'];

/** The Chromium that pages are tried in; the environment variable CHROMIUM names another. */
export const CHROMIUM = process.env.CHROMIUM ?? USUAL.find((path) => existsSync(path)) ?? USUAL[1];
export const hasChromium = existsSync(CHROMIUM);

const OPTIONS = { executablePath: CHROMIUM, args: ['--no-sandbox', '--disable-gpu'] } satisfies LaunchOptions;

let opened: Promise<Browser> | undefined;

/**
 * The one browser of this process, launched for whoever asks first. Files of tests that share a process share it: each
 * closes the contexts that it opens, never the browser, which ends with the process.
 */
export function openChromium(): Promise<Browser> {
  opened ??= chromium.launch(OPTIONS);
  return opened;
}

/** A browser of its own on a user's profile, which other processes reach through the port in `DevToolsActivePort`. */
export function openProfile(profile: string, flags: readonly string[]): Promise<BrowserContext> {
  return chromium.launchPersistentContext(profile, {
    ...OPTIONS,
    args: [...OPTIONS.args, '--remote-debugging-port=0', ...flags],
    viewport: null,
    // Signals are for who launched it: Playwright would close the browser under them.
    handleSIGINT: false,
    handleSIGTERM: false,
    handleSIGHUP: false,
  });
}

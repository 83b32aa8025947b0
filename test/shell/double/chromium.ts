import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { BrowserContext } from 'playwright-core';
import { openProfile } from '../../chromium.ts';

/** The page's scheme and host, and the origin that stands for them: Chromium alone does not know the scheme. */
export const OWN = 'transplant://app';
export const STAND_IN = 'http://app.localhost';

export const toChromium = (url: string): string => (url.startsWith(OWN) ? STAND_IN + url.slice(OWN.length) : url);
export const toElectron = (url: string): string => (url.startsWith(STAND_IN) ? OWN + url.slice(STAND_IN.length) : url);

let started: Promise<BrowserContext> | undefined;

/** One Chromium for the process, started with the first window. The test is told its debugging port. */
export function openChromium(): Promise<BrowserContext> {
  started ??= launch(process.env.DOUBLE_PROFILE!);
  return started;
}

async function launch(profile: string): Promise<BrowserContext> {
  // The event `close` of message ports, which Electron has and Chromium keeps behind a flag.
  const context = await openProfile(profile, ['--enable-blink-features=MessagePortCloseEvent']);
  process.send!({ debuggingPort: readFileSync(join(profile, 'DevToolsActivePort'), 'utf8').split('\n')[0] });
  return context;
}

export async function closeChromium(): Promise<void> {
  await (await started)?.close();
}

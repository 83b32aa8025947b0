import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync } from 'node:fs';
import { join } from 'node:path';
import { chromium, type BrowserContext, type Page } from 'playwright-core';
import { bundle } from '../e2e/bundle.ts';
import type { Launch, RunningShell } from './running-shell.ts';

const NODE = new URL('../../node_modules/node/bin/node', import.meta.url).pathname;
const DOUBLE = new URL('double/register.ts', import.meta.url).href;
const OWN = /^http:\/\/app\.localhost\//;

type Answer = { id: number; value?: unknown; problem?: string } | { debuggingPort: string };

/** Starts the built main on the double, in a Node of its own. */
export function spawnDouble(
  { home, profiles, words = [], environment, packaged }: Launch,
  output: 'inherit' | 'pipe' = 'inherit',
): ChildProcess {
  const main = packaged?.main ?? join(bundle(), 'main/index.js');
  return spawn(NODE, ['--import', DOUBLE, main, '--home', home, ...words], {
    stdio: ['ignore', output, output, 'ipc'],
    env: {
      ...process.env,
      XDG_CONFIG_HOME: profiles,
      DOUBLE_PROFILE: mkdtempSync(join(profiles, 'chromium-')),
      ...environment,
    },
  });
}

/** Runs the built main on the double, driven as Electron is. */
export async function launchDouble(options: Launch): Promise<RunningShell> {
  const child = spawnDouble(options);
  const exited = once(child, 'exit').then(([code, signal]) => code ?? signal);
  const waiting = new Map<number, (answer: Answer) => void>();
  let next = 0;
  const context = new Promise<BrowserContext>((resolve) =>
    child.on('message', (answer: Answer) => {
      if ('id' in answer) return waiting.get(answer.id)?.(answer);
      const address = `http://127.0.0.1:${answer.debuggingPort}`;
      // Downloads are the double's: with its defaults a second Playwright would take them to itself.
      resolve(chromium.connectOverCDP(address, { noDefaults: true }).then((browser) => browser.contexts()[0]));
    }),
  );

  return {
    exited,
    async evaluate(run, argument) {
      const id = next++;
      const { promise, resolve } = Promise.withResolvers<Answer>();
      waiting.set(id, resolve);
      child.send({ id, run: `${run}`, argument });
      const ended = exited.then((code) => ({ id, problem: `the shell has ended with ${code}` }));
      const answer = (await Promise.race([promise, ended])) as { value?: unknown; problem?: string };
      if (answer.problem) throw new Error(answer.problem);
      return answer.value as never;
    },
    page: async () => pageOf(await context),
    signal: (name) => void child.kill(name),
    async end() {
      // Chromium first: what is killed with its parent goes on writing for a moment.
      if (child.connected) child.send('end');
      await exited;
    },
  };
}

/** Chromium begins with an empty page of its own. */
async function pageOf(context: BrowserContext): Promise<Page> {
  const arrived = (page: Page) => page.waitForURL(OWN).then(() => page);
  return Promise.any([...context.pages().map(arrived), context.waitForEvent('page').then(arrived)]);
}

/** As `startElectron`. */
export const startDouble = async (options: Launch): Promise<number | string | null> =>
  (await launchDouble(options)).exited;

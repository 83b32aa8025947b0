import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe } from 'vitest';
import { CHROMIUM } from '../chromium.ts';
import { launch, pageClient, startAgain, used, type RunningShell } from './running-shell.ts';

const SAID = {
  electron: 'The shell is tested in Electron.\n',
  double: 'The shell is tested on a double of Electron, its page in Chromium: the Electron binary is not here.\n',
  nothing: `Skipped: the shell. There is neither Electron nor a Chromium at ${CHROMIUM}; set CHROMIUM to one.\n`,
};

/** A home folder and a user's profiles, made for one file of tests, and shells started on them. */
export interface Surroundings {
  readonly folder: string;
  start(...words: string[]): Promise<RunningShell>;
  /** Starts it a second time, beside the one that runs; resolves to the exit code. */
  startAgain(...words: string[]): Promise<number | string | null>;
  /** Kills whatever still runs. */
  endAll(): Promise<unknown>;
  /** The window's page with a client of the test's own, `window.api`, that is connected. */
  pageOf(shell: RunningShell): Promise<Page>;
}

/** A block of tests of the running shell; skipped, saying so, where there is nothing to run it on. */
export function describeShell(name: string, tests: (surroundings: Surroundings) => void): void {
  const shells: RunningShell[] = [];
  let folder: string;
  let client: string;
  const surroundings: Surroundings = {
    get folder() {
      return folder;
    },
    async start(...words) {
      const shell = await launch({ home: join(folder, 'home'), profiles: folder, words });
      shells.push(shell);
      return shell;
    },
    startAgain: (...words) => startAgain({ home: join(folder, 'home'), profiles: folder, words }),
    endAll: () => Promise.all(shells.splice(0).map((shell) => shell.end())),
    async pageOf(shell) {
      const page = await shell.page();
      await page.locator('main h1').first().waitFor();
      await page.evaluate(client);
      await page.evaluate(() => window.api.home.state());
      return page;
    },
  };
  describe.skipIf(used === 'nothing')(name, () => {
    beforeAll(async () => {
      folder = mkdtempSync(join(tmpdir(), 'shell-'));
      client = await pageClient();
    });
    afterAll(async () => {
      await surroundings.endAll();
      // A process of Electron that is about to end may still write.
      rmSync(folder, { recursive: true, force: true, maxRetries: 10 });
    });
    tests(surroundings);
  });
}

process.stderr.write(SAID[used]);

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { execFileSync } from 'node:child_process';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { WebSocketRoute } from 'playwright-core';
import { hasChromium } from '../chromium.ts';
import { imagesOf, writeFolder } from '../data/import-fixtures.ts';
import { dropFile } from './drop-file.ts';
import { madeUpHome } from './made-up-home.ts';
import { openWindow, type Window } from './window.ts';

describe.skipIf(!hasChromium)('a window whose connection is lost', () => {
  let window: Window;
  /** Ends of the page's connections, the newest last. */
  const sockets: WebSocketRoute[] = [];
  beforeAll(async () => {
    const { home } = await madeUpHome([{ name: 'A study', replicates: 1, trainingSeed: 1 }]);
    window = await openWindow({ home });
    await window.page.routeWebSocket(/\/connection$/, (socket) => {
      socket.connectToServer();
      sockets.push(socket);
    });
    await window.page.reload();
  });
  afterAll(() => window?.close());

  it.each([
    ['Start', 'How transferable are the features that a network learns?'],
    ['Data', 'Images'],
    ['Split', 'Split the classes'],
    ['Study', 'Set up the study'],
    ['Live', 'A study'],
    ['Filters', 'Filters'],
    ['Results', 'A study'],
    ['Engine', 'Engine'],
  ])('keeps %s on the screen, says so, and goes on by itself', async (screen, title) => {
    const { page } = window;
    await page.getByRole('navigation').getByRole('link', { name: screen }).click();
    await expect.poll(() => page.title()).toBe(`${screen} · Transplant`);
    // Some screens have the study's name for a title, once they know it.
    const heading = page.getByRole('heading', { level: 1 });
    await expect.poll(() => heading.innerText()).toBe(title);
    await page.getByText('Nothing is running.').waitFor();
    const connections = sockets.length;
    await sockets.at(-1)!.close({ code: 1001 });
    await expect.poll(() => sockets.length, { timeout: 30_000 }).toBe(connections + 1);
    await page.getByText('Nothing is running.').waitFor();
    await expect.poll(() => heading.innerText()).toBe(title);
    expect(await page.getByText('This screen failed').count()).toBe(0);
  });

  it('takes what is dropped before there is a connection, and imports it once there is one', async () => {
    const page = await window.page.context().newPage();
    const asked = Promise.withResolvers<void>();
    const answered = Promise.withResolvers<void>();
    await page.route('**/session', async (route) => {
      asked.resolve();
      await answered.promise;
      await route.continue();
    });
    const folder = join(mkdtempSync(join(tmpdir(), 'early-')), 'birds');
    await writeFolder(folder, await imagesOf(['eagle', 'finch'], 4));
    execFileSync('tar', ['-cf', `${folder}.tar`, '-C', dirname(folder), 'birds']);
    await page.goto(window.host.link);
    await asked.promise;
    await page.locator('main').getByText('Connecting …').waitFor();
    await dropFile(page.locator('main'), `${folder}.tar`);
    await page.waitForURL(/#\/data$/);
    answered.resolve();
    await page.getByText('birds is imported.').waitFor();
    await page.close();
  });

  it('waits with a question to a network until there is a connection again', async () => {
    const { page } = window;
    await page.evaluate(() => (location.hash = '#/results'));
    const ask = page.getByRole('group', { name: /^Ask .* what is in images/ });
    await ask.waitFor();
    const answered = Promise.withResolvers<void>();
    await page.route('**/session', async (route) => {
      await answered.promise;
      await route.continue();
    });
    await sockets.at(-1)!.close({ code: 1001 });
    await page.locator('footer').getByText('Connecting …').waitFor();
    await dropFile(ask, new URL('../../resources/readme-figure.png', import.meta.url).pathname);
    await ask.getByText('Asking the network …').waitFor();
    answered.resolve();
    // Nobody trained these networks.
    await ask
      .getByRole('alert')
      .getByText(/^The weights of .* are not here/)
      .waitFor();
  });

  it('has said nothing on the console', () => expect(window.complaints).toEqual([]));
});

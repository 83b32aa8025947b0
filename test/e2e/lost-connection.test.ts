import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { WebSocketRoute } from 'playwright-core';
import { hasChromium } from '../chromium.ts';
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

  it('has said nothing on the console', () => expect(window.complaints).toEqual([]));
});

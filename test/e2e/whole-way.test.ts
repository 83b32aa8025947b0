import { createServer } from 'node:net';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { imagesOf, writeFolder } from '../data/import-fixtures.ts';
import { temporaryFolder } from '../store/temporary-folder.ts';
import { hasChromium, openChromium } from '../chromium.ts';
import { bundle } from './bundle.ts';
import { startServe } from './serve-process.ts';
import { picture } from './window.ts';

const CLASSES = ['ant', 'bee', 'cat', 'dog', 'elk', 'fox', 'gnu', 'hen'];

/** One person's whole way, through the real command in a process of its own, which is killed in the middle. */
describe.skipIf(!hasChromium)('from a folder of images to the answer', () => {
  beforeAll(() => void bundle(), 300_000);

  it(
    'imports, splits, trains, loses its process, goes on, and shows and saves what came out',
    { timeout: 300_000 },
    async () => {
      const home = temporaryFolder();
      const birds = await writeFolder(join(temporaryFolder(), 'animals'), await imagesOf(CLASSES, 50));
      const words = ['serve', '--port', String(await freePort()), '--home', home];
      const first = startServe(words);
      const browser = await openChromium();
      const context = await browser.newContext({ viewport: { width: 1280, height: 800 }, acceptDownloads: true });
      onTestFinished(() => context.close());
      const page = await context.newPage();
      const complaints = listen(page);
      await page.goto(await first.link);
      await page.getByRole('heading', { name: /How transferable/ }).waitFor();

      // A folder from the file manager, dropped on the first page.
      await drop(page, [birds]);
      await page.getByText('animals is imported.').waitFor({ timeout: 60_000 });
      await page.getByText('8 classes, 320 images to train on and 80 held out, 32 × 32 pixels.').waitFor();
      await page.getByRole('button', { name: 'Use these images' }).click();

      // One class to the other half by mouse, one back by keyboard.
      const half = (name: string) => page.getByRole('region', { name });
      const classes = async (name: string) =>
        (await half(name).getByRole('option').locator('.name').allInnerTexts()).map((text) => text.trim());
      // The screen of images has options too.
      for (const name of ['Half A', 'Half B']) await half(name).getByRole('option').first().waitFor();
      const [moved] = await classes('Half A');
      await half('Half A').getByRole('option').first().dragTo(half('Half B'));
      await expect.poll(() => classes('Half B')).toContain(moved);
      const [back] = await classes('Half B');
      await half('Half B').getByRole('listbox').focus();
      await page.keyboard.press('Home');
      await page.keyboard.press('Space');
      await page.keyboard.press('a');
      await expect.poll(() => classes('Half A')).toContain(back);
      await page.getByRole('button', { name: 'Continue' }).click();

      // The smoke study at one of its three cuts, with what it takes said before it is run.
      await page.getByRole('radio', { name: /Smoke/ }).check();
      await page
        .getByText(/^17 trainings/)
        .first()
        .waitFor();
      for (const n of [4, 7]) await page.getByRole('checkbox', { name: new RegExp(`^Cut n = ${n},`) }).uncheck();
      await page
        .getByText(/^7 trainings/)
        .first()
        .waitFor();
      await page.getByRole('button', { name: 'Run the study' }).click();
      await page.getByText(/of 7 networks finished/).waitFor();
      await picture(page, 'whole-way-live');
      await page.getByText(/^[1-9] of 7 networks finished/).waitFor({ timeout: 120_000 });

      // The plug is pulled; the page that is open finds the next process by itself.
      first.child.kill('SIGKILL');
      await first.ended;
      await startServe(words).link;
      await page.getByRole('button', { name: 'Resume' }).click({ timeout: 30_000 });
      await page
        .getByRole('link', { name: 'See the results' })
        .or(page.getByRole('button', { name: 'See the results' }))
        .first()
        .click({ timeout: 240_000 });

      // The curves, the filters, the report.
      await page.getByRole('heading', { name: 'The answer at a glance' }).waitFor();
      await page
        .getByRole('slider', { name: /Top-1 accuracy/ })
        .first()
        .waitFor();
      await picture(page, 'whole-way-results');
      await page.getByRole('button', { name: 'Export the report' }).click();
      await page.getByRole('button', { name: 'Write the report' }).click();
      const [download] = await Promise.all([
        page.waitForEvent('download', { timeout: 120_000 }),
        page.getByRole('link', { name: 'Download all as a zip' }).click({ timeout: 120_000 }),
      ]);
      expect(download.suggestedFilename()).toMatch(/^transplant-[0-9a-f]{12}\.zip$/);
      await page.getByRole('button', { name: 'Close' }).first().click();
      await page.getByRole('navigation').getByRole('link', { name: 'Filters' }).click();
      await page.getByRole('group', { name: /^32 filters of baseA/ }).waitFor();
      await page.getByRole('group', { name: /^32 filters of baseB/ }).waitFor();
      // Only that the process was gone for a while.
      expect(
        complaints.filter((complaint) => !/WebSocket|ERR_CONNECTION_REFUSED|Failed to load resource/.test(complaint)),
      ).toEqual([]);
    },
  );
});

function listen(page: Page): string[] {
  const complaints: string[] = [];
  page.on('console', (message) => message.type() === 'error' && complaints.push(message.text()));
  page.on('pageerror', (error) => complaints.push(error.message));
  return complaints;
}

/** As from a file manager. */
async function drop(page: Page, files: string[]): Promise<void> {
  const session = await page.context().newCDPSession(page);
  const data = { items: [], files, dragOperationsMask: 1 };
  for (const type of ['dragEnter', 'dragOver', 'drop'] as const)
    await session.send('Input.dispatchDragEvent', { type, x: 640, y: 400, data });
}

/** Both processes must have the same, so that the page finds the second. */
function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const { port } = server.address() as { port: number };
      server.close(() => resolve(port));
    });
  });
}

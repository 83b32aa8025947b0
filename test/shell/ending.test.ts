import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { afterEach, expect, it } from 'vitest';
import { describeShell } from './fixture.ts';
import type { RunningShell } from './running-shell.ts';

/** A study that does not end while a test looks at it. */
const ENDLESS = { preset: 'smoke', data: 'dead-leaves', epochs: 5000 } as const;
const BACKGROUND = 0;
const STOP = 1;
const CANCEL = 2;
/** Milliseconds: real images are made and real trainings begin. */
const PATIENCE = 180_000;

describeShell('leaving while a study is under way', (surroundings) => {
  const { start, startAgain, pageOf, endAll } = surroundings;
  // The next test's shell would only show this one's window.
  afterEach(endAll);
  /** A home that was closed as it should has no note of who works in it. */
  const leftOpen = () => existsSync(join(surroundings.folder, 'home', 'lock.json'));

  it(
    'is asked about; each answer does what it says, and nothing is lost',
    async () => {
      const shell = await start();
      const page = await pageOf(shell);
      const study = await page.evaluate(async (request) => (await window.api.studies.run(request)).study, ENDLESS);
      expect(await progress(shell)).toBeGreaterThanOrEqual(0);
      expect(await awake(shell)).toBe(true);

      await copiesTheKey(page);

      // Cancel: nothing changes.
      await answerWith(shell, CANCEL);
      await closeWindow(shell);
      expect(await asked(shell)).toBe('A study is still under way.');
      await answerWith(shell, CANCEL);
      await shell.evaluate(({ app }) => app.quit());
      expect(await asked(shell)).toBe('A study is still under way.');
      expect(await underWay(page)).toBe(study);

      // In the background: the window goes, the study does not.
      await answerWith(shell, BACKGROUND);
      const closed = page.waitForEvent('close');
      await closeWindow(shell);
      await asked(shell);
      await closed;
      expect(await shell.evaluate(({ BrowserWindow }) => BrowserWindow.getAllWindows().length)).toBe(0);
      expect(await awake(shell)).toBe(true);

      // A second start shows it again.
      const again = shell.page();
      expect(await startAgain()).toBe(0);
      await again;
      const newPage = await pageOf(shell);
      expect(await underWay(newPage)).toBe(study);

      // Stop: the program ends, and the study can go on.
      await answerWith(shell, STOP);
      await closeWindow(shell);
      expect(await shell.exited).toBe(0);
      expect(leftOpen()).toBe(false);

      const restarted = await start();
      const list = await (await pageOf(restarted)).evaluate(() => window.api.studies.list());
      expect(list.map(({ id, status }) => [id, status])).toEqual([[study, 'stopped']]);
      await restarted.evaluate(({ app }) => app.quit());
      expect(await restarted.exited).toBe(0);
    },
    PATIENCE,
  );

  it('asks for an import as well; when it has ended in the background, so does the program', async () => {
    const shell = await start();
    const page = await pageOf(shell);
    expect((await page.evaluate(() => window.api.settings.read())).notifications).toBe(false);
    await page.evaluate(() => window.api.settings.change({ notifications: true }));
    await page.evaluate(() => window.api.images.makeDeadLeaves({ size: 32, train: 300, heldOut: 50 }));
    await answerWith(shell, BACKGROUND);
    await hearNotification(shell);
    await closeWindow(shell);
    expect(await asked(shell)).toBe('An import is still under way.');
    const told = await shell.evaluate(() => (globalThis as Record<string, unknown>).notified as Promise<string | null>);
    if (told !== null) {
      expect(told).toBe('7,000 images were imported.');
      await shell.evaluate(() =>
        ((globalThis as Record<string, unknown>).notification as NodeJS.EventEmitter).emit('close'),
      );
    }
    expect(await shell.exited).toBe(0);
  });

  it.skipIf(process.platform === 'win32')(
    'by a signal asks nobody: it stops and stores',
    async () => {
      const shell = await start();
      const page = await pageOf(shell);
      const study = await page.evaluate(async (request) => (await window.api.studies.run(request)).study, ENDLESS);
      shell.signal('SIGTERM');
      expect(await shell.exited).toBe(0);
      expect(leftOpen()).toBe(false);
      const restarted = await start();
      const list = await (await pageOf(restarted)).evaluate(() => window.api.studies.list());
      expect(list.map(({ id, status }) => [id, status])).toEqual([[study, 'stopped']]);
      restarted.signal('SIGTERM');
      expect(await restarted.exited).toBe(0);
    },
    PATIENCE,
  );
});

/** Live copies the whole key of the training that it shows, though the page has no permission for the clipboard. */
async function copiesTheKey(page: Page): Promise<void> {
  await page.evaluate(() => (location.hash = '#/live'));
  const copy = page.getByRole('button', { name: /^Copy the key of this training/ });
  const key = await page.locator('dd:has(button) code').getAttribute('title');
  await copy.click();
  await page.getByText('Copied', { exact: true }).waitFor();
  await page.evaluate(() => {
    const field = document.body.appendChild(document.createElement('textarea'));
    field.id = 'pasted';
  });
  await page.locator('#pasted').press('ControlOrMeta+V');
  expect(await page.locator('#pasted').inputValue()).toBe(key);
  await page.evaluate(() => document.getElementById('pasted')!.remove());
}

const closeWindow = (shell: RunningShell) =>
  shell.evaluate(({ BrowserWindow }) => BrowserWindow.getAllWindows()[0].close());

/** Presses this button of the next question. */
function answerWith(shell: RunningShell, button: number): Promise<void> {
  return shell.evaluate(({ dialog }, response) => {
    const { promise, resolve } = Promise.withResolvers();
    (globalThis as Record<string, unknown>).question = promise;
    dialog.showMessageBox = (async (...words: { message: string }[]) => {
      resolve(words.at(-1)!.message);
      return { response };
    }) as never;
  }, button);
}

/** The question, once it was asked. */
const asked = (shell: RunningShell) =>
  shell.evaluate(() => (globalThis as Record<string, unknown>).question as Promise<string>);

/** What the first notification says, in `notified`; null where the system has none. */
const hearNotification = (shell: RunningShell) =>
  shell.evaluate(({ Notification }) => {
    const { promise, resolve } = Promise.withResolvers<string | null>();
    const here = globalThis as Record<string, unknown>;
    here.notified = promise;
    if (!Notification.isSupported()) resolve(null);
    // `show` is each notification's own: it is replaced once the program listens to one.
    const { on } = Object.getPrototypeOf(Notification.prototype) as typeof Notification.prototype;
    Notification.prototype.on = function (this: typeof Notification.prototype, ...words: unknown[]) {
      here.notification = this;
      this.show = () => resolve(this.body);
      return on.apply(this, words as never);
    } as never;
  });

/** What the task bar is told next. */
const progress = (shell: RunningShell) =>
  shell.evaluate(
    ({ BrowserWindow }) =>
      new Promise<number>((resolve) => {
        BrowserWindow.getAllWindows()[0].setProgressBar = resolve;
      }),
  );

const underWay = (page: Page) =>
  page.evaluate(async () => {
    for await (const { study } of await window.api.home.watch()) return study?.study;
  });

/** Whether the machine is kept from suspending. */
const awake = (shell: RunningShell) =>
  shell.evaluate(({ powerSaveBlocker }) => [0, 1, 2, 3, 4, 5].some((id) => powerSaveBlocker.isStarted(id)));

import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { UserError } from '../../src-main/errors.ts';
import { hasChromium } from '../chromium.ts';
import { sideways } from './sideways.ts';
import { openWindow, type Window } from './window.ts';

describe.skipIf(!hasChromium)('the Settings screen', () => {
  let window: Window;
  beforeAll(async () => {
    window = await openWindow({ at: '#/settings' });
  });
  afterAll(() => window.close());

  it('has the colours that are chosen, on every page and after a reload', async () => {
    const { page } = window;
    const dark = () => page.evaluate(() => getComputedStyle(document.body).backgroundColor);
    await page.getByRole('heading', { name: 'Settings' }).waitFor();
    await page.getByText('Results and curves').waitFor();
    const light = await dark();
    expect(await window.violations()).toEqual([]);
    await window.screenshot('settings');
    const narrow = await window.openPage({ width: 420, at: '#/settings' });
    await narrow.getByText('Results and curves').waitFor();
    expect(await sideways(narrow)).toEqual([]);
    await narrow.context().close();
    const other = await window.openPage({ at: '#/results' });
    await page.getByRole('radio', { name: 'dark' }).check();
    await expect.poll(dark).not.toBe(light);
    expect(await window.violations()).toEqual([]);
    await window.screenshot('settings-dark');
    await expect.poll(() => other.evaluate(() => document.documentElement.style.colorScheme)).toBe('dark');
    await other.context().close();
    await page.reload();
    await page.getByRole('heading', { name: 'Settings' }).waitFor();
    expect(await dark()).not.toBe(light);
    await page.getByRole('radio', { name: 'as the system has them' }).check();
    await expect.poll(dark).toBe(light);
  });

  it('keeps how much runs at once, and uses it where a study doesn’t say', async () => {
    const { page } = window;
    const field = page.getByLabel('Trainings at once');
    await field.fill('3');
    await field.blur();
    const settings = () => JSON.parse(window.workspace.application.store.setting('settings') ?? '{}') as object;
    await expect.poll(settings).toMatchObject({ workers: 3 });
    await field.fill('0');
    await field.blur();
    await page.getByText('Write a whole number from 1 to 256.').waitFor();
    expect(settings()).toMatchObject({ workers: 3 });
    await page.evaluate(() => (location.hash = '#/study'));
    await page.getByText('More settings').click();
    expect(await page.getByLabel('Trainings at once').getAttribute('placeholder')).toBe('3');
    await page.evaluate(() => (location.hash = '#/settings'));
  });

  it('switches the key ? off', async () => {
    const { page } = window;
    const sheet = page.getByRole('dialog', { name: 'Keyboard shortcuts' });
    const tick = page.getByLabel('The key ? shows the keyboard shortcuts');
    await tick.uncheck();
    await expect.poll(() => tick.isChecked()).toBe(false);
    await page.locator('#content').focus();
    await page.keyboard.press('?');
    await page.keyboard.press('Control+k');
    await page.getByRole('dialog', { name: 'Go to or do' }).waitFor();
    expect(await sheet.count()).toBe(0);
    await page.keyboard.press('Escape');
  });

  it('tells what has ended to whoever looks elsewhere, once that is turned on and allowed', async () => {
    const { page } = window;
    await page.evaluate(() => {
      const told: unknown[] = [];
      let permission = 'denied';
      class Heard {
        static get permission(): string {
          return permission;
        }
        static requestPermission = async () => permission;
        constructor(title: string, { body }: { body: string }) {
          told.push(title, body);
        }
        close(): void {}
      }
      document.hasFocus = () => false;
      Object.assign(window, { Notification: Heard, told, allow: () => (permission = 'granted') });
    });
    const here = window.page;
    const told = () => here.evaluate(() => (window as unknown as { told: unknown[] }).told);
    const importSome = async (train: number) => {
      const id = window.workspace.beginDeadLeaves({ size: 32, train, heldOut: 2 });
      const ended = () => window.workspace.activity().imports.find((one) => one.id === id)?.state;
      await expect.poll(ended, { timeout: 30_000 }).toBe('done');
    };
    await importSome(2);
    // The page has heard of that end, too, which is of a time when nothing was to be told.
    await page.evaluate(() => (location.hash = '#/data'));
    await page.getByText('The built-in images are made.').first().waitFor();
    await page.evaluate(() => (location.hash = '#/settings'));
    const box = page.getByLabel('Notify me when');
    await box.click();
    await page.getByText('Your browser does not allow this page to notify').waitFor();
    expect(await box.isChecked()).toBe(false);
    await page.evaluate(() => (window as unknown as { allow: () => void }).allow());
    await box.check();
    await expect.poll(() => window.workspace.application.store.setting('settings')).toContain('"notifications":true');
    await importSome(3);
    await expect.poll(async () => (await told()).length).toBe(2);
    expect((await told())[1]).toMatch(/images were imported/);
    await page.getByText('This build names no place to look for newer versions').waitFor();
  });

  it('copies diagnostics with one press, without a path', async () => {
    const { page } = window;
    await page.getByRole('button', { name: 'Copy diagnostics' }).click();
    const shown = page.getByRole('region', { name: 'What was copied' });
    await shown.waitFor();
    const text = await shown.innerText();
    expect(text).toContain('engine onnx:');
    expect(text).not.toContain(window.home);
    expect(await window.violations()).toEqual([]);
    await window.screenshot('diagnostics');
  });

  it('moves a home in a dialog that says how far it is, or why not', async () => {
    const { workspace } = window;
    vi.spyOn(workspace, 'movable', 'get').mockReturnValue(true);
    const asked: string[] = [];
    let { promise, resolve } = Promise.withResolvers<void>();
    vi.spyOn(workspace, 'moveHome').mockImplementation(async (to, { onProgress }) => {
      asked.push(to);
      onProgress!({ phase: 'copying', done: 2 ** 20, total: 4 * 2 ** 20 });
      await promise;
      if (asked.length === 1) throw new UserError('There is no room for the home folder at /mnt/small.');
    });
    const page = await window.openPage({ at: '#/settings' });
    await page.getByRole('button', { name: 'Move …' }).click();
    const dialog = page.getByRole('dialog', { name: 'Move the home folder' });
    await dialog.getByLabel('New folder').fill('/mnt/small');
    await dialog.getByRole('button', { name: 'Copy and use it' }).click();
    await dialog.getByText('1 MiB / 4 MiB').waitFor();
    expect(await window.violations(page)).toEqual([]);
    // What goes on stays in sight.
    await page.keyboard.press('Escape');
    expect(await dialog.getByText('1 MiB / 4 MiB').count()).toBe(1);
    resolve();
    const refusal = dialog.getByText('There is no room for the home folder at /mnt/small.');
    await refusal.waitFor();
    await page.keyboard.press('Escape');
    await dialog.waitFor({ state: 'detached' });
    await page.getByRole('button', { name: 'Move …' }).click();
    await dialog.waitFor();
    expect(await refusal.count()).toBe(0);
    ({ promise, resolve } = Promise.withResolvers<void>());
    await dialog.getByLabel('New folder').fill('/mnt/large');
    await dialog.getByRole('button', { name: 'Copy and use it' }).click();
    await dialog.getByRole('status').waitFor();
    resolve();
    await dialog.waitFor({ state: 'detached' });
    expect(asked).toEqual(['/mnt/small', '/mnt/large']);
    await page.context().close();
    vi.restoreAllMocks();
  });

  it('says why this home can’t be moved from here', async () => {
    await window.page.getByText('It was named by --home or TRANSPLANT_HOME.').waitFor();
    expect(await window.page.getByRole('button', { name: 'Move …' }).count()).toBe(0);
    expect(window.complaints).toEqual([]);
  });
});

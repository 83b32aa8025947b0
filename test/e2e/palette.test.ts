import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { hasChromium } from '../chromium.ts';
import { madeUpHome } from './made-up-home.ts';
import { openWindow, type Window } from './window.ts';

describe.skipIf(!hasChromium)('commands by the keyboard', () => {
  let window: Window;
  let id: string;
  beforeAll(async () => {
    const made = await madeUpHome([{ name: 'owls and crows', replicates: 1, layers: [1], trainingSeed: 1 }]);
    [id] = made.ids;
    window = await openWindow({ home: made.home });
  });
  afterAll(() => window.close());

  const palette = () => window.page.getByRole('dialog', { name: 'Go to or do' });
  const question = () => palette().getByRole('combobox', { name: 'Screen, action, study or image set' });
  const active = () =>
    question().evaluate((input) =>
      document.getElementById(input.getAttribute('aria-activedescendant') ?? '')?.textContent?.trim(),
    );
  /** Chooses what is marked. A palette that is still closing would take the focus from whatever is given it next. */
  async function choose(): Promise<void> {
    await window.page.keyboard.press('Enter');
    await palette().waitFor({ state: 'detached' });
    // The focus is in what is shown now.
    await expect.poll(() => window.page.evaluate(() => document.activeElement?.id)).toBe('content');
  }

  it('goes to a study by its name, a set and a screen, from any screen', async () => {
    const { page } = window;
    await page.keyboard.press('Control+k');
    await question().waitFor();
    await palette().getByRole('option', { name: 'owls and crows' }).waitFor();
    await window.screenshot('palette');
    expect(await window.violations()).toEqual([]);
    await page.keyboard.type('crows');
    await expect.poll(active).toBe('owls and crows');
    await choose();
    expect(await page.evaluate(() => location.hash)).toBe(`#/results/${id}`);

    await page.keyboard.press('Control+k');
    await question().fill('image sets shapes');
    await expect.poll(active).toMatch(/^shapes/);
    await choose();
    expect(await page.evaluate(() => location.hash)).toMatch(/^#\/data\/.+/);

    await page.keyboard.press('Control+k');
    await question().fill('e');
    await page.keyboard.press('ArrowDown');
    const second = await active();
    await page.keyboard.press('ArrowUp');
    expect(await active()).not.toBe(second);
    await question().fill('layers');
    await expect.poll(active).toBe('Layers');
    await choose();
    expect(await page.evaluate(() => location.hash)).toBe('#/layers');
    expect(window.complaints).toEqual([]);
  });

  it('offers only what there is to do, and gives the focus back where nothing is chosen', async () => {
    const { page } = window;
    await page.evaluate(() => (location.hash = '#/help'));
    const field = page.getByRole('searchbox');
    await field.focus();
    await page.keyboard.press('Control+k');
    await question().fill('pause');
    await palette().getByText('Nothing has such a name.').waitFor();
    expect(await palette().getByRole('status').innerText()).toBe('0 entries');
    await page.keyboard.press('Escape');
    await palette().waitFor({ state: 'detached' });
    await expect.poll(() => field.evaluate((input) => input === document.activeElement)).toBe(true);
  });

  it('leaves a question mark to whoever writes, and shows the keys to everybody else', async () => {
    const { page } = window;
    const sheet = page.getByRole('dialog', { name: 'Keyboard shortcuts' });
    const field = page.getByRole('searchbox');
    await field.fill('');
    await field.pressSequentially('why?');
    expect(await field.inputValue()).toBe('why?');
    await field.fill('');
    expect(await sheet.count()).toBe(0);
    await page.locator('#content').focus();
    await page.keyboard.press('?');
    await sheet.waitFor();
    expect(await sheet.innerText()).toContain('Ctrl+K');
    // A browser has this key for its own tabs.
    expect(await sheet.innerText()).not.toContain('Ctrl+3');
    expect(await window.violations()).toEqual([]);
    await window.screenshot('shortcuts');
    await page.keyboard.press('Escape');
    await sheet.waitFor({ state: 'detached' });

    await page.keyboard.press('Control+k');
    await question().fill('about');
    await expect.poll(active).toBe('About Transplant');
    await page.keyboard.press('Enter');
    const about = page.getByRole('dialog', { name: 'About Transplant' });
    await about.waitFor();
    await expect.poll(() => about.evaluate((dialog) => dialog.contains(document.activeElement))).toBe(true);
    await page.keyboard.press('Escape');
    await about.waitFor({ state: 'detached' });
    expect(window.complaints).toEqual([]);
  });
});

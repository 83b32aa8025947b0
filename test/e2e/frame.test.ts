import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { programVersion } from '../../src-main/process/program.ts';
import { hasChromium } from '../chromium.ts';
import { openWindow, type Window } from './window.ts';

describe.skipIf(!hasChromium)('the frame of the window', () => {
  let window: Window;
  beforeAll(async () => {
    window = await openWindow();
  });
  afterAll(() => window.close());

  it('opens on the question, and leads to every screen by its name', async () => {
    const { page } = window;
    expect(await page.title()).toBe('Start · Transplant');
    for (const screen of [
      'Data',
      'Split',
      'Study',
      'Live',
      'Filters',
      'Layers',
      'Results',
      'Engine',
      'Settings',
      'Help',
    ]) {
      await page.getByRole('navigation').getByRole('link', { name: screen }).click();
      await expect.poll(() => page.title()).toBe(`${screen} · Transplant`);
      await page.locator('main h1').first().waitFor();
      expect(await page.getByRole('link', { name: screen, exact: true }).first().getAttribute('aria-current')).toBe(
        'page',
      );
    }
    expect(window.complaints).toEqual([]);
  });

  it('says which version it is, that its home stays, and what licences it is under', async () => {
    const { page } = window;
    await page.getByRole('button', { name: /^Transplant \d/ }).click();
    const dialog = page.getByRole('dialog', { name: 'About Transplant' });
    await expect.poll(() => dialog.innerText()).toContain(window.home);
    const said = await dialog.innerText();
    expect(said).toContain(programVersion());
    expect(said).toContain('Uninstalling Transplant leaves it');
    expect(said).toContain('ONNX Runtime, reports its use to Windows');
    await dialog.getByRole('button', { name: 'Licences' }).click();
    const licences = dialog.getByRole('region', { name: 'Licences' });
    await expect.poll(() => licences.innerText()).toContain('MIT');
    expect(await window.violations()).toEqual([]);
    await page.keyboard.press('Escape');
    await dialog.waitFor({ state: 'detached' });
    expect(window.complaints).toEqual([]);
  });
});

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { hasChromium, openWindow, type Window } from './window.ts';

describe.skipIf(!hasChromium)('the frame of the window', () => {
  let window: Window;
  beforeAll(async () => {
    window = await openWindow();
  });
  afterAll(() => window.close());

  it('opens on the question, and leads to every screen by its name', async () => {
    const { page } = window;
    expect(await page.title()).toBe('Start · Transplant');
    for (const screen of ['Data', 'Split', 'Study', 'Live', 'Filters', 'Results', 'Engine']) {
      await page.getByRole('navigation').getByRole('link', { name: screen }).click();
      await expect.poll(() => page.title()).toBe(`${screen} · Transplant`);
      await page.locator('main h1').first().waitFor();
      expect(await page.getByRole('link', { name: screen, exact: true }).first().getAttribute('aria-current')).toBe(
        'page',
      );
    }
    expect(window.complaints).toEqual([]);
  });
});

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { hasChromium } from '../chromium.ts';
import { openWindow, type Window } from './window.ts';

describe.skipIf(!hasChromium)('the manual in the window', () => {
  let window: Window;
  beforeAll(async () => {
    window = await openWindow({ at: '#/help' });
  });
  afterAll(() => window.close());

  it('begins with its contents, and leads from page to page', async () => {
    const { page } = window;
    await page.getByRole('heading', { level: 1, name: 'The manual of Transplant' }).waitFor();
    expect(await page.title()).toBe('Help · Transplant');
    await page.getByRole('article').getByRole('link', { name: 'Your first study' }).click();
    await page.getByRole('heading', { level: 1, name: 'Your first study' }).waitFor();
    const contents = page.getByRole('navigation', { name: 'Pages of the manual' });
    expect(await contents.locator('[aria-current=page]').innerText()).toBe('Your first study');
    await contents.getByRole('link', { name: 'Contents' }).click();
    await page.getByRole('heading', { level: 1, name: 'The manual of Transplant' }).waitFor();
  });

  it('shows every picture of every page', async () => {
    const { page } = window;
    const contents = page.getByRole('navigation', { name: 'Pages of the manual' });
    let pictures = 0;
    for (const link of await contents.getByRole('link').all()) {
      await link.click();
      await expect.poll(() => link.getAttribute('aria-current')).toBe('page');
      const images = page.getByRole('article').locator('img');
      for (const image of await images.all()) {
        await image.scrollIntoViewIfNeeded();
        await expect.poll(() => image.evaluate((one: HTMLImageElement) => one.naturalWidth)).toBeGreaterThan(0);
        pictures += 1;
      }
    }
    expect(pictures).toBeGreaterThan(5);
  });

  it('finds what it is asked for, and goes there', async () => {
    const { page } = window;
    const search = page.getByRole('searchbox', { name: 'Search the manual' });
    await search.fill('wilson');
    const found = page.getByRole('list', { name: 'Search the manual' }).getByRole('link');
    await found.first().click();
    const heading = page.getByRole('article').locator('h2:focus, h3:focus');
    await heading.waitFor();
    expect(await page.getByRole('article').innerText()).toContain('Wilson');
    // Whole sections of other pages are not on this one.
    expect(new URL(page.url()).hash).toMatch(/^#\/help\/numbers%23./);
    await search.fill('no page has these words');
    await page.getByText('Nothing in the manual has all of').waitFor();
    await search.fill('');
  });

  it.each(['light', 'dark'] as const)('can be read by everyone, on %s ground', async (colorScheme) => {
    const page = await window.openPage({ colorScheme, at: '#/help/numbers' });
    await page.getByRole('article').locator('h2').first().waitFor();
    expect(await window.violations(page)).toEqual([]);
    await window.screenshot(`help-${colorScheme}`, page);
    await page.close();
  });

  it('has nothing to complain of', () => expect(window.complaints).toEqual([]));
});

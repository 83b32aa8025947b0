import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { hasChromium } from '../chromium.ts';
import { madeUpHome } from './made-up-home.ts';
import { openWindow, type Window } from './window.ts';

describe.skipIf(!hasChromium)('what is written beside studies', () => {
  let window: Window;
  let page: Page;
  let first: string;
  beforeAll(async () => {
    const { home, ids } = await madeUpHome(
      ['Birds', 'Fish', 'Clouds'].map((name, at) => ({ name, replicates: 1, layers: [1], trainingSeed: at + 1 })),
    );
    [first] = ids;
    window = await openWindow({ home, at: `#/results/${first}` });
    page = window.page;
    await page.getByRole('heading', { name: 'Protocol' }).waitFor();
  });
  afterAll(() => window?.close());

  const list = () => page.getByRole('navigation', { name: 'Studies' });
  const names = () => list().getByRole('link').locator('strong').allTextContents();
  const focused = () => page.evaluate(() => document.activeElement?.getAttribute('aria-label'));

  it('a study is renamed in place with the keyboard, and Escape leaves its name as it was', async () => {
    await page.getByRole('button', { name: 'Rename Birds' }).focus();
    await page.keyboard.press('Enter');
    const field = page.getByRole('textbox', { name: 'Name of the study' });
    await field.waitFor();
    await page.keyboard.type('Nothing');
    await page.keyboard.press('Escape');
    await expect.poll(focused).toBe('Rename Birds');
    await page.keyboard.press('Enter');
    await page.keyboard.type('Birds at dawn');
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { level: 1, name: 'Birds at dawn' }).waitFor();
    await expect.poll(focused).toBe('Rename Birds at dawn');
    await expect.poll(names).toEqual(['Clouds', 'Fish', 'Birds at dawn']);
  });

  it('tags and notes are written, changed and taken away', async () => {
    const tag = page.getByLabel('Add a tag');
    await tag.fill('dawn, first try');
    await tag.press('Enter');
    const tags = page.getByRole('list', { name: 'Tags' }).getByRole('listitem');
    await expect.poll(() => tags.count()).toBe(2);
    expect(await tag.inputValue()).toBe('');
    await page.getByRole('button', { name: 'Add notes' }).click();
    await page.keyboard.type('Half of them <b>in fog</b>.');
    await page.keyboard.press('Control+Enter');
    await page.getByText('Half of them <b>in fog</b>.').waitFor();
    await page.getByRole('button', { name: 'Remove the tag first try' }).focus();
    await page.keyboard.press('Enter');
    await expect.poll(() => tags.allTextContents()).toHaveLength(1);
    expect(await page.evaluate(() => document.activeElement !== document.body)).toBe(true);
    await window.screenshot('annotations-light');
    expect(await window.violations()).toEqual([]);
  });

  it('studies are found by any of it, and archived ones are hidden until they are asked for', async () => {
    const search = list().getByRole('searchbox', { name: 'Search studies' });
    for (const words of ['DAWN shapes', 'fog', 'birds']) {
      await search.fill(words);
      await expect.poll(names).toEqual(['Birds at dawn']);
    }
    await list().getByText('1 of 3 studies').waitFor();
    await search.fill('');
    await page.getByRole('button', { name: 'Archive', exact: true }).click();
    await page.getByText('Archived: hidden from lists.').waitFor();
    // It stays in the list for as long as it is shown.
    await list().getByRole('link', { name: 'Fish' }).click();
    await expect.poll(names).toEqual(['Clouds', 'Fish']);
    await page.evaluate(() => (location.hash = '#/welcome'));
    await page.getByRole('heading', { name: 'Your studies' }).waitFor();
    expect(await page.getByText('Birds at dawn').count()).toBe(0);
    const dark = await window.openPage({ colorScheme: 'dark', at: `#/results/${first}` });
    await dark.getByRole('heading', { name: 'Protocol' }).waitFor();
    await dark.getByLabel('Show archived (1)').check();
    expect(await window.violations(dark)).toEqual([]);
    await window.screenshot('annotations-dark', dark);
    await dark.getByRole('button', { name: 'Take out of the archive' }).click();
    await dark.getByRole('button', { name: 'Archive', exact: true }).waitFor();
    await dark.context().close();
  });

  it('has said nothing on the console', () => {
    expect(window.complaints).toEqual([]);
  });
});

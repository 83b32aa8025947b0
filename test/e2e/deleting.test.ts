import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { hasChromium } from '../chromium.ts';
import { madeUpHome } from './made-up-home.ts';
import { openWindow, type Window } from './window.ts';

describe.skipIf(!hasChromium)('what is deleted in the window', () => {
  let window: Window;
  let page: Page;
  let only: string;
  beforeAll(async () => {
    const { home, ids } = await madeUpHome([{ name: 'Birds', replicates: 1, layers: [1], trainingSeed: 1 }]);
    [only] = ids;
    window = await openWindow({ home, at: `#/results/${only}` });
    page = window.page;
    await page.getByRole('heading', { name: 'Protocol' }).waitFor();
  });
  afterAll(() => window?.close());

  const remove = async (dialog: string) => {
    await page.getByRole('button', { name: 'Delete', exact: true }).click();
    await page.getByRole('dialog', { name: dialog }).getByRole('button', { name: 'Delete' }).click();
  };
  const recent = () => page.getByRole('group').filter({ hasText: 'Recently deleted' });

  it('a study comes back at once with Undo, or later from the list of what was deleted', async () => {
    await remove('Delete “Birds”?');
    await page.getByText('“Birds” is deleted. For 30 days it can be brought back.').waitFor();
    await window.screenshot('deleted-light');
    await page.getByRole('button', { name: 'Undo' }).click();
    await page.getByRole('heading', { level: 1, name: 'Birds' }).waitFor();
    expect(await page.evaluate(() => document.activeElement?.id)).toBe('content');
    await remove('Delete “Birds”?');
    await recent().getByText('Recently deleted (1)').click();
    await recent()
      .getByText(/^until .*, keeps \d/)
      .waitFor();
    expect(await window.violations()).toEqual([]);
    await recent().getByRole('button', { name: 'Restore Birds' }).press('Enter');
    await page.getByRole('heading', { level: 1, name: 'Birds' }).waitFor();
    expect(await page.getByText('Recently deleted').count()).toBe(0);
  });

  it('images go to the bin as well, and for good where a person says so, which tells what is free again', async () => {
    await remove('Delete “Birds”?');
    await page.getByRole('button', { name: 'Undo' }).waitFor();
    await page.evaluate(() => (location.hash = '#/data'));
    await page
      .getByRole('link', { name: 'shapes' })
      .or(page.getByRole('button', { name: /shapes/ }))
      .first()
      .click();
    await remove('Delete shapes?');
    await page.getByText('“shapes” is deleted.').waitFor();
    await recent().getByText('Recently deleted (1)').click();
    await recent().getByRole('button', { name: 'Delete shapes now' }).click();
    const dialog = page.getByRole('dialog', { name: 'Delete “shapes” for good?' });
    await dialog.getByRole('button', { name: 'Delete now' }).click();
    await dialog.getByText('The deleted study "Birds" uses "shapes"').waitFor();
    await dialog.getByRole('button', { name: 'Keep it' }).click();
    await page.evaluate(() => (location.hash = '#/results'));
    await recent().getByText('Recently deleted (1)').click();
    await recent().getByRole('button', { name: 'Delete Birds now' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Delete now' }).click();
    await recent().getByText('0 B of disk are free again.').waitFor();
    await page.evaluate(() => (location.hash = '#/data'));
    await recent().getByText('Recently deleted (1)').click();
    await window.screenshot('deleted-data');
    await recent().getByRole('button', { name: 'Delete shapes now' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Delete now' }).click();
    await recent()
      .getByText(/^\d.* KiB of disk are free again\.$/)
      .waitFor();
    const dark = await window.openPage({ colorScheme: 'dark', at: '#/results' });
    await dark.getByRole('heading', { name: 'No study yet' }).waitFor();
    expect(await window.violations(dark)).toEqual([]);
    await dark.context().close();
    expect(window.complaints).toEqual([]);
  });
});

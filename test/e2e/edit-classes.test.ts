import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openDesk } from '../api/in-memory.ts';
import { hasChromium } from '../chromium.ts';
import { openWindow, type Window } from './window.ts';

describe.skipIf(!hasChromium)('classes that are edited in the window', () => {
  let window: Window;
  beforeAll(async () => {
    const { workspace, home, set } = await openDesk({ until: () => {} });
    await workspace.close();
    window = await openWindow({ home, at: `#/data/${set}` });
  });
  afterAll(() => window?.close());

  const dialog = () => window.page.getByRole('dialog', { name: 'Classes of colours' });

  it('get groups without a file, and Split offers these at once', async () => {
    const { page } = window;
    await page.getByRole('button', { name: 'Edit names and groups' }).click();
    await dialog().getByLabel('Group of blue').fill('cold');
    await dialog().getByLabel('Group of green').fill('cold');
    await dialog().getByLabel('Search classes').fill('e');
    await dialog().getByLabel('Search classes').fill('red');
    await dialog().getByLabel('Group of all that are found').fill('warm');
    await page.keyboard.press('Enter');
    await dialog().getByLabel('Search classes').fill('');
    expect(await dialog().getByLabel('Group of red').inputValue()).toBe('warm');
    await dialog().getByLabel('Group of yellow').fill('warm');
    await window.screenshot('classes-light');
    expect(await window.violations()).toEqual([]);
    await dialog().getByRole('button', { name: 'Save' }).click();
    await page.getByText('cold: 2 classes').waitFor();
    await expect.poll(() => dialog().count()).toBe(0);
    expect(await page.evaluate(() => document.activeElement?.textContent?.trim())).toBe('Edit names and groups');
    await page.getByRole('button', { name: 'Use these images' }).click();
    await page.getByText('By group').click();
    await page.getByRole('group', { name: /warm/ }).waitFor();
  });

  it('get other names, which are shown at once; a name that is empty can’t be saved', async () => {
    const { page } = window;
    await page.evaluate(() => (location.hash = '#/data'));
    await page.getByRole('button', { name: 'Edit names and groups' }).click();
    await dialog().getByLabel('Name of blue').fill(' ');
    await dialog().getByText('Give blue a name.').waitFor();
    expect(await dialog().getByRole('button', { name: 'Save' }).isDisabled()).toBe(true);
    await dialog().getByLabel('Name of blue').fill('azure');
    await dialog().getByText('With other names it is stored anew.').waitFor();
    await dialog().getByRole('button', { name: 'Save' }).click();
    await page.getByRole('option', { name: /^azure/ }).waitFor();
    await page.getByText('Recently deleted (1)').waitFor();
    await page.getByText('cold: 2 classes').waitFor();
    const dark = await window.openPage({ colorScheme: 'dark', at: '#/data' });
    await dark.getByRole('button', { name: 'Edit names and groups' }).click();
    await dark.getByRole('dialog', { name: 'Classes of colours' }).waitFor();
    expect(await window.violations(dark)).toEqual([]);
    await window.screenshot('classes-dark', dark);
    await dark.context().close();
    expect(window.complaints).toEqual([]);
  });
});

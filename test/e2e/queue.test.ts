import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { requestOf } from '../../src-main/api/handlers/studies.ts';
import { openDesk, tinyRequest } from '../api/in-memory.ts';
import { hasChromium } from '../chromium.ts';
import { openWindow, type Window } from './window.ts';

describe.skipIf(!hasChromium)('the queue in the window', () => {
  let window: Window;
  beforeAll(async () => {
    const { workspace, home, set } = await openDesk({ until: () => {} });
    await workspace.close();
    window = await openWindow({ home, at: '#/live' });
    const begin = (name: string, epochs: number) =>
      window.workspace.runStudy(requestOf({ ...tinyRequest(set), name, epochs }), 1);
    await begin('Under way', 20_000);
    for (const [at, name] of ['Birds', 'Fish', 'Clouds'].entries()) await begin(name, 1 + at);
    for (const { id } of window.workspace.activity().notices) window.workspace.dismissNotice(id);
  });
  afterAll(() => window?.close());

  const queue = () => window.page.getByRole('region', { name: 'Waiting in the queue' });
  const names = () => queue().locator('li .name').allTextContents();
  const focused = () => window.page.evaluate(() => document.activeElement?.getAttribute('aria-label'));

  it('shows on Live what waits, on every screen how many, and is put in order with keys', async () => {
    const { page } = window;
    await expect.poll(names).toEqual(['Birds', 'Fish', 'Clouds']);
    await page.getByRole('contentinfo').getByText('3 studies wait in the queue').waitFor();
    await window.screenshot('queue-light');
    expect(await window.violations()).toEqual([]);
    const up = page.getByRole('button', { name: 'Move Clouds up' });
    await up.focus();
    await page.keyboard.press('Enter');
    await expect.poll(names).toEqual(['Birds', 'Clouds', 'Fish']);
    await expect.poll(focused).toBe('Move Clouds up');
    await page.keyboard.press('Enter');
    await expect.poll(names).toEqual(['Clouds', 'Birds', 'Fish']);
    // There is no further up.
    await expect.poll(focused).toMatch(/^Move Clouds/);
    await page.getByRole('button', { name: 'Take Birds out of the queue' }).focus();
    await page.keyboard.press('Enter');
    await expect.poll(names).toEqual(['Clouds', 'Fish']);
    await expect.poll(focused).not.toBeNull();
  });

  it('is held by a pause, says so, and goes on when a person says so', async () => {
    const { page, workspace } = window;
    await page.getByRole('button', { name: 'Pause' }).click();
    const dark = await window.openPage({ colorScheme: 'dark', at: '#/live' });
    await dark.getByText('The queue is held').waitFor();
    expect(await window.violations(dark)).toEqual([]);
    await window.screenshot('queue-dark', dark);
    await dark.context().close();
    await queue().getByRole('button', { name: 'Begin the next study' }).click();
    await expect.poll(names).toEqual(['Fish']);
    await page.getByRole('heading', { level: 1, name: 'Clouds' }).waitFor();
    await workspace.stop();
    expect(window.complaints).toEqual([]);
  });
});

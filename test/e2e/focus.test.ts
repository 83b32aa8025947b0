import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { hasChromium } from '../chromium.ts';
import { openWindow, type Window } from './window.ts';

describe.skipIf(!hasChromium)('a window that is worked with keys, or is small', () => {
  let window: Window;
  beforeAll(async () => {
    window = await openWindow({ at: '#/engine' });
  });
  afterAll(() => window?.close());

  const focused = () =>
    window.page.evaluate(() => {
      const { activeElement } = document;
      return activeElement === document.body ? 'nothing' : activeElement?.textContent?.trim() || activeElement?.id;
    });

  it('goes on at the next message when one is dismissed, and in the content after the last', async () => {
    const { page, workspace } = window;
    workspace.notify('information', 'The first message.');
    workspace.notify('information', 'The second message.');
    const messages = page.getByRole('region', { name: 'Messages' });
    await expect.poll(() => messages.getByRole('button').count()).toBe(2);
    await messages.getByRole('button').first().focus();
    await page.keyboard.press('Enter');
    await expect.poll(() => messages.getByRole('button').count()).toBe(1);
    expect(await focused()).toBe('Dismiss');
    await page.keyboard.press('Enter');
    await expect.poll(() => messages.count()).toBe(0);
    expect(await focused()).not.toBe('nothing');
  });

  it('keeps its place where a button turns into another: Measure, Stop and Measure again', async () => {
    const { page } = window;
    await page.getByRole('button', { name: 'Measure for a minute' }).focus();
    await page.keyboard.press('Enter');
    await page.getByRole('button', { name: 'Stop' }).waitFor();
    await expect.poll(focused).toBe('Stop');
    await page.keyboard.press('Enter');
    await page.getByRole('button', { name: 'Measure for a minute' }).waitFor();
    await expect.poll(focused).toBe('Measure for a minute');
  });

  it('lets go of the focus where a person clicks beside everything', async () => {
    const { page, workspace } = window;
    await page.getByRole('heading', { level: 1 }).click();
    workspace.notify('information', 'A third message.');
    await page.getByText('A third message.').waitFor();
    expect(await page.evaluate(() => document.activeElement?.closest('section, form') === null)).toBe(true);
  });

  it('names its screens by tooltips where there is no room for their names', async () => {
    const { page } = window;
    const link = page.getByRole('navigation', { name: 'Screens' }).getByRole('link', { name: 'Results' });
    expect(await link.getAttribute('title')).toBeNull();
    await page.setViewportSize({ width: 640, height: 400 });
    await expect.poll(() => link.getAttribute('title')).toBe('Results');
    await page.setViewportSize({ width: 1280, height: 800 });
  });

  it('has its status on one line, or its version at the end of the second', async () => {
    const { page } = window;
    const footer = page.locator('footer');
    const [idle, commands, version] = [
      footer.getByText('Nothing is running.'),
      footer.getByRole('button', { name: /^Go to or do/ }),
      footer.getByRole('button', { name: /^Transplant \d/ }),
    ];
    for (const width of [1280, 640, 420, 320]) {
      await page.setViewportSize({ width, height: 800 });
      const [left, middle, right] = await Promise.all(
        [idle, commands, version].map(async (one) => (await one.boundingBox())!),
      );
      expect(middle.y).toBe(right.y);
      expect(right.x + right.width).toBeCloseTo(width - 16, 0);
      if (width > 400) expect(Math.abs(left.y + left.height / 2 - right.y - right.height / 2)).toBeLessThan(2);
      if (width === 420) await window.screenshot('narrow-420');
    }
    await page.setViewportSize({ width: 1280, height: 800 });
  });

  it('never takes a number that nobody wrote', async () => {
    const { page } = window;
    await page.evaluate(() => (location.hash = '#/study'));
    await page.getByText('More settings', { exact: true }).click();
    const seeds = page.getByLabel('Seeds', { exact: true });
    await seeds.fill('-3');
    await seeds.press('Tab');
    await page.getByText('Write a whole number from 1 to 1,000. What was there before still counts.').waitFor();
    expect(await seeds.inputValue()).toBe('-3');
    await seeds.fill('4');
    await seeds.press('Tab');
    await expect.poll(() => page.getByText('Write a whole number').count()).toBe(0);
    // Another preset keeps what was written.
    await page.getByRole('radio', { name: /^Standard/ }).check();
    expect(await seeds.inputValue()).toBe('4');
    expect(window.complaints).toEqual([]);
  });
});

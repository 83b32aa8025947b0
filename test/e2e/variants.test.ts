import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { hasChromium } from '../chromium.ts';
import { madeUpHome } from './made-up-home.ts';
import { openWindow, type Window } from './window.ts';

describe.skipIf(!hasChromium)('results of treatments that the paper does not have', () => {
  let window: Window;
  let page: Page;

  beforeAll(async () => {
    const { home, ids } = await madeUpHome([
      {
        name: 'Adapters',
        replicates: 3,
        layers: [1, 2, 3],
        trainingSeed: 1,
        // Higher ranks are better, and differ a little from seed to seed.
        better: ({ name, replicate }) => 1.25 * Number(/~(\d)$/.exec(name)?.[1] ?? 0) + replicate / 10,
        changes: { treatments: ['transfer', 'transfer+', 'transfer~2', 'transfer~4', 'transfer~8', 'transfer^'] },
      },
      { name: 'Plain', replicates: 1, layers: [1], trainingSeed: 2 },
    ]);
    window = await openWindow({ home });
    page = window.page;
    await open(ids[0]);
  });
  afterAll(() => window?.close());

  const open = async (study: string) => {
    await page.evaluate((hash) => (location.hash = hash), `#/results/${study}`);
    await page.getByRole('heading', { name: 'Protocol' }).waitFor();
  };
  const title = 'What other treatments change';
  const figure = () => page.locator('section', { has: page.getByRole('heading', { name: title, exact: true }) }).last();

  it('are drawn against what they vary, and said in words', async () => {
    const drawn = await figure().locator('.drawing text').allTextContents();
    for (const difference of ['AnB~2 − AnB', 'AnB~4 − AnB+', 'AnB^ − AnB+'])
      expect(
        drawn.some((text) => text.includes(difference)),
        difference,
      ).toBe(true);
    const words = await figure().getByRole('listitem').allTextContents();
    expect(words).toHaveLength(7);
    expect(words[2]).toMatch(/^AnB~4 − AnB is \+5\.0 points averaged over n = 1 to 3 .*\. A difference is established/);
  });

  it('can be read by the keyboard, down to both networks of each pair', async () => {
    const chart = figure().getByRole('slider');
    await chart.focus();
    await page.keyboard.press('Home');
    for (let series = 1; series < 7; series++) await page.keyboard.press('ArrowDown');
    await page.keyboard.press('End');
    expect(await chart.getAttribute('aria-valuetext')).toMatch(/^unfrozen over fine-tuned: AnB\^ − AnB\+ at n = 3, /);
    await window.screenshot('results-variants');
    await page.keyboard.press('Enter');
    const behind = figure()
      .getByRole('region', { name: /^Behind the number: unfrozen over fine-tuned/ })
      .last();
    await expect
      .poll(async () => (await behind.getByRole('rowheader').allTextContents()).sort())
      .toEqual(['A3B+', 'A3B+', 'A3B+', 'A3B^', 'A3B^', 'A3B^']);
  });

  it('say in the methods what became of their layers', async () => {
    const methods = await page
      .getByText('The transplanted layers stayed frozen in AnB and were fine-tuned')
      .textContent();
    expect(methods).toContain('In AnB^ the copied layers began frozen');
    expect(methods).not.toContain('otherwise');
  });

  it('axe finds nothing to object to', async () => {
    const which = await window.openPage({ colorScheme: 'dark', width: 1024, at: new URL(page.url()).hash });
    await which.getByRole('slider').nth(1).waitFor();
    expect(await window.violations(which)).toEqual([]);
    await which.getByRole('heading', { name: title, exact: true }).scrollIntoViewIfNeeded();
    await window.screenshot('results-variants-dark', which);
    await which.context().close();
  }, 120_000);

  it('are not spoken of where there are none', async () => {
    await page.getByRole('navigation', { name: 'Studies' }).getByRole('link', { name: 'Plain' }).click();
    await expect.poll(() => page.getByRole('heading', { level: 1 }).textContent()).toBe('Plain');
    await page.getByRole('heading', { name: 'Protocol' }).waitFor();
    expect(await page.getByRole('heading', { name: title, exact: true }).count()).toBe(0);
  });
});

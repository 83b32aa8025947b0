import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Page } from 'playwright-core';
import { hasChromium } from '../chromium.ts';
import { giveFilters } from './made-up-history.ts';
import { madeUpHome } from './made-up-home.ts';
import { openWindow, type Window } from './window.ts';

const CHANNELS_OF_25 = 75;

/** Of baseB, the first three filters are odd: zero, constant, and not numbers. */
const ODD = [
  '1 of the 32 filters has weights that are not numbers, which count as 0: the training diverged; lower its learning rate.',
  '1 of the 32 filters is zero everywhere and responds to nothing.',
  '1 of the 32 filters is the same everywhere in each channel: a flat average of the colour below it, which responds to no pattern.',
];

describe.skipIf(!hasChromium)('What filters are', { timeout: 300_000 }, () => {
  let window: Window;
  let page: Page;

  // One page for all: to fit the filters takes seconds.
  beforeAll(async () => {
    const { home, ids } = await madeUpHome([{ name: 'birds', replicates: 1, layers: [1], trainingSeed: 1 }]);
    giveFilters(home, ids[0], (name, { data }) => {
      if (name !== 'baseB') return;
      data.fill(0, 0, CHANNELS_OF_25);
      data.fill(0.25, CHANNELS_OF_25, 2 * CHANNELS_OF_25);
      data[2 * CHANNELS_OF_25 + 7] = NaN;
    });
    window = await openWindow({ home });
    page = await window.openPage({ at: '#/filters', colorScheme: 'dark', height: 1000 });
    await page.getByRole('button', { name: 'Classify filters' }).click();
    for (const name of ['Kinds of filters of baseA', 'Kinds of filters of baseB', 'How similar are baseA and baseB?'])
      await page.getByRole('heading', { name }).waitFor({ timeout: 240_000 });
  }, 400_000);
  afterAll(() => window.close());

  /** Numbers of the filters that a wall shows, in its order. */
  const numbers = (name: string) =>
    page
      .getByRole('group', { name: new RegExp(`filters? of ${name} at step`) })
      .getByRole('button')
      .evaluateAll((buttons) => buttons.map((button) => Number(/\d+/.exec(button.getAttribute('aria-label')!)![0])));
  const filter = (name: string, number: number) =>
    page
      .getByRole('group', { name: new RegExp(`filters? of ${name} at step`) })
      .getByRole('button', { name: `Filter ${number} of 32` });
  const counts = async (name: string): Promise<Record<string, number>> => {
    const rows = await page
      .getByRole('region', { name: `Kinds of filters of ${name}` })
      .getByRole('row')
      .all();
    const cells = await Promise.all(rows.slice(1).map((row) => row.locator('th, td').allInnerTexts()));
    return Object.fromEntries(cells.map(([kind, filters]) => [kind, parseInt(filters)]));
  };

  it('counts each kind, and draws directions, frequencies, growth and how alike both networks are', async () => {
    const kinds = await counts('baseA');
    expect(kinds['Gabor-like']).toBeGreaterThan(15);
    expect(kinds['colour blob']).toBeGreaterThan(3);
    expect(Object.values(kinds).reduce((sum, one) => sum + one)).toBe(32);
    for (const name of [
      'How many filters of baseA have which direction',
      'Direction and frequency of the stripes of baseA',
      'Share of each kind of filter of baseA during training',
    ])
      await page.getByRole('img', { name }).waitFor();
    await page.getByRole('img', { name: /^How similar the matched filters of baseA and baseB are: 0\.\d/ }).waitFor();
    await page.setViewportSize({ width: 1280, height: 2600 });
    await window.screenshot('filter-kinds-dark', page);
    expect(await window.violations(page)).toEqual([]);
    await page.setViewportSize({ width: 1024, height: 1000 });
  });

  it('says what noise comes to, and where the filters stand, by keys and as tables', async () => {
    await page
      .getByText(/^Gabor-like: \d+% of these filters; \d+% of white noise, .* \(100 filters each\)\.$/)
      .first()
      .waitFor();
    const plane = page.getByRole('slider', { name: /^Widths across and along the stripes of \d+ filters of baseA/ });
    await plane.focus();
    await plane.press('Home');
    expect(await plane.getAttribute('aria-valuetext')).toMatch(/^Filter \d+, .*, n_x \d\.\d\d, n_y \d\.\d\d$/);
    const cells = page.getByRole('region', { name: 'Where they stand among all: n_x and n_y, as a table' }).first();
    await page.getByText('The numbers').first().click();
    expect(await cells.getByRole('columnheader').allTextContents()).toContain('V1 cells');
    await page.getByText('The numbers').first().click();
  });

  it('shows one kind alone, and sorts by kind and by match', async () => {
    const kind = page.getByRole('combobox', { name: /^Kind/ });
    for (const [name, count] of Object.entries(await counts('baseA'))) {
      await kind.selectOption(name);
      if (count > 0) await expect.poll(async () => (await numbers('baseA')).length).toBe(count);
      else await page.getByText('No filter is of this kind at this step.').first().waitFor();
    }
    await kind.selectOption('All kinds');
    await page.getByLabel('Order').selectOption('By kind, best fit first');
    const first = (await counts('baseA'))['Gabor-like'];
    await expect.poll(async () => (await numbers('baseA')).slice(first).some((one) => one % 5 === 0)).toBe(true);
    expect((await numbers('baseA')).slice(0, first).filter((one) => one % 5 === 4)).toEqual([]);
    await page.getByLabel('Order').selectOption('Matched pairs, most similar first');
    const [one] = await numbers('baseA');
    const [other] = await numbers('baseB');
    await filter('baseA', one).click();
    await page.getByRole('heading', { name: 'Its match in baseB' }).waitFor();
    await page.getByRole('button', { name: `Filter ${other}, similarity` }).click();
    await page.getByRole('heading', { name: `Filter ${other} of baseB` }).waitFor();
    await page.getByRole('button', { name: `Filter ${one}, similarity` }).waitFor();
  });

  it('draws the fit over a filter, and what it leaves', async () => {
    await page.getByLabel('Order').selectOption('As in the network');
    await filter('baseA', 1).click();
    for (const name of ['Luminance', 'Gabor function', 'Residual'])
      await page.getByRole('img', { name, exact: true }).waitFor();
    await page.getByText(/A Gabor function explains \d+% of that: stripes at/).waitFor();
    await filter('baseA', 4).click();
    await page.getByRole('img', { name: 'Blob', exact: true }).waitFor();
    await page.setViewportSize({ width: 1280, height: 1800 });
    await window.screenshot('filter-fit-dark', page);
    expect(await window.violations(page)).toEqual([]);
  });

  it('says of filters that are zero, constant or no numbers what they are, and shows the rest', async () => {
    for (const sentence of ODD) await page.getByText(sentence).waitFor();
    const kinds = await counts('baseB');
    expect(Object.values(kinds).reduce((sum, one) => sum + one)).toBe(32);
    expect(kinds.dead).toBe(1);
    for (const [number, sentence] of [
      [1, 'This filter is zero everywhere'],
      [2, 'This filter is the same everywhere'],
      [3, 'This filter has weights that are not numbers'],
    ] as const) {
      await filter('baseB', number).click();
      await page.getByRole('heading', { name: `Filter ${number} of baseB` }).waitFor();
      await page.getByText(sentence).waitFor();
      // What a function explains of it would say nothing.
      expect(await page.getByRole('img', { name: 'Residual', exact: true }).count()).toBe(0);
    }
    // Neither function has a claim on what is flat.
    expect(kinds.noise).toBeGreaterThanOrEqual(1);
    await window.screenshot('filter-odd-dark', page);
    expect(await page.getByRole('alert').count()).toBe(0);
    expect(window.complaints).toEqual([]);
  });
});

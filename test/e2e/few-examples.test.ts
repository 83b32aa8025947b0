import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { tinyNetwork } from '../network/tiny-network.ts';
import { hasChromium } from '../chromium.ts';
import { addMadeUpSet } from './made-up-set.ts';
import { sideways } from './sideways.ts';
import { openWindow, type Window } from './window.ts';

const FEW = ['baseB@5', 'B1B@5', 'A1B+@5', 'baseB@25', 'B1B@25', 'A1B+@25'];
const RUNS = ['baseA', 'baseB', 'B1B', 'A1B+', ...FEW];

describe.skipIf(!hasChromium)('few target examples, from the settings to the figure', { timeout: 240_000 }, () => {
  let window: Window;
  let page: Page;

  beforeAll(async () => {
    const home = mkdtempSync(join(tmpdir(), 'transplant-few-'));
    const set = await addMadeUpSet(home, { name: 'noise', size: 8, classes: 4, train: 40, heldOut: 10 });
    window = await openWindow({ home, width: 1024 });
    const network = { file: 'tiny.json', text: JSON.stringify(tinyNetwork) };
    const draft = { set, preset: 'smoke', splitSeed: 1, network, layers: [1], treatments: ['selffer', 'transfer+'] };
    window.workspace.application.store.setSetting('draft', JSON.stringify(draft));
    page = await window.openPage({ at: '#/study', width: 1024, height: 1200 });
  }, 240_000);
  afterAll(() => window?.close());

  it('the field takes numbers, says what it does not take, and the plan counts their trainings', async () => {
    await page.getByText(/^4 trainings/).waitFor();
    await page.getByText('More settings').click();
    const field = page.getByLabel('Images per target class', { exact: true });
    await field.fill('five');
    await field.press('Enter');
    await page.getByText('Write whole numbers with commas between them, such as 1, 5, 25.').waitFor();
    expect(await field.getAttribute('aria-invalid')).toBe('true');
    await page.getByText(/^4 trainings/).waitFor();
    // More than there are.
    await field.fill('40');
    await field.press('Enter');
    await page.getByRole('alert').getByText('ask for fewer than 40').waitFor();
    await field.fill('25 5;5');
    await field.press('Enter');
    await page.getByText(/^10 trainings/).waitFor();
    expect(await field.inputValue()).toBe('5, 25');
    expect(await field.getAttribute('aria-invalid')).toBe('false');
    expect(await window.violations(page)).toEqual([]);
    await window.screenshot('few-examples-study', page);
  });

  it('Live has a row for each number of images, says of a network how many it had, and arrow keys reach it', async () => {
    await page.getByRole('button', { name: 'Run the study', exact: true }).click();
    await expect.poll(() => page.title(), { timeout: 60_000 }).toBe('Live · Transplant');
    await page.getByText(/^10 of 10 networks finished/).waitFor({ timeout: 200_000 });
    const nodes = page.locator('[data-node]');
    const names = await nodes.evaluateAll((all) => all.map((node) => (node as HTMLElement).dataset.node!.slice(2)));
    expect(names.toSorted()).toEqual(RUNS.toSorted());
    const rows = await page.locator('.row .name b').allInnerTexts();
    expect(rows).toEqual(['BnB', 'AnB+', 'AnB+@5', 'AnB+@25', 'BnB@5', 'BnB@25']);
    // Whole names: nothing runs into the nodes beside it.
    expect(
      await page
        .locator('.row .name')
        .evaluateAll((all) =>
          all.filter((name) => name.scrollWidth > name.clientWidth).map((name) => name.textContent),
        ),
    ).toEqual([]);
    await page.locator('[data-node="0 B1B@5"]').click();
    await page.getByRole('heading', { name: 'B1B@5', exact: true, level: 2 }).waitFor();
    await page
      .getByText(
        'Selffer: the first layer copied from baseB@5 and frozen, the rest random, trained on 5 images of each class of B.',
      )
      .waitFor();
    await page.keyboard.press('ArrowLeft');
    await expect
      .poll(() => page.evaluate(() => (document.activeElement as HTMLElement | null)?.dataset.node))
      .toBe('0 baseB@5');
    await page.keyboard.press('Enter');
    await page.getByText('Trained on 5 images of each class of B from random weights.').waitFor();
    expect(await window.violations(page)).toEqual([]);
    expect(await sideways(page)).toEqual([]);
    await window.screenshot('few-examples-live', page);
  });

  it('Results draw accuracy against the number of images, and their table has what was trained with few', async () => {
    await page
      .getByRole('button', { name: 'See the results' })
      .or(page.getByRole('link', { name: 'See the results' }))
      .first()
      .click();
    const figure = page.getByRole('slider', { name: /^Few target examples/ });
    await figure.waitFor();
    await figure.scrollIntoViewIfNeeded();
    const texts = () => page.locator('section', { has: figure }).locator('.drawing svg text').allTextContents();
    await expect
      .poll(texts)
      .toEqual(expect.arrayContaining(['5', '25', 'all (40)', 'B1B  selffer, frozen', 'baseB  from scratch']));
    const table = page.getByRole('region', { name: /^Few target examples/ }).getByRole('table');
    const heads = await table.getByRole('columnheader').allInnerTexts();
    expect(heads.slice(0, 4)).toEqual(['Network', '5', '25', 'all (40)']);
    // baseA was trained on all images alone: there is nothing to compare.
    expect((await table.getByRole('rowheader').allInnerTexts()).toSorted()).toEqual(['A1B+', 'B1B', 'baseB']);
    expect(await window.violations(page)).toEqual([]);
    await window.screenshot('few-examples-results', page);
    expect(window.complaints).toEqual([]);
  });
});

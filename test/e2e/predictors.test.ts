import { rmSync, readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { networkSchema, type NetworkInput } from '../../src-main/network/spec.ts';
import { addUntrainedStudy } from '../study/prediction/untrained-study.ts';
import { createTinyHome, tinyNetwork, tinyProtocol } from '../study/tiny-study.ts';
import { hasChromium } from '../chromium.ts';
import { sideways } from './sideways.ts';
import { openWindow, type Window } from './window.ts';

const conv = (n: number): NetworkInput['layers'] => [
  { type: 'conv', name: `conv${n}`, filters: 4 + n, kernel: 3, pad: 1 },
  { type: 'relu' },
];
/** Five layers, so that four n can be put in order. */
const network = networkSchema.parse({
  ...tinyNetwork,
  name: 'five',
  layers: [
    ...conv(1),
    ...conv(2),
    ...conv(3),
    { type: 'dense', name: 'fc4', units: 8 },
    { type: 'relu' },
    { type: 'dense', name: 'fc5' },
  ],
});
/** AnB falls with n, a little lower in each replicate. */
const falling = ({ name, replicate }: { name: string; replicate: number }) =>
  0.9 - 0.1 * Number(/\d/.exec(name)?.[0] ?? 0) - 0.01 * replicate;

// Processes that load everything: seconds on a quiet machine, minutes on one that is busy with other things.
describe.skipIf(!hasChromium)('cheap predictors on the Results screen', { timeout: 240_000 }, () => {
  let window: Window;
  let page: Page;
  let whole: string, elsewhere: string;

  beforeAll(async () => {
    const tiny = await createTinyHome();
    const seeds = (first: number) => [first, first + 1].map((seed) => ({ splitSeed: seed, trainingSeed: seed }));
    const layers = [1, 2, 3, 4];
    const treatments: ['transfer', 'transfer+'] = ['transfer', 'transfer+'];
    const protocol = (name: string, first: number) =>
      tinyProtocol(tiny.index, { name, network, layers, treatments, replicates: seeds(first) });
    ({ study: whole } = await addUntrainedStudy(tiny, protocol('Predicted', 1), falling));
    const other = await addUntrainedStudy(tiny, protocol('From elsewhere', 5), falling);
    elsewhere = other.study;
    for (const { key, treatment } of other.plan.runs) {
      if (treatment.kind !== 'base') continue;
      rmSync(join(tiny.home, 'checkpoints', key), { recursive: true });
      tiny.store.forgetRun(key);
      tiny.store.updateRun(key, { status: 'running' });
      tiny.store.updateRun(key, { status: 'finished', correct: 900, total: 1000, loss: 1 });
    }
    tiny.store.close();
    window = await openWindow({ home: tiny.home });
    page = window.page;
  });
  afterAll(() => window?.close());

  const open = async (study: string, which = page) => {
    await which.evaluate((hash) => (location.hash = hash), `#/results/${study}`);
    await which.getByRole('heading', { name: 'Cheap predictors', exact: true, level: 2 }).waitFor();
  };
  const section = (which = page) =>
    which
      .locator('section', { has: which.getByRole('heading', { name: 'Cheap predictors', exact: true, level: 2 }) })
      .last();

  it('says why there are none where the weights are not here, and the rest of the page is there', async () => {
    await open(elsewhere);
    await section().getByText('The weights of baseA of replicates 1, 2 are not here').waitFor();
    expect(await section().getByRole('button').count()).toBe(0);
    await page.getByRole('slider', { name: /Top-1 accuracy for every treatment/ }).waitFor();
  });

  it('works them out while one looks on, and says which would have told', async () => {
    await open(whole);
    await section().getByRole('button', { name: 'Compute predictors' }).click();
    await section().getByRole('button', { name: 'Stop' }).waitFor();
    await section().getByRole('progressbar').waitFor();
    const table = section().getByRole('region', { name: 'Which cheap number would have told you AnB?' });
    await table.waitFor({ timeout: 120_000 });
    await expect.poll(() => section().getByRole('button', { name: 'Stop' }).count(), { timeout: 120_000 }).toBe(0);
    expect(await table.getByRole('row').count()).toBe(1 + 9);
    // Accuracy falls with n, here without exception.
    expect(await table.getByRole('row', { name: /^Depth alone/ }).textContent()).toMatch(/1\.00\s*1\.00/);
    await section()
      .getByText(/^For AnB, /)
      .waitFor();
    const values = section().getByRole('region', { name: 'Values of the cheap predictors' });
    expect(await values.getByRole('row', { name: 'AnB, measured' }).textContent()).toBe(
      'AnB, measuredtop-1 on held-out images0.7950.6950.5950.495',
    );
  });

  it('can be read by keys, and saved as a table', async () => {
    const chart = section().getByRole('slider', { name: /Accuracy against each predictor/ });
    await chart.focus();
    await page.keyboard.press('Home');
    expect(await chart.getAttribute('aria-valuetext')).toMatch(
      /^Linear probe, n = 1, replicate 1, predictor .*, AnB: 80\.0%$/,
    );
    const saving = page.waitForEvent('download');
    await section().getByRole('button', { name: 'Save “Values of the cheap predictors” as CSV' }).click();
    const file = await (await saving).path();
    expect(readFileSync(file, 'utf8')).toContain('Linear probe');
  });

  it('is there at once the next time, in both themes, and never wider than the window', async () => {
    for (const colorScheme of ['light', 'dark'] as const) {
      const which = await window.openPage({ colorScheme, width: 1024, height: 1500, at: `#/results/${whole}` });
      await section(which).getByRole('slider').waitFor();
      await section(which).scrollIntoViewIfNeeded();
      expect(await sideways(which)).toEqual([]);
      expect(await window.violations(which)).toEqual([]);
      await window.screenshot(`predictors-${colorScheme}`, which);
      await which.context().close();
    }
  });

  it('is in the report: the page, the figure and the tables', async () => {
    const folder = join(window.home, 'written');
    await window.workspace.application.writeReport(whole, folder);
    expect(readdirSync(folder)).toEqual(
      expect.arrayContaining(['predictors.csv', 'predictor-correlations.csv', 'predictors.svg', 'predictors.png']),
    );
    const report = await page.context().newPage();
    await report.goto(`file://${join(folder, 'report.html')}`);
    await report.getByRole('heading', { name: 'Cheap predictors' }).waitFor();
    expect(await report.getByText(/^For AnB, /).count()).toBe(1);
    await window.screenshot('predictors-report', report);
    await report.close();
    expect(window.complaints).toEqual([]);
  });
});

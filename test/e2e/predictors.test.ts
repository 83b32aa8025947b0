import { rmSync, readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { storedLookTransfer } from '../../src-main/app/layers/look-transfer.ts';
import { layerQualities } from '../../src-main/network/layer-quality.ts';
import { resolveNetwork } from '../../src-main/network/network.ts';
import { networkSchema, type NetworkInput } from '../../src-main/network/spec.ts';
import { initialWeights } from '../../src-main/network/weights.ts';
import type { Plan } from '../../src-main/study/plan/plan.ts';
import { addUntrainedStudy } from '../study/prediction/untrained-study.ts';
import { createTinyHome, type TinyHome, tinyNetwork, tinyProtocol } from '../study/tiny-study.ts';
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
  layers: [...conv(1), ...conv(2), ...conv(3), ...conv(4), { type: 'dense', name: 'fc5' }],
});
/** AnB falls with n, a little lower in each replicate; BnB doesn't. */
const falling = ({ name, replicate }: { name: string; replicate: number }) =>
  0.9 - (/^B\dB/.test(name) ? 0 : 0.1 * Number(/\d/.exec(name)?.[0] ?? 0)) - 0.01 * replicate;

/** Numbers about layers at steps of the bases, as a training would report them; at the last step those of the weights. */
async function giveHistory({ store }: TinyHome, { runs }: Plan): Promise<void> {
  for (const { key, seed, steps, identity } of runs.filter((run) => run.treatment.kind === 'base')) {
    const own = resolveNetwork({ ...identity.network, name: 'tiny' }, identity.classes.length);
    const weights = initialWeights(own, seed);
    const layers = await layerQualities(own, async (name) => weights.get(name)!);
    const weight = weights.get('conv1.weight')!;
    for (const part of [0, 0.5, 1]) {
      const then = layers.map((layer) => ({ ...layer, orthogonality: layer.orthogonality * part ** layer.n }));
      store.addSnapshot(key, { step: Math.round(part * steps), weight, layers: then });
    }
  }
}

// Processes that load everything: seconds on a quiet machine, minutes on one that is busy with other things.
describe.skipIf(!hasChromium)('cheap predictors on the Results screen', { timeout: 240_000 }, () => {
  let window: Window;
  let page: Page;
  let whole: string, elsewhere: string;

  beforeAll(async () => {
    const tiny = await createTinyHome();
    const seeds = (first: number) => [first, first + 1].map((seed) => ({ splitSeed: seed, trainingSeed: seed }));
    const layers = [1, 2, 3, 4];
    const treatments: ['transfer', 'transfer+', 'selffer'] = ['transfer', 'transfer+', 'selffer'];
    const protocol = (name: string, first: number) =>
      tinyProtocol(tiny.index, { name, network, layers, treatments, replicates: seeds(first) });
    const predicted = await addUntrainedStudy(tiny, protocol('Predicted', 1), falling);
    whole = predicted.study;
    await giveHistory(tiny, predicted.plan);
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

  const looks = () => page.locator('section', { hasText: 'Does the look of a layer tell its transfer?' }).last();
  const cellsOf = (table: string) =>
    looks()
      .getByRole('region', { name: table })
      .getByRole('row')
      .evaluateAll((rows) => rows.map((row) => [...row.children].map((cell) => cell.textContent.trim())));

  it('and beside them the look of layers, which can’t be told where the weights are not here', async () => {
    await open(elsewhere);
    expect(await looks().getByRole('region').count()).toBe(0);
    await looks().getByRole('button', { name: 'Look at the layers' }).click();
    await looks().getByText('There is nothing to compare: it takes AnB and BnB').waitFor({ timeout: 120_000 });
    expect(await page.getByRole('button', { name: /Save the data of “How layers look/ }).count()).toBe(0);
  });

  it('has the numbers of the look of layers in the card and in the table for other programs', async () => {
    await open(whole);
    await looks().getByRole('button', { name: 'Look at the layers' }).click();
    await looks()
      .getByText(/^The look of a layer /)
      .waitFor({ timeout: 120_000 });
    const told = (await storedLookTransfer({ home: window.home, study: whole }, new AbortController().signal))!;
    await looks().getByText(told.sentence, { exact: true }).waitFor();
    const [, overSteps] = told.tables;
    for (const { title, head, rows } of told.tables) expect(await cellsOf(title)).toEqual([head, ...rows]);
    expect(overSteps.rows.map(([step, n]) => [step, n]).slice(0, 4)).toEqual(['1', '2', '3', '4'].map((n) => ['0', n]));
    // At the last step these are the numbers of the checkpoints.
    const orthogonality = (table: (typeof told.tables)[number], row: readonly string[]) =>
      row[table.head.indexOf('Orthogonality')];
    const last = overSteps.rows.slice(-4).map((row) => orthogonality(overSteps, row));
    expect(last).toHaveLength(4);
    const first = told.panels
      .find(({ title }) => title === 'Orthogonality')!
      .points.filter((one) => one.replicate === 0);
    expect(last).toEqual(first.map(({ value }) => value.toFixed(2)));
    const steps = looks().getByRole('slider', { name: /over training steps/ });
    await steps.focus();
    await page.keyboard.press('Home');
    const [{ r }] = told.overSteps;
    expect(await steps.getAttribute('aria-valuetext')).toContain(`r = ${r.toFixed(2).replace('-', '−')}`);
    expect(await sideways(page)).toEqual([]);
    await window.screenshot('layer-looks');

    const saving = page.waitForEvent('download', { timeout: 120_000 });
    await page.getByRole('button', { name: /Save the data of “How layers look.*as CSV/ }).click();
    const csv = readFileSync(await (await saving).path(), 'utf8')
      .trim()
      .split('\r\n');
    expect(csv[0]).toBe('replicate,n,step,measure,value,anb_less_bnb');
    const saved = csv.slice(1).map((line) => line.split(','));
    for (const row of overSteps.rows) {
      const [step, n] = row;
      const found = saved.find((line) => line[1] === n && line[2] === step && line[3] === 'Orthogonality')!;
      expect(Number(found[4]).toFixed(2)).toBe(orthogonality(overSteps, row));
    }
  });

  it('is in the report: the page, the figure and the tables', async () => {
    const folder = join(window.home, 'written');
    await window.workspace.application.writeReport(whole, folder);
    expect(readdirSync(folder)).toEqual(
      expect.arrayContaining([
        ...['predictors.csv', 'predictor-correlations.csv', 'predictors.svg', 'predictors.png'],
        ...['layer_looks.csv', 'look-steps.svg'],
      ]),
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

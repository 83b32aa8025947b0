import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import type { Page } from 'playwright-core';
import { storedRun } from '../../src-main/app/stored/run.ts';
import { trainedHome } from '../api/in-memory.ts';
import { hasChromium } from '../chromium.ts';
import { sideways } from './sideways.ts';
import { openWindow, type Window } from './window.ts';

/** Pictures are drawn in a process of its own, which may have to wait for its turn. */
const PATIENCE = 100_000;

describe.skipIf(!hasChromium)('Layers', { timeout: 240_000 }, () => {
  let window: Window;
  let study: string;
  beforeAll(async () => {
    // Networks of three layers, really trained on four colours.
    const trained = await trainedHome();
    ({ study } = trained);
    window = await openWindow(trained);
    window.workspace.annotateStudy(study, { name: 'Tiny' });
    // What is looked for once is remembered: the screens need not wait for it.
    const { application, looks } = window.workspace;
    for (const name of ['baseA', 'baseB', 'A1B'])
      await looks.of(application, storedRun(application, keyOf(name)), study);
  }, 400_000);
  afterAll(() => window.close());

  const keyOf = (name: string) =>
    window.workspace.application.store.studyRuns(study).find((run) => run.name === name)!.run;

  async function open(options: Parameters<Window['openPage']>[0] = {}): Promise<Page> {
    const page = await window.openPage({ at: '#/layers', height: 1300, ...options });
    page.setDefaultTimeout(PATIENCE);
    onTestFinished(() => page.context().close());
    await page.getByText(/^On average \d+% of the images/).waitFor();
    return page;
  }
  const layer = (page: Page, name: string) => page.getByRole('radio', { name: new RegExp(`^Layer \\d, ${name}`) });

  it('walks from layer to layer by keys, and shows each with its units', async () => {
    const page = await open();
    expect(await layer(page, 'conv1').isChecked()).toBe(true);
    await page.getByRole('button', { name: /^Filter 4/ }).waitFor();
    await layer(page, 'conv1').focus();
    await page.keyboard.press('ArrowDown');
    await page.getByRole('heading', { name: 'Layer 2, fc2' }).waitFor();
    await page.getByRole('button', { name: /^Unit 16/ }).waitFor();
    await page.keyboard.press('ArrowDown');
    await page.getByRole('heading', { name: 'Layer 3, fc3' }).waitFor();
    // The curve of the study, and how specific units are, are beside it.
    await page.getByRole('heading', { name: 'Accuracy on B by n in Tiny' }).waitFor();
    await page.getByRole('heading', { name: 'How specific the units are, layer by layer' }).waitFor();
    await page.getByLabel('Network: Network of the study').selectOption('A1B');
    await page.getByText('copied from baseA, frozen').waitFor();
  });

  it('shows of a unit the images that excite it most and what it would like to see', async () => {
    const page = await open({ at: `#/layers/${keyOf('baseB')}` });
    await layer(page, 'fc3').check({ force: true });
    await page.getByLabel('Order').selectOption('Most specific first');
    await page.getByRole('button', { name: /^Unit 2: / }).click();
    await page.getByRole('heading', { name: 'Unit 2 of layer 3, fc3' }).waitFor();
    await page.getByRole('img', { name: /^Start 4: response/ }).waitFor();
    await page.getByRole('img', { name: /^Number 24: / }).waitFor();
    // It sees the whole image: there is no frame to speak of.
    await page.getByText(/images of the study’s classes, strongest response first\.$/).waitFor();
    await page.getByRole('button', { name: 'Close' }).click();
    await page.getByLabel('Show').selectOption('Preferred input (synthesised)');
    await expect
      .poll(
        () =>
          page
            .getByRole('button', { name: /^Unit \d/ })
            .locator('canvas')
            .count(),
        { timeout: PATIENCE },
      )
      .toBe(2);
  });

  it.each(['light', 'dark'] as const)('is accessible and whole in the %s theme', async (colorScheme) => {
    const page = await open({ colorScheme, width: 1024 });
    await page.getByRole('button', { name: /^Filter 2/ }).click();
    await page.getByRole('img', { name: /^Start 4: response/ }).waitFor();
    await page.getByRole('img', { name: /^Number 24: / }).waitFor();
    expect(await window.violations(page)).toEqual([]);
    expect(await sideways(page)).toEqual([]);
    await window.screenshot(`layers-${colorScheme}`, page);
    expect(window.complaints).toEqual([]);
  });

  it('are in the report, when the box in its dialog is ticked', async () => {
    const page = await window.openPage({ at: `#/results/${study}`, width: 1024 });
    page.setDefaultTimeout(PATIENCE);
    onTestFinished(() => page.context().close());
    await page.getByRole('button', { name: 'Export the report' }).click();
    const dialog = page.getByRole('dialog', { name: 'The report' });
    const box = dialog.getByRole('checkbox', { name: /^Include what excites each layer/ });
    await box.check();
    await dialog.getByRole('button', { name: 'Write the report' }).click();
    await dialog.getByText(/^All \d+ files$/).click();
    await dialog.getByRole('link', { name: 'layer-selectivity-baseA.svg' }).waitFor();
    expect(await window.violations(page)).toEqual([]);
    await window.screenshot('export-layers', page);
    const address = await dialog.getByRole('link', { name: 'report.html' }).getAttribute('href');
    await page.goto(new URL(address!, page.url()).href);
    await page.getByRole('heading', { name: 'What excites the layers' }).scrollIntoViewIfNeeded();
    await page.getByRole('img', { name: /^What excites layer 3 fc3 of A1B, replicate 1: Unit 1: \d+\.\d% / }).waitFor();
    // Whether the page is accessible, report.test.ts asks of a short one.
    expect(await sideways(page)).toEqual([]);
    await window.screenshot('report-layers', page);
    expect(window.complaints).toEqual([]);
  });

  it('shows what units would like to see also where the images are not here, and says that they are not', async () => {
    const file = join(window.home, 'tiny.transplant');
    await window.workspace.application.packStudy(study, file, 'all');
    const elsewhere = await openWindow();
    onTestFinished(() => elsewhere.close());
    await elsewhere.workspace.restoreStudy(file);
    const page = await elsewhere.openPage({ at: '#/layers' });
    page.setDefaultTimeout(PATIENCE);
    await page.getByText(/it was trained elsewhere and came as a file/).waitFor();
    await layer(page, 'fc3').check({ force: true });
    const unit = page.getByRole('button', { name: 'Unit 2' });
    await expect.poll(() => unit.locator('canvas').count(), { timeout: PATIENCE }).toBe(1);
    await unit.click();
    await page.getByText(/It starts from grey, because the images and their mean are not here/).waitFor();
    expect(elsewhere.complaints).toEqual([]);
  });
});

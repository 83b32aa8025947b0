import { readFileSync } from 'node:fs';
import { basename } from 'node:path';
import type { Download, Page } from 'playwright-core';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { figurePng } from '../../src-main/study/report/figure-png.ts';
import { hasChromium } from '../chromium.ts';
import { madeUpHome } from './made-up-home.ts';
import { openWindow, type Window } from './window.ts';

const FAILED = 'The loss is not a number at step 412; lower the learning rate.';

/** The classes of the made-up home. */
const SHAPES = Array.from({ length: 8 }, (_, index) => `shape ${index + 1}`);

describe.skipIf(!hasChromium)('results', () => {
  let window: Window;
  let page: Page;
  let whole: string, distant: string, single: string, paused: string, failures: string, again: string, doomed: string;

  beforeAll(async () => {
    const { home, ids } = await madeUpHome([
      { name: 'Three replicates', replicates: 3, trainingSeed: 1 },
      {
        name: 'Chosen halves',
        replicates: 1,
        trainingSeed: 7,
        better: -9,
        changes: { split: { kind: 'lists', a: SHAPES.slice(0, 4), b: SHAPES.slice(4) } },
      },
      { name: 'One replicate', replicates: 1, layers: [1, 3, 5, 7], trainingSeed: 2, better: 6 },
      {
        name: 'Paused',
        replicates: 1,
        trainingSeed: 3,
        status: 'stopped',
        end: ({ name }) => (/[4-7]/.test(name) ? 'planned' : 'finished'),
      },
      {
        name: 'With failures',
        replicates: 2,
        layers: [1],
        trainingSeed: 4,
        status: 'failed',
        end: ({ name, replicate }) => {
          if (replicate === 0) return 'finished';
          return name === 'baseA' ? 'failed' : name.startsWith('A') ? 'planned' : 'finished';
        },
      },
      {
        name: 'To be tried again',
        replicates: 1,
        layers: [1],
        trainingSeed: 6,
        status: 'failed',
        changes: { treatments: ['transfer'] },
        end: ({ name }) => (name === 'baseA' ? 'failed' : name === 'A1B' ? 'planned' : 'finished'),
      },
      // Its networks guess.
      { name: 'To be deleted', replicates: 1, layers: [1], trainingSeed: 5, better: -40 },
    ]);
    [whole, distant, single, paused, failures, again, doomed] = ids;
    window = await openWindow({ home });
    page = window.page;
  });
  afterAll(() => window?.close());

  const open = async (study: string, which = page) => {
    await which.evaluate((hash) => (location.hash = hash), `#/results/${study}`);
    await which.getByRole('heading', { name: 'Protocol' }).waitFor();
  };
  const figure = (title: string, which = page) =>
    which.locator('section', { has: which.getByRole('heading', { name: title, exact: true }) }).last();
  const accuracy = () => figure('Top-1 accuracy for every treatment');
  const chart = () => accuracy().getByRole('slider');
  const names = () => accuracy().locator('.drawing text').allTextContents();

  it('lists studies with their state and shows the newest', async () => {
    await page.evaluate(() => (location.hash = '#/results'));
    await expect.poll(() => page.getByRole('heading', { level: 1 }).textContent()).toBe('To be deleted');
    const list = page.getByRole('navigation', { name: 'Studies' });
    await expect
      .poll(() => list.getByRole('link', { name: 'Paused' }).textContent())
      .toMatch(/Paused.*17 of 37 networks/);
    expect(await list.getByRole('link', { name: 'With failures' }).textContent()).toContain('Has failures');
  });

  const statement = (title: string, which = page) =>
    which
      .getByRole('region', { name: 'The paper’s statements, tested on these networks' })
      .getByRole('row')
      .filter({ hasText: title });

  it('begins with one sentence, a small curve and how to go on; then the figure, then the statements', async () => {
    await open(whole);
    const answer = page.locator('#answer');
    await answer.getByText(/On these images layers? 1.* transfers? .*; from layer \d on frozen layers cost/).waitFor();
    expect(await answer.locator('svg').count()).toBe(1);
    await answer.getByRole('button', { name: /^Run \d more replicates? \(about .+\)$/ }).waitFor();
    await answer.getByRole('button', { name: 'Go on until it is clear' }).waitFor();
    const headings = await page.locator('main h2').allTextContents();
    expect(headings.slice(0, 3)).toEqual([
      'The answer at a glance',
      'Top-1 accuracy for every treatment',
      'The paper’s statements, tested on these networks',
    ]);
    const links = page.getByRole('navigation', { name: 'Sections of this page' });
    await links.getByRole('link', { name: 'Protocol' }).click();
    await expect.poll(() => page.evaluate(() => document.activeElement?.id)).toBe('protocol');
    // It stays in sight.
    expect((await links.boundingBox())!.y).toBeGreaterThanOrEqual(0);
    await window.screenshot('results-answer');
  });

  it('begins with that sentence in a narrow window, too, where the other studies are folded until one is asked for', async () => {
    const narrow = await window.openPage({ width: 640, height: 400, at: `#/results/${whole}` });
    const sentence = narrow.locator('#answer .sentence');
    await sentence.waitFor();
    expect((await sentence.boundingBox())!.y).toBeLessThan(400);
    expect(await narrow.getByRole('searchbox', { name: 'Search studies' }).isVisible()).toBe(false);
    await narrow.getByText(/^Studies \(\d+\)$/).click();
    await narrow.getByRole('link', { name: 'Paused' }).click();
    await narrow.getByRole('heading', { level: 1, name: 'Paused' }).waitFor();
    await expect.poll(() => narrow.getByRole('link', { name: 'Paused' }).isVisible()).toBe(false);
    await narrow.context().close();
  });

  it('says in words what the networks show of each statement of the paper', async () => {
    await open(whole);
    const specific = statement('Features become specific towards the top');
    expect(await specific.textContent()).toMatch(
      /AnB − BnB is −\d+\.\d points averaged over n = 6 and 7 \(95% interval .*3 splits\)\. A drop is established \(p = 0\.\d+\).*The paper’s networks \(ImageNet\): −6\.1 points/s,
    );
    const distance = await statement('The further apart the tasks, the less transfers').textContent();
    expect(distance).toContain('4 splits, with the study “Chosen halves”');
    const table = page.getByRole('region', { name: 'The paper’s statements, layer by layer' });
    expect(await table.getByRole('row').count()).toBe(1 + 2 * 7);
    await window.screenshot('results-statements');
  });

  it('claims nothing from one replicate, whichever halves it has', async () => {
    for (const study of [single, distant]) {
      await open(study);
      const words = await page.locator('#statements .verdict').allTextContents();
      expect(words.length).toBe(7);
      expect(words.join()).not.toMatch(/upported/);
      // One caution for all of them, not one at each; the distance of tasks is tested over both studies.
      expect(words.filter((word) => word.includes('Not enough runs')).length).toBeLessThanOrEqual(1);
      await page.getByText(/One replicate tests nothing|What is open was not tested: one replicate/).waitFor();
    }
  });

  it('says the numbers of a point when the pointer is on it, and hides them with Escape', async () => {
    await open(whole);
    const box = (await chart().boundingBox())!;
    const marker = (await accuracy()
      .locator('.drawing svg')
      .evaluate((svg) => {
        const { scale } = svg as unknown as { scale: (name: string) => { apply(value: number): number } };
        return { x: scale('x').apply(5.05), y: scale('y').apply(54.9) };
      }))!;
    expect(box.width).toBeGreaterThan(600);
    await chart().hover({ position: marker });
    const tip = accuracy().locator('.tip');
    expect(await tip.textContent()).toMatch(
      /AnB at n = 5\s*\d\d\.\d%\s*95% interval: \d\d\.\d to \d\d\.\d%\s*3 networks, 3 replicates/,
    );
    await chart().focus();
    await page.keyboard.press('Escape');
    await expect.poll(() => tip.count()).toBe(0);
  });

  it('reads every point by keys, and shows the networks behind one', async () => {
    await open(single);
    await open(whole);
    await chart().focus();
    await page.keyboard.press('Home');
    expect(await chart().getAttribute('aria-valuetext')).toMatch(/^baseB, 63\.\d%, 95% interval: /);
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('End');
    expect(await chart().getAttribute('aria-valuetext')).toMatch(/^BnB at n = 7, /);
    await window.screenshot('results-point');
    await page.keyboard.press('Enter');
    const behind = accuracy().getByRole('region', { name: 'Behind the number: BnB at n = 7' }).last();
    await expect.poll(() => behind.getByRole('rowheader').allTextContents()).toEqual(['B7B', 'B7B', 'B7B']);
    expect(await behind.textContent()).toContain('split 2, training 1');
    await accuracy().scrollIntoViewIfNeeded();
    await window.screenshot('results-behind');
  });

  it('leads from a network to its training', async () => {
    await open(whole);
    const table = page.getByRole('region', { name: 'Every network', exact: true });
    await table.getByRole('link', { name: 'How baseB learned' }).nth(1).click();
    await expect.poll(() => page.evaluate(() => location.hash)).toBe(`#/live/${whole}`);
    await expect.poll(() => page.locator('[data-node="1 baseB"]').getAttribute('aria-pressed')).toBe('true');
  });

  it('hides a curve that is switched off, and remembers it', async () => {
    await open(whole);
    expect((await names()).join()).toContain('AnB+');
    const toggle = accuracy().getByRole('button', { name: 'AnB+' });
    await toggle.click();
    expect(await toggle.getAttribute('aria-pressed')).toBe('false');
    await expect.poll(async () => (await names()).join()).not.toContain('AnB+');
    const other = await window.openPage({ at: `#/results/${whole}` });
    const there = figure('Top-1 accuracy for every treatment', other).getByRole('button', { name: 'AnB+' });
    await expect.poll(() => there.getAttribute('aria-pressed')).toBe('false');
    await other.context().close();
    await toggle.click();
    await expect.poll(async () => (await names()).join()).toContain('AnB+');
  });

  it('lays studies over each other, as accuracies and as differences from each base', async () => {
    await open(whole);
    await page.getByLabel('Overlay One replicate').check();
    await expect.poll(names).toEqual(expect.arrayContaining(['baseB 1', 'baseB 2', 'AnB 1', 'AnB 2']));
    const legend = accuracy().getByRole('list', { name: 'Overlaid studies' });
    expect(await legend.textContent()).toMatch(/1\s*Three replicates.*2\s*One replicate/s);
    await window.screenshot('results-overlay');
    await accuracy().getByLabel('Difference from base').check();
    await expect.poll(names).toContain('Points of top-1 above the base');
    expect(await names()).not.toContain('baseB 2');
    await accuracy().getByLabel('Accuracy', { exact: true }).check();
    await page.getByLabel('Overlay One replicate').uncheck();
    await expect.poll(async () => (await names()).join()).not.toContain('AnB 2');
  });

  it('shows the effects that are chosen', async () => {
    await open(whole);
    const effects = figure('The effects against n');
    const titles = () =>
      effects
        .locator('.drawing text')
        .allTextContents()
        .then((texts) => texts.join(' '));
    expect(await titles()).not.toContain('selffer recovery');
    await effects.getByRole('button', { name: 'selffer recovery' }).click();
    await expect.poll(titles).toContain('selffer recovery');
    await effects.getByRole('button', { name: 'selffer recovery' }).click();
    await expect.poll(titles).not.toContain('selffer recovery');
  });

  const focused = () => page.evaluate(() => document.activeElement?.textContent?.trim());

  const saved = async (button: string): Promise<{ download: Download; bytes: Buffer }> => {
    const [download] = await Promise.all([
      page.waitForEvent('download'),
      page.getByRole('button', { name: button, exact: true }).click(),
    ]);
    return { download, bytes: readFileSync(await download.path()) };
  };

  it('saves a figure as an SVG that stands alone and as a PNG for print, and a table as CSV', async () => {
    await open(whole);
    const svg = await saved('Save “The effects against n” as SVG');
    expect(svg.download.suggestedFilename()).toBe('three-replicates-the-effects-against-n.svg');
    const drawn = await sharp(svg.bytes).metadata();
    const signs = await page
      .getByRole('button', { name: 'Save “The effects against n” as PNG', exact: true })
      .evaluateHandle((button) => {
        const sign = button.closest('.foot')!.querySelector('[role=status]')!;
        const signs: string[] = [];
        new MutationObserver(() => signs.push(sign.textContent)).observe(sign, { characterData: true, subtree: true });
        return signs;
      });
    const png = await saved('Save “The effects against n” as PNG');
    expect((await signs.jsonValue())[0]).toBe('Making the PNG …');
    expect(await sharp(png.bytes).metadata()).toMatchObject({
      ...{ format: 'png', density: 300 },
      width: Math.round((drawn.width! * 300) / 96),
      height: Math.round((drawn.height! * 300) / 96),
    });
    // As the report would have it.
    expect(png.bytes.equals(await figurePng(svg.bytes.toString()))).toBe(true);
    const { data } = await sharp(png.bytes).removeAlpha().raw().toBuffer({ resolveWithObject: true });
    expect([...data.subarray(0, 3)]).toEqual([255, 255, 255]);
    expect(new Set(data).size).toBeGreaterThan(50);
    const csv = await saved('Save “Every network” as CSV');
    // A line for each network and one for the head.
    expect(csv.bytes.toString().trim().split('\r\n').length).toBe(1 + 111);
  });

  it('exports the whole report: every file can be fetched, and all as a zip', async () => {
    await open(doomed);
    await page.getByRole('button', { name: 'Export the report' }).click();
    const dialog = page.getByRole('dialog', { name: 'The report' });
    await dialog.getByRole('button', { name: 'Write the report' }).click();
    await dialog.getByRole('progressbar').waitFor();
    await dialog.getByRole('button', { name: 'Stop' }).click();
    await dialog.getByText('Stopped. Nothing was written.').waitFor();
    await dialog.getByRole('button', { name: 'Write the report' }).click();
    await dialog.getByRole('link', { name: 'Open the page' }).waitFor({ timeout: 120_000 });
    await dialog.getByRole('link', { name: 'Download all as a zip' }).waitFor();
    expect(await dialog.getByRole('link', { name: 'results.json' }).isVisible()).toBe(false);
    await dialog.getByText(/^All \d+ files$/).click();
    const links = await dialog
      .getByRole('link')
      .evaluateAll((all) => all.map((link) => (link as HTMLAnchorElement).href));
    expect(links.map((link) => basename(link))).toEqual(
      expect.arrayContaining(['report.html', 'results.csv', 'figure-2-top.svg', 'figure-2-top.png', `${doomed}.zip`]),
    );
    const statuses = await page.evaluate(
      (urls) => Promise.all(urls.map((url) => fetch(url).then((answer) => answer.status))),
      links,
    );
    expect(new Set(statuses)).toEqual(new Set([200]));
    await window.screenshot('results-export');
    expect(await window.violations()).toEqual([]);
    await dialog.getByRole('button', { name: 'Close' }).first().click();
    await expect.poll(() => focused()).toBe('Export the report');
  });

  it('shows what there is of an unfinished study, says so, and offers to go on', async () => {
    await open(paused);
    await page.getByText('This study has not finished: 17 of 37 networks are trained.').waitFor();
    await page.getByRole('button', { name: 'Resume' }).waitFor();
    expect(await accuracy().locator('.drawing svg').count()).toBe(1);
    const missing = page.getByRole('region', { name: 'Networks without a result' });
    expect(await missing.getByRole('row').count()).toBe(1 + 20);
    await window.screenshot('results-unfinished');
  });

  it('names failed trainings with their reason and offers to try again', async () => {
    await open(failures);
    await page.getByText('1 training failed, and 2 networks made from it could not be trained').waitFor();
    await page.getByText(`baseA, replicate 2: ${FAILED}`).waitFor();
    await page.getByRole('button', { name: 'Try again' }).waitFor();
    await window.screenshot('results-failures');
  });

  it('says with one replicate what its intervals are not', async () => {
    await open(single);
    await page.getByText('Limits of these numbers').click();
    await page.getByText('They say nothing about other splits or seeds.').waitFor();
  });

  it('shows a second study beside the first: on the same axes, number by number, and what differs', async () => {
    await open(whole);
    await page.getByLabel('Compare with').selectOption({ label: 'Chosen halves' });
    const card = page.locator('section', { has: page.getByRole('heading', { name: 'Beside another study' }) }).last();
    const [one, other] = ['Three replicates', 'Chosen halves'].map((name) =>
      card.getByRole('region', { name, exact: true }),
    );
    await other.getByRole('slider').waitFor();
    // The ticks of both axes.
    const axes = async (of: typeof one) =>
      (await of.locator('.drawing text').allTextContents()).filter((tick) => /^\d+$/.test(tick));
    expect(await axes(one)).toEqual(await axes(other));
    expect((await axes(one)).length).toBeGreaterThan(9);
    await other
      .getByText(/layer|points|images/)
      .first()
      .waitFor();
    const row = card.getByRole('region', { name: 'Accuracies of both studies' }).getByRole('row', { name: /^AnB 1 / });
    // Every network of the second study is nine points worse.
    await expect.poll(() => row.textContent()).toMatch(/AnB\s*1.*×3.*×1.*−\d+\.\d/);
    const facts = card.getByRole('region', { name: 'What was done differently' });
    await facts.getByRole('row', { name: /^Study: Split/ }).waitFor();
    expect(await facts.getByRole('row', { name: /Image set/ }).count()).toBe(0);
    await page.setViewportSize({ width: 1280, height: 1100 });
    await card.getByRole('heading', { name: 'Beside another study' }).evaluate((title) => title.scrollIntoView());
    await window.screenshot('compare-light');
    expect(await window.violations()).toEqual([]);
    await page.setViewportSize({ width: 1280, height: 800 });
    await page.getByLabel('Compare with').selectOption({ label: 'no study' });
    await expect.poll(() => one.count()).toBe(0);
  });

  it('gives the command that repeats the study', async () => {
    await open(whole);
    await page.context().grantPermissions(['clipboard-read', 'clipboard-write']);
    await page.getByRole('button', { name: 'Copy', exact: true }).click();
    await page.getByRole('button', { name: 'Copied' }).waitFor();
    expect(await page.evaluate(() => navigator.clipboard.readText())).toMatch(/^npx transplant study run --data /);
    await page.getByRole('button', { name: 'Copy the methods paragraph' }).click();
    await expect
      .poll(() => page.evaluate(() => navigator.clipboard.readText()))
      .toMatch(/^Following Yosinski et al\. \(2014\), the classes of the image set shapes /);
  });

  it('offers another study where networks guess, and not more networks that do', async () => {
    await open(doomed);
    const card = page.locator('#answer');
    await card.getByText(/can’t be told from guessing/).waitFor();
    await card.getByRole('link', { name: 'Set up a study' }).waitFor();
    expect(await card.getByRole('button').count()).toBe(0);
  });

  it('deletes a study only when asked twice, and shows no other in its place', async () => {
    await open(doomed);
    await page.getByRole('button', { name: 'Delete', exact: true }).click();
    const dialog = page.getByRole('dialog', { name: 'Delete “To be deleted”?' });
    await dialog.getByRole('button', { name: 'Keep it' }).click();
    await expect.poll(() => dialog.count()).toBe(0);
    await page.getByRole('button', { name: 'Delete', exact: true }).click();
    await dialog.getByRole('button', { name: 'Delete' }).click();
    await page.getByText('“To be deleted” is deleted. For 30 days it can be brought back.').waitFor();
    // No further study can be deleted by mistake, and the keyboard goes on here.
    expect(await page.getByRole('button', { name: 'Delete', exact: true }).count()).toBe(0);
    expect(await page.evaluate(() => document.activeElement?.id)).toBe('content');
    const list = page.getByRole('navigation', { name: 'Studies' });
    await expect.poll(() => list.getByRole('link', { name: 'To be deleted' }).count()).toBe(0);
  });

  it('says that a study is gone which its address still names', async () => {
    await page.evaluate((hash) => (location.hash = hash), `#/results/${doomed}`);
    await page.getByText('This study is no longer here').waitFor();
  });

  it.each(['light', 'dark'] as const)('axe finds nothing to object to in the %s theme', async (colorScheme) => {
    const which = await window.openPage({ colorScheme, at: `#/results/${failures}` });
    await which.getByRole('heading', { name: 'Protocol' }).waitFor();
    await which.getByRole('slider').first().waitFor();
    expect(await window.violations(which)).toEqual([]);
    await window.screenshot(`results-${colorScheme}`, which);
    await which.context().close();
  });

  it.each([900, 400])('does not scroll sideways at %i pixels', async (width) => {
    const which = await window.openPage({ width, at: `#/results/${whole}` });
    await which.getByRole('slider').first().waitFor();
    expect(await which.evaluate(() => document.querySelector('main')!.scrollWidth)).toBeLessThanOrEqual(width);
    const charts = await which.evaluate(() =>
      [...document.querySelectorAll('.drawing svg')].map((svg) => svg.getBoundingClientRect().right),
    );
    expect(Math.max(...charts)).toBeLessThanOrEqual(width);
    await window.screenshot(`results-${width}`, which);
    await which.context().close();
  });

  it('tries failed trainings again, and shows their results as they come', async () => {
    await open(again);
    await page.getByText('1 training failed, and 1 network made from it could not be trained').waitFor();
    expect(await accuracy().count()).toBe(0);
    await page.getByRole('button', { name: 'Try again' }).click();
    await page.getByText('This study is running').waitFor();
    await expect.poll(() => accuracy().getByRole('slider').count(), { timeout: 60_000 }).toBe(1);
    await expect.poll(() => page.getByText('This study is running').count(), { timeout: 60_000 }).toBe(0);
    expect(await page.getByText(FAILED).count()).toBe(0);
    const table = page.getByRole('region', { name: 'Every network', exact: true });
    const filters = table.getByRole('link', { name: 'First-layer filters of A1B' });
    expect(await filters.getAttribute('href')).toMatch(/^#\/filters\/[0-9a-f]{64}$/);
  });

  it('has said nothing on the console', () => {
    expect(window.complaints).toEqual([]);
  });
});

describe.skipIf(!hasChromium)('results of nothing', () => {
  it('say how to begin', async () => {
    const window = await openWindow({ at: '#/results' });
    await window.page.getByRole('heading', { name: 'No study yet' }).waitFor();
    expect(await window.violations()).toEqual([]);
    await window.screenshot('results-empty');
    await window.page.getByRole('link', { name: 'Set up a study' }).click();
    await expect.poll(() => window.page.evaluate(() => location.hash)).toBe('#/study');
    expect(window.complaints).toEqual([]);
    await window.close();
  });
});

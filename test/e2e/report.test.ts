import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Browser, Page } from 'playwright-core';
import { beforeAll, expect, test } from 'vitest';
import { writeReport } from '../../src-main/study/report/write.ts';
import { analyse } from '../../src-main/study/analysis/analysis.ts';
import { type Figure, learningFigures, resultFigures } from '../../src-main/study/report/figures.ts';
import { analyseFirstLayers } from '../../src-main/study/analysis/first-layer.ts';
import { firstLayerFigures } from '../../src-main/study/report/first-layer-figures.ts';
import type { StudyReport } from '../../src-main/study/analysis/study-report.ts';
import { CHROMIUM, hasChromium, openChromium } from '../chromium.ts';
import { madeUpStudy } from '../study/report-made-up.ts';
import { axe, picture } from './window.ts';

const browserTest = test.skipIf(!hasChromium);
if (!hasChromium)
  process.stderr.write(`Skipped: the report in a browser. There is no Chromium at ${CHROMIUM}; set CHROMIUM to one.\n`);

let browser: Browser | undefined;
let report: string;

beforeAll(async () => {
  [report] = await writeReport(madeUpStudy(), mkdtempSync(join(tmpdir(), 'report-')));
  if (hasChromium) browser = await openChromium();
}, 180_000);

/** Opens the report and gathers what it asks the network for and what the console says. */
async function open(width: number, file = report): Promise<{ page: Page; requests: string[]; complaints: string[] }> {
  const context = await browser!.newContext({ viewport: { width, height: 900 } });
  const page = await context.newPage();
  const requests: string[] = [];
  const complaints: string[] = [];
  page.on('request', (request) => requests.push(request.url()));
  page.on('console', (message) => complaints.push(message.text()));
  page.on('pageerror', (error) => complaints.push(error.message));
  page.on('dialog', (dialog) => {
    complaints.push(`dialog: ${dialog.message()}`);
    void dialog.dismiss();
  });
  await page.goto(pathToFileURL(file).href);
  return { page, requests, complaints };
}

browserTest('the page asks for nothing but itself and says nothing on the console', async () => {
  const { page, requests, complaints } = await open(1280);
  expect(requests.filter((url) => !url.startsWith('data:'))).toEqual([pathToFileURL(report).href]);
  expect(complaints).toEqual([]);
  await page.context().close();
});

browserTest.each([1280, 400])(
  'the page does not scroll sideways at %i pixels, and its pictures are shown',
  async (width) => {
    const { page } = await open(width);
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(width);
    const widths = await page.evaluate(() => [...document.images].map((image) => image.naturalWidth));
    expect(widths.length).toBeGreaterThan(0);
    expect(Math.min(...widths)).toBeGreaterThan(50);
    const captions = await page
      .locator('caption')
      .evaluateAll((all) =>
        all.map((caption) => caption.getBoundingClientRect()).map(({ left, right }) => ({ left, right })),
      );
    expect(Math.max(...captions.map(({ right }) => right))).toBeLessThanOrEqual(width);
    expect(Math.min(...captions.map(({ left, right }) => right - left))).toBeGreaterThan(300);
    await picture(page, `report-${width}`, { fullPage: true });
    await page.context().close();
  },
);

browserTest('on paper, where nobody can open it, each statement stands in words', async () => {
  const { page } = await open(1280);
  const words = page.locator('details', { hasText: 'Each statement in words' }).locator('li').first();
  expect(await words.isVisible()).toBe(false);
  await page.emulateMedia({ media: 'print' });
  expect(await words.isVisible()).toBe(true);
  await page.context().close();
});

browserTest('a class named like a script is shown as text', async () => {
  const { page } = await open(1280);
  expect(await page.getByText('<script>alert("class")</script>').count()).toBeGreaterThan(0);
  expect(await page.locator('script').count()).toBe(0);
  await page.context().close();
});

/** Studies whose lines, labels and brackets lie differently. */
const studies: [string, StudyReport][] = [
  ['three replicates', madeUpStudy()],
  ['one replicate', madeUpStudy({ replicates: 1 })],
  ['two replicates and two values of n', madeUpStudy({ replicates: 2, layers: [3, 7] })],
  ['a single n', madeUpStudy({ replicates: 1, layers: [1] })],
  ['every network alike', alike(madeUpStudy({ replicates: 1 }))],
];

function alike(study: StudyReport): StudyReport {
  const runs = study.runs.map((run) => ({ ...run, correct: 500 }));
  return { ...study, runs };
}

const variants: [string, () => Figure[]][] = [
  ...studies.map(([name, study]): [string, () => Figure[]] => [
    name,
    () => [...resultFigures(study, analyse(study)), ...learningFigures(study)],
  ]),
  ['first-layer filters', () => firstLayerFigures(analyseFirstLayers(madeUpStudy().filters)!)],
];

browserTest.each(variants)('text in the figures does not overlap: %s', async (_, figuresOf) => {
  const figures = figuresOf();
  const page = await browser!.newPage({ viewport: { width: 1280, height: 900 } });
  await page.setContent(figures.map(({ svg }) => `<figure>${svg}</figure>`).join('\n'));
  const overlaps = await page.evaluate(() =>
    [...document.querySelectorAll('figure svg')].flatMap((svg) => {
      const texts = [...svg.querySelectorAll('text')].map((text) => ({
        words: text.textContent,
        box: text.getBoundingClientRect(),
      }));
      const frame = svg.getBoundingClientRect();
      const outside = texts.filter(({ box }) => box.left < frame.left - 1 || box.right > frame.right + 1);
      const crossing = texts.flatMap((one, index) =>
        texts.slice(index + 1).flatMap((two) => {
          const across = Math.min(one.box.right, two.box.right) - Math.max(one.box.left, two.box.left);
          const down = Math.min(one.box.bottom, two.box.bottom) - Math.max(one.box.top, two.box.top);
          return across > 1 && down > 3 ? [`${one.words} / ${two.words}`] : [];
        }),
      );
      return [...outside.map(({ words }) => `outside: ${words}`), ...crossing];
    }),
  );
  expect(overlaps).toEqual([]);
  await page.close();
});

browserTest('axe finds nothing to object to', async () => {
  // One replicate: the time of the contrast rule grows with the square of the page.
  const folder = mkdtempSync(join(tmpdir(), 'report-'));
  const [small] = await writeReport(madeUpStudy({ replicates: 1, layers: [1, 2] }), folder);
  const { page } = await open(1280, small);
  const { violations } = await axe(page).analyze();
  expect(violations.map(({ id, nodes }) => `${id}: ${nodes[0].html}`)).toEqual([]);
  await page.context().close();
});

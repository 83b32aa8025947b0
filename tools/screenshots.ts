import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Locator, Page } from 'playwright-core';
import sharp from 'sharp';
import { openWindow } from '../test/e2e/window.ts';

/**
 * The pictures of the manual, from the real program: the quick study on the built-in images in a home of its own, driven as a
 * person would. Some five minutes on two quiet cores; the numbers in them are those of the study.
 */

const PICTURES = join(import.meta.dirname, '..', 'docs', 'pictures');
/** Milliseconds for the whole study, on a machine that has other work, too. */
const PATIENCE = 90 * 60_000;
/** Networks of the quick study, and how many of them are trained on the picture of one under way. */
const [NETWORKS, UNDER_WAY] = [37, 15];

const home = join(mkdtempSync(join(tmpdir(), 'screenshots-')), 'Transplant');
const window = await openWindow({ home, width: 1280, height: 800 });
const { page } = window;
const training = { timeout: PATIENCE };
page.setDefaultTimeout(60_000);
// Else what is waited for on a page that is no longer there would be waited for to the end.
page.on('crash', () => {
  throw new Error('The page has crashed.');
});

/** Of the screen as it is, or of a part of it; in a palette: a third of the bytes, and no difference to be seen. */
async function picture(
  name: string,
  { height = 800, of = page }: { height?: number; of?: Page | Locator } = {},
): Promise<void> {
  // What a busy machine adds is no part of the manual.
  const messages = page.getByRole('button', { name: 'Dismiss' });
  while ((await messages.count()) > 0) await messages.first().click();
  await page.setViewportSize({ width: 1280, height });
  await page.mouse.move(0, 0);
  await page.waitForFunction(() => [...document.images].every((image) => image.complete));
  const png = await of.screenshot({ animations: 'disabled' });
  mkdirSync(PICTURES, { recursive: true });
  writeFileSync(join(PICTURES, `${name}.png`), await sharp(png).png({ palette: true, effort: 10 }).toBuffer());
  process.stderr.write(`${name}.png\n`);
}

const goTo = (screen: string) =>
  page.getByRole('navigation', { name: 'Screens' }).getByRole('link', { name: screen }).click();
try {
  await picture('start');
  await goTo('Data');
  await page.getByRole('button', { name: 'Make some now' }).click();
  await page.getByText(/images to train on and/).waitFor();
  await picture('data');
  await page.getByRole('button', { name: 'Use these images' }).click();
  await page.getByRole('region', { name: 'Half B' }).getByRole('option').first().waitFor();
  await picture('split', { height: 900 });
  await page.getByRole('button', { name: 'Continue' }).click();
  await page.getByRole('radio', { name: /Quick/ }).check();
  await page.getByText(`${NETWORKS} trainings, about`).waitFor();
  await picture('study', { height: 1100 });
  await page.getByRole('button', { name: 'Run the study' }).click();
  const enough = Array.from({ length: NETWORKS - UNDER_WAY }, (_, more) => UNDER_WAY + more).join('|');
  await page.getByText(new RegExp(`^(${enough}) of ${NETWORKS} networks finished`)).waitFor(training);
  // Of one that is trained: a curve and filters that have formed.
  await page.locator('[data-node="0 baseB"]').click();
  await page.getByRole('img', { name: /^First-layer filters of baseB/ }).waitFor();
  await page.getByRole('slider', { name: /^Loss of baseB/ }).waitFor();
  await picture('live', { height: 900 });
  await page
    .getByRole('link', { name: 'See the results' })
    .or(page.getByRole('button', { name: 'See the results' }))
    .first()
    .click(training);
  await page.getByRole('heading', { name: 'The answer at a glance' }).waitFor();
  const figure = page.locator('section').filter({ hasText: 'Top-1 accuracy for every treatment' }).last();
  await figure.getByRole('slider').first().waitFor();
  await picture('results', { height: 900 });
  await picture('results-accuracy', { height: 1000, of: figure });

  await goTo('Filters');
  await page.getByRole('group', { name: /^32 filters of baseA/ }).waitFor();
  await page.getByRole('button', { name: 'Classify filters' }).first().click();
  for (const name of ['baseA', 'baseB'])
    await page.getByRole('heading', { name: `Kinds of filters of ${name}` }).waitFor();
  await picture('filters', { height: 1120 });
  await goTo('Layers');
  await page.getByRole('radio', { name: /^Layer 3, conv3/ }).check({ force: true });
  await page.getByText(/^On average \d+% of the images/).waitFor();
  await page.getByRole('button', { name: /^Filter 12/ }).waitFor();
  await picture('layers', { height: 1500 });
  await goTo('Engine');
  await page.getByText('Studies train with the engine').waitFor();
  await page.getByText('Examining again').waitFor({ state: 'hidden' });
  // Without the list below of what the machine has: paths of whoever takes the pictures stand in it.
  await picture('engine', { height: 690 });
  await goTo('Help');
  await page.getByRole('article').waitFor();
  await picture('help');
} catch (error) {
  await page.screenshot({ path: join(PICTURES, 'failed.png') });
  throw error;
} finally {
  await window.close();
  rmSync(join(home, '..'), { recursive: true, force: true });
}

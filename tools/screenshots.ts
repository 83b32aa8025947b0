import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
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

const home = mkdtempSync(join(tmpdir(), 'transplant-screenshots-'));
const window = await openWindow({ home, width: 1280, height: 800 });
const { page } = window;
const training = { timeout: PATIENCE };
page.setDefaultTimeout(120_000);

/** Of the screen as it is, in a palette: a third of the bytes, and no difference to be seen. */
async function picture(name: string, height = 800): Promise<void> {
  await page.setViewportSize({ width: 1280, height });
  await page.mouse.move(0, 0);
  const png = await page.screenshot({ animations: 'disabled' });
  mkdirSync(PICTURES, { recursive: true });
  writeFileSync(join(PICTURES, `${name}.png`), await sharp(png).png({ palette: true, effort: 10 }).toBuffer());
  process.stderr.write(`${name}.png\n`);
}

const goTo = (screen: string) =>
  page.getByRole('navigation', { name: 'Screens' }).getByRole('link', { name: screen }).click();
const loaded = () => page.waitForFunction(() => [...document.images].every((image) => image.complete));

try {
  await picture('start');
  await goTo('Data');
  await page.getByRole('button', { name: 'Make some to look at' }).click();
  await page.getByText(/images to train on and/).waitFor();
  await loaded();
  await picture('data');
  await page.getByRole('button', { name: 'Use these images' }).click();
  await page.getByRole('region', { name: 'Half B' }).getByRole('option').first().waitFor();
  await loaded();
  await picture('split', 900);
  await page.getByRole('button', { name: 'Continue' }).click();
  await page.getByRole('radio', { name: /Quick/ }).check();
  await page.getByText(`${NETWORKS} trainings, about`).waitFor();
  await picture('study', 1100);
  await page.getByRole('button', { name: 'Run the study' }).click();
  const enough = Array.from({ length: NETWORKS - UNDER_WAY }, (_, more) => UNDER_WAY + more).join('|');
  await page.getByText(new RegExp(`^(${enough}) of ${NETWORKS} networks finished`)).waitFor(training);
  await picture('live', 900);
  await page
    .getByRole('link', { name: 'See the results' })
    .or(page.getByRole('button', { name: 'See the results' }))
    .first()
    .click(training);
  await page.getByRole('heading', { name: 'The answer at a glance' }).waitFor();
  await picture('results');
  await page.getByRole('heading', { name: 'Top-1 accuracy for every treatment' }).scrollIntoViewIfNeeded();
  await picture('results-accuracy');

  await goTo('Filters');
  await page.getByRole('group', { name: /^32 filters of baseA/ }).waitFor();
  await page.getByRole('button', { name: 'Say what they are' }).first().click();
  await page
    .getByRole('heading', { name: /^What the filters of/ })
    .first()
    .waitFor();
  await picture('filters', 900);
  await goTo('Layers');
  await page.getByRole('heading', { level: 1 }).waitFor();
  await picture('layers', 900);
  await goTo('Engine');
  await page.getByText('This machine').waitFor();
  await picture('engine');
  await goTo('Help');
  await page.getByRole('article').waitFor();
  await picture('help');
} catch (error) {
  await page.screenshot({ path: join(PICTURES, 'failed.png') });
  throw error;
} finally {
  await window.close();
  rmSync(home, { recursive: true, force: true });
}

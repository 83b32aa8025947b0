import { readFileSync } from 'node:fs';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import type { Page } from 'playwright-core';
import { requestOf } from '../../src-main/api/handlers/studies.ts';
import { tinyNetwork } from '../study/tiny-study.ts';
import { hasChromium } from '../chromium.ts';
import { openWindow, type Window } from './window.ts';

const DENSE = [{ type: 'dense', name: 'fc1', units: 8 }, { type: 'relu' }, { type: 'dense', name: 'fc2' }];

/** A smoke study of two bases and two transfers, really trained. */
async function train({ workspace }: Window): Promise<void> {
  await workspace.runStudy(
    { preset: 'smoke', data: 'dead-leaves', layers: [1], treatments: ['transfer', 'transfer+'] },
    2,
  );
  for await (const { study } of workspace.watch()) if (study === null) return;
}

describe.skipIf(!hasChromium)('Filters', { timeout: 120_000 }, () => {
  let window: Window;
  beforeAll(async () => {
    window = await openWindow();
    await train(window);
  }, 180_000);
  afterAll(() => window.close());

  async function open(options: Parameters<Window['openPage']>[0] = {}): Promise<Page> {
    const page = await window.openPage({ at: '#/filters', ...options });
    onTestFinished(() => page.context().close());
    await walls(page).nth(1).waitFor();
    return page;
  }
  const walls = (page: Page) => page.getByRole('group', { name: /32 filters of/ });
  const filter = (page: Page, number: number, wall = 0) =>
    walls(page)
      .nth(wall)
      .getByRole('button', { name: `Filter ${number} of 32` });
  /** The bytes of a canvas, to tell whether a picture changed. */
  const pixels = (page: Page, wall = 0) =>
    walls(page)
      .nth(wall)
      .locator('canvas')
      .evaluate((canvas: HTMLCanvasElement) => canvas.toDataURL());

  it('shows baseA beside baseB, and another network when it is chosen', async () => {
    const page = await open();
    expect(await page.getByRole('heading', { level: 2 }).allTextContents()).toEqual(['baseA', 'baseB']);
    const before = await pixels(page, 1);
    await page.getByLabel('Compare with: Network of the study').selectOption('A1B+');
    await page.getByRole('heading', { level: 2, name: 'A1B+' }).waitFor();
    await expect.poll(() => pixels(page, 1)).not.toBe(before);
    await page.getByLabel('Compare with: Study').selectOption('Nothing');
    await expect.poll(() => walls(page).count()).toBe(1);
    await window.screenshot('filters-one', page);
  });

  it('opens on the network of the address, beside the base it comes from', async () => {
    const study = window.workspace.application.store.studies()[0].id;
    const run = window.workspace.application.store.studyRuns(study).find(({ name }) => name === 'A1B')!.run;
    const page = await open({ at: `#/filters/${run}` });
    expect(await page.getByRole('heading', { level: 2 }).allTextContents()).toEqual(['A1B', 'baseA']);
    // Frozen: the same filters, learned by baseA.
    expect(await pixels(page, 0)).toBe(await pixels(page, 1));
  });

  it('is sorted, and scaled together', async () => {
    const page = await open();
    const first = async () => walls(page).first().getByRole('button').first().getAttribute('aria-label');
    expect(await first()).toBe('Filter 1 of 32');
    const before = await pixels(page);
    await page.getByLabel('Order').selectOption('Largest first');
    await expect.poll(() => pixels(page)).not.toBe(before);
    const sorted = await pixels(page);
    await page.getByLabel('One scale for all').check();
    await expect.poll(() => pixels(page)).not.toBe(sorted);
  });

  it('is walked with the arrow keys; Enter shows one large, with everything that is known of it', async () => {
    const page = await open();
    await filter(page, 1).focus();
    await page.keyboard.press('ArrowRight');
    await page.keyboard.press('ArrowDown');
    expect(await page.evaluate(() => document.activeElement?.getAttribute('aria-label'))).toBe('Filter 9 of 32');
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { name: 'Filter 9 of baseA' }).waitFor();
    for (const part of ['Red', 'Green', 'Blue', 'Fourier magnitude'])
      await page.getByRole('img', { name: part, exact: true }).waitFor();
    await page.getByRole('img', { name: /^Number 24: / }).waitFor();
    await page.getByText('The frame is the receptive field where the unit responds most.').waitFor();
    expect(await page.getByText('Norm').count()).toBe(1);
    await page.setViewportSize({ width: 1280, height: 1300 });
    await window.screenshot('filters-closer', page);
    await page.getByRole('button', { name: 'Close' }).click();
    expect(await page.getByRole('heading', { name: 'Filter 9 of baseA' }).count()).toBe(0);
  });

  it('goes back to any step of the training, by the slider and by the strip', async () => {
    const page = await open();
    const last = await pixels(page);
    await page.getByRole('slider', { name: 'Step of the training that is shown' }).fill('0');
    await expect.poll(() => pixels(page)).not.toBe(last);
    await filter(page, 3).click();
    await page
      .getByRole('button', { name: /^step \d+$/ })
      .last()
      .click();
    await expect.poll(() => pixels(page)).toBe(last);
  });

  it('goes back in both networks at once, each to the newest step that it keeps', async () => {
    const page = await open();
    await page.getByLabel('Compare with: Network of the study').selectOption('A1B+');
    await page.getByRole('heading', { level: 2, name: 'A1B+' }).waitFor();
    const step = async (wall: number) =>
      Number(/at step (\d+)$/.exec((await walls(page).nth(wall).getAttribute('aria-label'))!)![1]);
    await expect.poll(() => step(1)).toBe(15);
    const slider = page.getByRole('slider', { name: 'Step of the training that is shown' });
    // Each step of either network is a place of the slider.
    const places = Number(await slider.getAttribute('max'));
    for (let place = places - 1; place >= 0; place--) {
      await slider.fill(String(place));
      const wanted = Number((await slider.getAttribute('aria-valuetext'))!.replace('step ', ''));
      await expect.poll(async () => Math.max(await step(0), await step(1))).toBe(wanted);
    }
    expect([await step(0), await step(1)]).toEqual([0, 0]);
    // Frozen filters have no history: they stay.
    await page.getByLabel('Compare with: Network of the study').selectOption('A1B');
    await page.getByRole('heading', { level: 2, name: 'A1B' }).waitFor();
    await slider.fill('0');
    await expect.poll(() => step(0)).toBe(0);
    await expect.poll(() => step(1)).toBe(15);
    expect(await page.getByRole('alert').count()).toBe(0);
  });

  it('marks the step that is shown in the strip of a filter', async () => {
    const page = await open();
    await filter(page, 3).click();
    const strip = page.getByRole('button', { name: /^step \d+$/ });
    await strip.last().waitFor();
    expect(await strip.last().getAttribute('aria-pressed')).toBe('true');
    await strip.first().click();
    await expect.poll(() => strip.first().getAttribute('aria-pressed')).toBe('true');
    expect(await page.getByRole('button', { name: /^step \d+$/, pressed: true }).count()).toBe(1);
  });

  it('is enlarged around the pointer, by the wheel with Ctrl and by two fingers', async () => {
    const page = await open();
    const wall = walls(page).first();
    const box = (await wall.boundingBox())!;
    const [x, y] = [box.x + 200, box.y + 120];
    /** The filter under the point, and where in it the point is. */
    const under = () =>
      page.evaluate(
        ([x, y]) => {
          const button = document.elementFromPoint(x, y)!;
          const { left, top, width, height } = button.getBoundingClientRect();
          return { name: button.getAttribute('aria-label'), across: (x - left) / width, down: (y - top) / height };
        },
        [x, y] as const,
      );
    const width = () => wall.locator('.wall').evaluate((drawn) => drawn.clientWidth);
    // What is wholly in view can't be moved.
    for (let i = 0; i < 4; i++) await page.getByRole('button', { name: 'Enlarge' }).click();
    const enlarge = async (act: () => Promise<void>) => {
      const [before, at] = [await width(), await under()];
      await act();
      await expect.poll(width).toBeGreaterThan(1.5 * before);
      const now = await under();
      expect(now.name).toBe(at.name);
      // Weights are whole pixels: a little is rounded.
      expect(Math.abs(now.across - at.across)).toBeLessThan(0.15);
      expect(Math.abs(now.down - at.down)).toBeLessThan(0.15);
    };
    await enlarge(async () => {
      await page.mouse.move(x, y);
      await page.keyboard.down('Control');
      for (let turn = 0; turn < 4; turn++) await page.mouse.wheel(0, -100);
      await page.keyboard.up('Control');
    });
    const session = await page.context().newCDPSession(page);
    const touch = (type: 'touchStart' | 'touchMove' | 'touchEnd', apart: number) =>
      session.send('Input.dispatchTouchEvent', {
        type,
        touchPoints: type === 'touchEnd' ? [] : [-1, 1].map((side, id) => ({ x: x + side * apart, y, id })),
      });
    await enlarge(async () => {
      await touch('touchStart', 30);
      for (const apart of [40, 50, 60]) await touch('touchMove', apart);
      await touch('touchEnd', 0);
    });
  });

  it('is enlarged by keys and buttons, and moved by dragging without choosing', async () => {
    const page = await open();
    const width = () =>
      walls(page)
        .first()
        .locator('.wall')
        .evaluate((wall) => wall.clientWidth);
    const before = await width();
    for (let i = 0; i < 6; i++) await page.getByRole('button', { name: 'Enlarge' }).click();
    await expect.poll(width).toBeGreaterThan(2 * before);
    const scrolled = () =>
      walls(page)
        .first()
        .evaluate(({ scrollLeft, scrollTop }) => [scrollLeft, scrollTop]);
    const from = await scrolled();
    const box = (await walls(page).first().boundingBox())!;
    await page.mouse.move(box.x + 150, box.y + 150);
    await page.mouse.down();
    await page.mouse.move(box.x + 60, box.y + 70, { steps: 4 });
    await page.mouse.up();
    expect(await scrolled()).toEqual([from[0] + 90, from[1] + 80]);
    expect(await page.getByRole('heading', { name: /^Filter \d+ of/ }).count()).toBe(0);
    await filter(page, 1).focus();
    await page.keyboard.press('0');
    await expect.poll(width).toBe(before);
  });

  it('is saved as PNG and SVG', async () => {
    const page = await open();
    const saved = async (button: string) => {
      const [download] = await Promise.all([
        page.waitForEvent('download'),
        page.getByRole('button', { name: button }).click(),
      ]);
      return { name: download.suggestedFilename(), bytes: readFileSync(await download.path()) };
    };
    const png = await saved('Save as PNG');
    expect(png.name).toBe('filters-baseA-baseB.png');
    // Two mosaics of 7 x 5 filters of 5 x 5 weights, 16 pixels each, with a pixel between filters.
    expect(await sharp(png.bytes).metadata()).toMatchObject({ format: 'png', width: 2 * 568 + 96, height: 406 });
    const svg = await saved('Save as SVG');
    expect(svg.bytes.toString().match(/<title>filter \d+<\/title>/g)).toHaveLength(64);
    expect((await sharp(svg.bytes).metadata()).width).toBeGreaterThan(500);
  });

  it.each(['light', 'dark'] as const)('is accessible and whole in the %s theme', async (colorScheme) => {
    const page = await open({ colorScheme });
    await filter(page, 2).click();
    await page.getByRole('img', { name: /^Number 24: / }).waitFor();
    expect(await window.violations(page)).toEqual([]);
    await window.screenshot(`filters-${colorScheme}`, page);
    for (const width of [900, 400]) {
      await page.setViewportSize({ width, height: 800 });
      expect(
        await page.evaluate(
          () => document.querySelector('main')!.scrollWidth - document.querySelector('main')!.clientWidth,
        ),
      ).toBeLessThanOrEqual(0);
      await window.screenshot(`filters-${colorScheme}-${width}`, page);
    }
  });

  it('says of a network without a convolution that there are no filters, here and on Live', async () => {
    const network = { ...tinyNetwork, name: 'dense', layers: DENSE };
    const { workspace } = window;
    const id = await workspace.runStudy(
      requestOf({
        ...{ preset: 'smoke', data: 'dead-leaves', name: 'Dense', layers: [1], treatments: ['transfer'] },
        network: { file: 'dense.json', text: JSON.stringify(network) },
      }),
      2,
    );
    for await (const { study } of workspace.watch()) if (study === null) break;
    const run = workspace.application.store.studyRuns(id).find(({ name }) => name === 'baseA')!.run;
    const page = await window.openPage({ at: `#/filters/${run}` });
    onTestFinished(() => page.context().close());
    const sentence = page.getByText('The first layer of this network is not a convolution');
    await sentence.first().waitFor();
    expect(await walls(page).count()).toBe(0);
    await window.screenshot('filters-dense', page);
    await page.evaluate((hash) => (location.hash = hash), `#/live/${id}`);
    await page.getByRole('heading', { name: 'Dense', level: 1 }).waitFor();
    await sentence.first().waitFor();
    expect(await window.violations(page)).toEqual([]);
    await window.screenshot('live-dense', page);
  });

  it('says how to begin where nothing was trained', async () => {
    const empty = await openWindow({ at: '#/filters' });
    onTestFinished(() => empty.close());
    await empty.page.getByText('No network is trained yet').waitFor();
    await empty.page.getByRole('button', { name: 'Set up a study' }).click();
    await expect.poll(() => empty.page.evaluate(() => location.hash)).toBe('#/study');
    expect(empty.complaints).toEqual([]);
  });

  it('left nothing on the console', () => expect(window.complaints).toEqual([]));
});

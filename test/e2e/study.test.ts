import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { tinyNetwork } from '../network/tiny-network.ts';
import { hasChromium } from '../chromium.ts';
import { addMadeUpSet } from './made-up-set.ts';
import { sideways } from './sideways.ts';
import { openWindow, type Window } from './window.ts';

describe.skipIf(!hasChromium)('Study', () => {
  let window: Window;
  let set: string;
  let page: Page;

  beforeAll(async () => {
    const home = mkdtempSync(join(tmpdir(), 'transplant-study-'));
    set = await addMadeUpSet(home, { name: 'noise', size: 32, classes: 10, train: 40, heldOut: 5 });
    window = await openWindow({ home });
  });
  afterAll(() => window.close());
  afterEach(() => expect(window.complaints).toEqual([]));

  const button = (name: string) => page.getByRole('button', { name, exact: true });
  const cut = (n: number) => page.getByRole('checkbox', { name: new RegExp(`^Cut n = ${n},`) });
  const treatment = (name: string) =>
    page.getByRole('checkbox', { name: new RegExp(`^${name.replace(/[+^]/, '\\$&')} `) });
  const trainings = () => page.getByText(/^\d+ trainings?(,|$)/);
  const layer = (name: string) => page.getByText(new RegExp(`^${name}, .*from|^${name}, .*random`));
  const networkFile = () => page.locator('input[type=file][accept*=json]');
  const network = (name: string, change = {}) => ({
    name: `${name}.json`,
    mimeType: 'application/json',
    buffer: Buffer.from(JSON.stringify({ ...tinyNetwork, name, ...change })),
  });

  async function open(change = {}, options: Parameters<Window['openPage']>[0] = {}): Promise<void> {
    await page?.context().close();
    const draft = { set, preset: 'smoke', splitSeed: 1, ...change };
    window.workspace.application.store.setSetting('draft', JSON.stringify(draft));
    page = await window.openPage({ at: '#/study', ...options });
    await page.getByRole('heading', { name: 'Set up the study' }).waitFor();
    await page.getByRole('heading', { name: 'Treatments' }).waitFor();
  }

  // What is measured is remembered: the pages of the other tests begin no measurement that they would not wait for.
  it('says what the study will take, from a measurement', async () => {
    await open();
    await page.getByText(/^Estimated from a few seconds of alexnet-32-small on this machine/).waitFor();
    expect(await page.getByText(/^17 trainings, about /).isVisible()).toBe(true);
    expect(await page.locator('dd').allInnerTexts()).toEqual([
      '17',
      expect.stringMatching(/^about \d/),
      expect.stringMatching(/^differences above ±/),
      expect.stringMatching(/^[\d.]+ MiB of .* free$/),
      expect.stringMatching(/^[\d.]+ [MG]iB of .* free$/),
    ]);
    await window.screenshot('study-estimate', page);
  });

  it('counts the trainings of what is chosen', async () => {
    await open();
    await page.getByText(/^17 trainings/).waitFor();
    await page.getByText(/^Estimated from/).waitFor();
    expect(await page.locator('dl.waiting').count()).toBe(0);
    // From the moment of the choice the old numbers are grey.
    const grey = await cut(7).evaluate(async (box) => {
      (box as HTMLInputElement).click();
      await new Promise((resolve) => requestAnimationFrame(resolve));
      return document.querySelector('dl.waiting dd')?.textContent;
    });
    expect(grey?.trim()).toBe('17');
    await page.getByText(/^12 trainings/).waitFor();
    for (const name of ['BnB+', 'AnB+', 'RnB']) await treatment(name).uncheck();
    await page.getByText(/^6 trainings/).waitFor();
    await page.getByText('More settings').click();
    await page.getByRole('checkbox', { name: 'Both directions' }).check();
    await page.getByText(/^10 trainings/).waitFor();
    await page.getByLabel('Seeds', { exact: true }).fill('2');
    await page.getByLabel('Seeds', { exact: true }).press('Enter');
    await page.getByText(/^20 trainings/).waitFor();
    for (const n of [1, 4]) await cut(n).uncheck();
    await page.getByText('Choose at least one n').waitFor();
    expect(await button('Run the study').isDisabled()).toBe(true);
    await page.getByText('Every n').click();
    await page.getByText(/^60 trainings/).waitFor();
  });

  it('adds treatments beside the paper’s, and counts their trainings', async () => {
    await open();
    await page.getByText(/^17 trainings/).waitFor();
    await page.getByText('More treatments').click();
    await button('Add AnB~4').click();
    await page.getByText(/^20 trainings/).waitFor();
    expect(await treatment('AnB~4').isChecked()).toBe(true);
    await page.getByText(/layers 1 to 4 are|Layers 1 to 4 are/).waitFor();
    expect(await page.locator('.story').innerText()).toContain('stay frozen, with adapters of rank 4');
    expect(await button('Add AnB~4').isDisabled()).toBe(true);
    await page.getByLabel('Rank', { exact: true }).fill('16');
    await page.getByLabel('Rank', { exact: true }).press('Enter');
    // An AlexNet has no norms that could be copied.
    const offered = await page.getByLabel('What becomes of the copied layers').locator('option').allTextContents();
    expect(offered).toContain('fine-tuned at rates that decay layer by layer');
    expect(offered.filter((title) => /norms|statistics/.test(title))).toEqual([]);
    await page.getByLabel('Copied from').selectOption('baseB');
    await button('Add BnB~16').click();
    await page.getByText(/^23 trainings/).waitFor();
    await page.getByLabel('What becomes of the copied layers').selectOption('fine-tuned at a lower learning rate');
    await page.getByLabel('Factor', { exact: true }).fill('0.25');
    await page.getByLabel('Factor', { exact: true }).press('Enter');
    await button('Add BnB+0.25').click();
    await page.getByLabel('What becomes of the copied layers').selectOption('unfrozen from the top');
    await button('Add BnB^').click();
    await page.getByText(/^29 trainings/).waitFor();
    await window.screenshot('study-more-treatments', page);
    // Switched off, its card stays.
    await treatment('BnB~16').uncheck();
    await page.getByText(/^26 trainings/).waitFor();
    expect(await treatment('BnB~16').isChecked()).toBe(false);
    expect(await sideways(page)).toEqual([]);
  });

  it('takes what a preset says, whatever was chosen before', async () => {
    await open();
    await page.getByText(/^17 trainings/).waitFor();
    await cut(7).uncheck();
    await page.getByText(/^12 trainings/).waitFor();
    await page.getByRole('radio', { name: /^Quick/ }).check();
    // Two bases, and five treatments at each of the seven values of n.
    await page.getByText(/^37 trainings/).waitFor();
    for (const n of [1, 2, 3, 4, 5, 6, 7]) expect(await cut(n).isChecked()).toBe(true);
  });

  it('draws where each layer comes from, and moves along the cuts with arrow keys', async () => {
    await open();
    await cut(4).focus();
    expect(await layer('conv4').innerText()).toContain('from baseA, frozen');
    expect(await layer('conv5').innerText()).toContain('random, learns');
    await page.keyboard.press('ArrowLeft');
    expect(await cut(3).evaluate((box) => box === document.activeElement)).toBe(true);
    expect(await layer('conv4').innerText()).toContain('random, learns');
    await page.keyboard.press(' ');
    expect(await cut(3).isChecked()).toBe(true);
    await button('Show BnB+ in the picture of the network').click();
    expect(await layer('conv3').innerText()).toContain('from baseB, learns');
    await page.getByText('B3B+: Layers 1 to 3 are copied from baseB and go on learning.').waitFor();
    await window.screenshot('study-picture', page);
  });

  it('shows a network that does not fit the images, and what to do', async () => {
    await open();
    await page.getByLabel('Network of the study').selectOption('alexnet');
    await page
      .getByText('alexnet reads 227 × 227 pixels, and your images have 32 × 32. Import them again at 256')
      .waitFor();
    expect(await button('Run the study').isDisabled()).toBe(true);
    await window.screenshot('study-misfit', page);
    await button('alexnet-32').click();
    await expect.poll(() => button('Run the study').isEnabled()).toBe(true);
  });

  it('takes a network from a file, and says what is wrong with one', async () => {
    await open();
    const chooser = networkFile();
    await chooser.setInputFiles({ name: 'wrong.json', mimeType: 'application/json', buffer: Buffer.from('{}') });
    await page.getByRole('alert').getByText('wrong.json, "name": is missing').waitFor();
    expect(await button('Run the study').isDisabled()).toBe(true);
    await window.screenshot('study-wrong-network', page);
    await chooser.setInputFiles(network('tiny'));
    await page.getByText(/^3 weight layers/).waitFor();
    expect(await page.getByRole('checkbox', { name: /^Cut n = / }).count()).toBe(2);
  });

  it('says what main says against a plan', async () => {
    await open({ imagesPerClass: 5000 });
    await page.getByRole('alert').getByText('5000 training images per class were asked for').waitFor();
    expect(await button('Run the study').isDisabled()).toBe(true);
  });

  it('runs the smoke preset and goes to Live; afterwards it knows the study', async () => {
    await open();
    await networkFile().setInputFiles(network('brief'));
    await page.getByText(/^7 trainings/).waitFor();
    await button('Run the study').click();
    await expect.poll(() => page.title(), { timeout: 20_000 }).toBe('Live · Transplant');
    await expect.poll(() => window.workspace.activity().study, { timeout: 60_000 }).toBeNull();
    await page.getByRole('link', { name: 'Study', exact: true }).click();
    await page.getByText('This study is already finished.').waitFor();
    await page.getByText('7, 7 of them already trained').waitFor();
    await window.screenshot('study-finished', page);
    await button('See its results').click();
    await expect.poll(() => page.title()).toBe('Results · Transplant');
  });

  it('says so while another study runs, and goes on with one that was paused', async () => {
    await open();
    await networkFile().setInputFiles(network('long', { training: { ...tinyNetwork.training, epochs: 3000 } }));
    await page.getByText('More settings').click();
    await page.getByLabel('Epochs').fill('3000');
    await page.getByLabel('Epochs').press('Enter');
    await page.getByText(/^7 trainings/).waitFor();
    await button('Run the study').click();
    await expect.poll(() => page.title(), { timeout: 20_000 }).toBe('Live · Transplant');
    const { study } = window.workspace.activity().study!;
    await page.getByRole('link', { name: 'Study', exact: true }).click();
    await page.getByText('This study is running.').waitFor();
    expect(await button('Run the study').count()).toBe(0);
    // Another one waits for it, and comes out of the queue again.
    await page.getByText('More settings').click();
    await page.getByLabel('Epochs').fill('2999');
    await page.getByLabel('Epochs').press('Enter');
    await page.getByText(/is running. This study can wait in the queue/).waitFor();
    await expect.poll(() => button('Add to the queue').isEnabled()).toBe(true);
    await window.screenshot('study-busy', page);
    await button('Add to the queue').click();
    await page.getByText('It waits in the queue and begins by itself when its turn comes.').first().waitFor();
    window.workspace.queue.remove(window.workspace.activity().queue.waiting[0].id);
    await page.getByLabel('Epochs').fill('3000');
    await page.getByLabel('Epochs').press('Enter');
    await page.getByText('This study is running.').waitFor();
    await window.workspace.pauseStudy(study);
    await page.getByText('This study is paused. What is trained is kept.').waitFor();
    await button('Resume').click();
    await expect.poll(() => page.title(), { timeout: 20_000 }).toBe('Live · Transplant');
    await window.workspace.pauseStudy(study);
  });

  it('says how to begin without images', async () => {
    await open({ set: undefined });
    await button('Choose images').click();
    await expect.poll(() => page.title()).toBe('Data · Transplant');
  });

  it('plans the built-in images before they are made', async () => {
    await open({ set: 'dead-leaves', preset: 'quick' });
    await page.getByText(/^37 trainings/).waitFor();
    await page.getByText('Making the built-in images first is not included').waitFor();
    expect(await trainings().count()).toBe(1);
  });

  it.each([900, 400])('fits a window of %i pixels, every layer of the network in reach', async (width) => {
    await open({}, { width });
    await cut(7).scrollIntoViewIfNeeded();
    await cut(7).uncheck();
    await page.getByText(/^12 trainings/).waitFor();
    expect(await window.violations(page)).toEqual([]);
    expect(await sideways(page)).toEqual([]);
    // Only what is inside the frame scrolls.
    expect(await page.evaluate(() => document.documentElement.scrollHeight <= innerHeight)).toBe(true);
    await window.screenshot(`study-${width}`, page);
  });

  it.each(['light', 'dark'] as const)('has nothing for axe to find in %s', async (colorScheme) => {
    await open({}, { colorScheme, height: 1500 });
    await page.getByText('More settings').click();
    await page.getByText(/^Estimated from a few seconds/).waitFor();
    expect(await window.violations(page)).toEqual([]);
    await window.screenshot(`study-${colorScheme}`, page);
  });
});

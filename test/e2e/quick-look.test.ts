import { mkdtempSync, readdirSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import sharp from 'sharp';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { keepNetwork } from '../../src-main/pretrained/keep-network.ts';
import { readNetwork } from '../../src-main/pretrained/read-network.ts';
import { resolveNetwork } from '../../src-main/network/network.ts';
import { initialWeights } from '../../src-main/network/weights.ts';
import { hasChromium } from '../chromium.ts';
import { tinyResNet } from '../network/tiny-graphs.ts';
import { safetensors } from '../pretrained/pretrained-file.ts';
import { fileOf } from './choose-file.ts';
import { addMadeUpSet } from './made-up-set.ts';
import { sideways } from './sideways.ts';
import { openWindow, type Window } from './window.ts';

describe.skipIf(!hasChromium)('a quick look on Study', { timeout: 180_000 }, () => {
  let window: Window;
  let page: Page;
  let home: string;

  beforeAll(async () => {
    home = mkdtempSync(join(tmpdir(), 'transplant-look-'));
    const set = await addMadeUpSet(home, { name: 'noise', classes: 4, train: 20, heldOut: 5 });
    const file = join(home, 'theirs.safetensors');
    writeFileSync(file, safetensors(initialWeights(resolveNetwork(tinyResNet, 5), 'somebody')));
    // Kept after the home is open: weights that no study and no draft names are removed when it opens.
    window = await openWindow({ home });
    const { network, pretrained, notes } = await keepNetwork(await readNetwork(file, { size: 8 }), file, home);
    const kept = { network: { file: pretrained.name, text: JSON.stringify(network) }, pretrained, notes };
    const draft = { set, preset: 'quick', splitSeed: 1, epochs: 2, ...kept };
    window.workspace.application.store.setSetting('draft', JSON.stringify(draft));
    page = await window.openPage({ at: '#/study', width: 1024, height: 1400 });
  });
  afterAll(() => window?.close());
  afterEach(() => expect(window.complaints).toEqual([]));

  const advice = /cuts? (is|are) worth training: /;

  it('shows which cuts are worth training, though another screen was shown meanwhile', async () => {
    await page.getByRole('button', { name: 'Quick look' }).click();
    await page.evaluate(() => (location.hash = '#/data'));
    await page.evaluate(() => (location.hash = '#/study'));
    await page.getByText(advice).waitFor({ timeout: 90_000 });
    await page.getByRole('slider', { name: /Top-1 of a linear probe/ }).waitFor();
    await page.getByText('Cheap predictors at every cut').click();
    await page.getByRole('columnheader', { name: 'Auto-RGN' }).waitFor();
    expect(await sideways(page)).toEqual([]);
    expect(await window.violations(page)).toEqual([]);
    await window.screenshot('quick-look', page);
  });

  it('gives its cuts to the study at one press', async () => {
    const cut = page.getByRole('button', { name: /^Use th/ });
    const [, count = '1'] = /(\d) cuts/.exec(await cut.innerText()) ?? [];
    await cut.click();
    await page.getByText('The study tries these cuts.').waitFor();
    // baseB, and AnB, AnB+, AnB+^0.75, RnB at each cut.
    await page.getByText(new RegExp(`^${1 + 4 * Number(count)} trainings`)).waitFor();
  });

  it('is there at once in another window, and gone where the network reads other pixels', async () => {
    const other = await window.openPage({ at: '#/study', width: 1024, height: 1400 });
    await other.getByText(advice).waitFor();
    await other.getByLabel('Reads pixels').fill('12');
    await other.getByLabel('Reads pixels').blur();
    await other.getByRole('button', { name: 'Quick look' }).waitFor();
    await other.context().close();
  });

  it('the study ends in an advice, whose network answers about a person’s own images', async () => {
    await page.getByRole('button', { name: 'Run the study' }).click();
    await page.getByText(/^Study .* is finished/).waitFor({ timeout: 120_000 });
    await page.getByRole('link', { name: 'Results' }).last().click();
    await page.getByRole('heading', { name: 'Which layers to keep' }).waitFor();
    const ask = page.getByRole('group', { name: /^Ask .* what is in images/ });
    const grey = await sharp({ create: { width: 8, height: 8, channels: 3, background: 'grey' } })
      .png()
      .toBuffer();
    const files = [fileOf(home, 'grey.png', grey), fileOf(home, 'none.png', Buffer.from('no picture'))];
    await ask.locator('input[type=file]').setInputFiles(files);
    await ask.getByText(/^grey\.png:\s*class \d \d/).waitFor();
    await ask.getByText(/none\.png/).waitFor();
    // What was sent for it is gone.
    expect(readdirSync(join(home, 'uploads'))).toEqual([]);
  });
});

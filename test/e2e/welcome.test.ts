import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { imagesOf, writeFolder } from '../data/import-fixtures.ts';
import { resolveNetwork } from '../../src-main/network/network.ts';
import { initialWeights } from '../../src-main/network/weights.ts';
import { hasChromium } from '../chromium.ts';
import { tinyResNet } from '../network/tiny-graphs.ts';
import { safetensors } from '../pretrained/pretrained-file.ts';
import { chooseFile, fileOf } from './choose-file.ts';
import { openWindow, type Window } from './window.ts';

describe.skipIf(!hasChromium)('the Start screen', () => {
  let window: Window;
  beforeAll(async () => {
    window = await openWindow();
  });
  afterAll(() => window.close());

  it('explains the question in three sentences and a picture, with two ways in', async () => {
    const { page } = window;
    await page.getByRole('heading', { level: 1, name: /How transferable are the features/ }).waitFor();
    const sentences = (await page.locator('.question .words').innerText()).match(/[.?](\s|$)/g);
    expect(sentences).toHaveLength(3);
    await page.getByRole('img', { name: /first three layers moved into a new network/ }).waitFor();
    await page.getByRole('button', { name: 'Run the quick study on the built-in images' }).waitFor();
    await page.getByRole('button', { name: 'Choose folder' }).waitFor();
    expect(await page.getByRole('heading', { name: 'Your studies' }).count()).toBe(0);
    await window.screenshot('welcome-first');
    expect(await window.violations()).toEqual([]);
  });

  it.each([
    ['dark', 1280],
    ['light', 900],
    ['dark', 400],
  ] as const)('is for everybody: %s at %i pixels', async (colorScheme, width) => {
    const page = await window.openPage({ colorScheme, width });
    expect(await window.violations(page)).toEqual([]);
    const main = page.locator('main');
    expect(await main.evaluate(({ scrollWidth, clientWidth }) => scrollWidth - clientWidth)).toBeLessThanOrEqual(0);
    await window.screenshot(`welcome-${colorScheme}-${width}`, page);
    await page.context().close();
  });

  it('takes images as Data does, and shows them coming there', async () => {
    const { page } = window;
    const folder = join(mkdtempSync(join(tmpdir(), 'drop-')), 'birds');
    await writeFolder(folder, await imagesOf(['eagle', 'finch'], 4));
    await page.locator('input[webkitdirectory]').setInputFiles(folder);
    await page.waitForURL(/#\/data$/);
    await page.getByText('birds is imported.').waitFor();
    await page.getByRole('heading', { name: 'birds', level: 2 }).waitFor();
  });

  it('takes a network that a person holds to Study, or says why it is none', async () => {
    const { page } = window;
    await page.getByRole('link', { name: 'Start', exact: true }).click();
    const card = page.getByRole('group', { name: 'You have a trained network?' });
    const folder = mkdtempSync(join(tmpdir(), 'held-'));
    await chooseFile(card, fileOf(folder, 'text.pth', Buffer.from('hello')));
    await card
      .getByRole('alert')
      .getByText(/^text\.pth can't be read as a network: /)
      .waitFor();
    const weights = initialWeights(resolveNetwork(tinyResNet, 5), 'somebody');
    await chooseFile(card, fileOf(folder, 'theirs.safetensors', safetensors(weights)));
    await page.waitForURL(/#\/study$/);
    const source = page.getByRole('group', { name: 'Source and target' });
    await source.getByText('theirs.safetensors', { exact: true }).waitFor();
    await source.getByRole('radio', { name: /^The other half/ }).check();
  });

  it('runs the quick study and leads to where it is watched', async () => {
    const { page } = window;
    await page.getByRole('link', { name: 'Start', exact: true }).click();
    await page.getByRole('button', { name: 'Run the quick study on the built-in images' }).click();
    await page.waitForURL(/#\/live\/[0-9a-f]{12}$/);
    expect(window.workspace.activity().study?.runs).toHaveLength(37);
  });

  it('says that a study is training, and the benchmark of the engine waits for it', async () => {
    const { page } = window;
    await page.getByRole('link', { name: 'Start', exact: true }).click();
    await page.getByText(/is training now. Another study can wait in the queue/).waitFor();
    await page.getByRole('link', { name: 'Watch it' }).waitFor();
    await window.screenshot('welcome-running');
    expect(await window.violations()).toEqual([]);
    await page.getByRole('link', { name: 'Engine', exact: true }).click();
    await page.getByText(/A study is training: it and the benchmark would slow each other down/).waitFor();
    expect(await page.getByRole('button', { name: 'Measure for a minute' }).isDisabled()).toBe(true);
  });

  it('shows a study that is paused, and goes on with it', async () => {
    const { page, workspace } = window;
    await workspace.pauseStudy(workspace.activity().study!.study);
    await page.getByRole('link', { name: 'Start', exact: true }).click();
    const study = page.getByRole('listitem').filter({ hasText: /Paused, \d+ of 37 networks trained/ });
    await study.getByRole('link', { name: 'Results' }).waitFor();
    await window.screenshot('welcome-paused');
    await study.getByRole('button', { name: /Resume/ }).click();
    await page.waitForURL(/#\/live\//);
    expect(workspace.activity().study?.phase).toBe('training');
    expect(window.complaints).toEqual([]);
  });
});

import { mkdtempSync, truncateSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { foreignWeights, onnxModel, safetensors } from '../pretrained/pretrained-file.ts';
import { tinyNetwork } from '../study/tiny-study.ts';
import { hasChromium } from '../chromium.ts';
import { chooseFile, fileOf } from './choose-file.ts';
import { dropFile } from './drop-file.ts';
import { addMadeUpSet } from './made-up-set.ts';
import { sideways } from './sideways.ts';
import { openWindow, type Window } from './window.ts';

describe.skipIf(!hasChromium)('a pretrained network on Study', { timeout: 120_000 }, () => {
  let window: Window;
  let page: Page;
  let folder: string;

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'transplant-pretrained-'));
    const set = await addMadeUpSet(folder, { name: 'noise', classes: 8, train: 20, heldOut: 5 });
    window = await openWindow({ home: folder });
    const network = { file: 'tiny.json', text: JSON.stringify({ ...tinyNetwork, name: 'tiny' }) };
    const draft = { set, preset: 'smoke', splitSeed: 1, network, imagesPerClass: 10 };
    window.workspace.application.store.setSetting('draft', JSON.stringify(draft));
    page = await window.openPage({ at: '#/study', width: 1024 });
    await page.getByText(/^7 trainings/).waitFor();
  });
  afterAll(() => window?.close());
  afterEach(() => expect(window.complaints).toEqual([]));

  const card = () => page.getByRole('group', { name: 'A pretrained network as A' });
  const button = (name: string) => page.getByRole('button', { name, exact: true });
  const written = (name: string, bytes: Uint8Array) => fileOf(folder, name, bytes);
  const choose = (file: string) => chooseFile(card(), file);

  it('that can’t be used is refused in its sentence, and everything else works on', async () => {
    const conv = foreignWeights.get('conv1.weight')!;
    const bias = foreignWeights.get('conv1.bias')!;
    const huge = written('huge.onnx', new Uint8Array(1));
    truncateSync(huge, 10 * 2 ** 30);
    const wide = { shape: [4, 3, 5, 5], data: new Float32Array(300) };
    const spoilt = { ...conv, data: conv.data.map(() => NaN) };
    const file = (name: string, weight: typeof conv) =>
      written(
        name,
        safetensors([
          ['a.weight', weight],
          ['a.bias', bias],
        ]),
      );
    const wrong: [file: string, why: RegExp][] = [
      [file('wide.safetensors', wide), /layer 1 of tiny has weights of 4x3x3x3 with a bias.* has 4x3x5x5/],
      [file('spoilt.safetensors', spoilt), /its layer a holds values that are not numbers/],
      [written('text.onnx', Buffer.from('hello')), /it is neither safetensors nor an ONNX model/],
      [huge, /it has 10 GiB, and 2 GiB is the most/],
    ];
    for (const [path, why] of wrong) {
      await choose(path);
      const sentence = card().getByRole('alert').getByText(why);
      await sentence.waitFor();
      expect(await sentence.innerText()).toMatch(
        /^The pretrained file \S+ can['’]t be used: .*\. Choose another file, or leave it out\.$/,
      );
    }
    await window.screenshot('pretrained-wrong', page);
    expect(await window.violations(page)).toEqual([]);
    await expect.poll(() => button('Run the study').isEnabled()).toBe(true);
    expect(await page.getByText(/^7 trainings/).count()).toBe(1);
  });

  it('says which layers fit and what comes of it, and can be left out again', async () => {
    await choose(written('vgg.onnx', onnxModel('MatMul')));
    await card().getByText('Its first 2 layers fit tiny: conv1 to fc2. So n goes from 1 to 2.').waitFor();
    await card().getByText('AnB and AnB+ copy from it. baseA is not trained').waitFor();
    expect(await card().getByRole('alert').count()).toBe(0);
    await page.getByText(/^6 trainings/).waitFor();
    await page.getByText('A1B: Layer 1 is copied from the pretrained file and stays frozen.').waitFor();
    // The estimate is of what is left.
    await expect.poll(() => page.locator('dd').first().innerText()).toBe('6');
    for (const colorScheme of ['light', 'dark'] as const) {
      const other = await window.openPage({ at: '#/study', width: 1024, height: 1400, colorScheme });
      await other.getByText('Its first 2 layers fit tiny').waitFor();
      expect(await sideways(other)).toEqual([]);
      expect(await window.violations(other)).toEqual([]);
      await window.screenshot(`pretrained-${colorScheme}`, other);
      await other.context().close();
    }
    await button('Remove').focus();
    await page.keyboard.press('Enter');
    await page.getByText(/^7 trainings/).waitFor();
    expect(await button('Remove').count()).toBe(0);
    // The keyboard stays in the card.
    await expect
      .poll(() => page.evaluate(() => document.activeElement?.closest('[role=group]')?.getAttribute('aria-label')))
      .toBe('A pretrained network as A');
  });

  it('that was read for another network is said to be, and one that nothing copies from', async () => {
    await choose(written('vgg.onnx', onnxModel('Gemm')));
    await page.getByText(/^6 trainings/).waitFor();
    const layers = tinyNetwork.layers.map((layer) => (layer.type === 'conv' ? { ...layer, filters: 5 } : layer));
    const other = { name: 'other.json', mimeType: 'application/json' };
    const bytes = Buffer.from(JSON.stringify({ ...tinyNetwork, name: 'other', layers }));
    const chooser = page.locator('input[type=file][accept*=json]');
    await chooser.setInputFiles({ ...other, buffer: bytes });
    await card().getByText('The pretrained file vgg.onnx was read for another network than other').waitFor();
    expect(await button('Run the study').isDisabled()).toBe(true);
    await chooser.setInputFiles({
      name: 'tiny.json',
      mimeType: 'application/json',
      buffer: Buffer.from(JSON.stringify({ ...tinyNetwork, name: 'tiny' })),
    });
    await card().getByText('Its first 2 layers fit tiny').waitFor();
    for (const name of ['AnB', 'AnB+']) {
      const box = page.getByRole('checkbox', { name: new RegExp(`^${name.replace('+', '\\+')} Transfer`) });
      await box.uncheck();
    }
    await card().getByText('No chosen treatment copies from A').waitFor();
    for (const name of [/^AnB Transfer/, /^AnB\+ Transfer/]) await page.getByRole('checkbox', { name }).check();
    await button('Remove').click();
  });

  it('is dropped, run, and its curve stands in Results', async () => {
    await dropFile(card(), written('vgg.onnx', onnxModel('Gemm')));
    await card().getByText('Its first 2 layers fit tiny').waitFor();
    await page.getByText(/^6 trainings/).waitFor();
    await button('Run the study').click();
    await expect.poll(() => page.title(), { timeout: 60_000 }).toBe('Live · Transplant');
    await expect.poll(() => window.workspace.activity().study, { timeout: 60_000 }).toBeNull();
    const [{ id }] = window.workspace.application.store.studies();
    const results = await window.openPage({ at: `#/results/${id}`, width: 1024, height: 1400 });
    await results.getByRole('slider', { name: /Top-1 accuracy for every treatment/ }).waitFor();
    const runs = window.workspace.application.store.studyRuns(id);
    expect(runs.map(({ name, record }) => [name, record.status])).toEqual(
      ['baseB', 'B1B', 'B1B+', 'A1B', 'A1B+', 'R1B'].map((name) => [name, 'finished']),
    );
    const { correct, total } = runs.find(({ name }) => name === 'A1B')!.record;
    const accuracy = ((100 * correct!) / total!).toFixed(1);
    await results.getByText(`${accuracy}%`).first().waitFor();
    expect(
      await results.getByText('A is not a half of these classes but the pretrained network vgg.onnx').count(),
    ).toBe(1);
    await window.screenshot('pretrained-results', results);
    expect(await window.violations(results)).toEqual([]);
  });
});

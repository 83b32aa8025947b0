import { readFileSync, rmSync } from 'node:fs';
import { parquetReadObjects } from 'hyparquet';
import { InferenceSession, Tensor } from 'onnxruntime-node';
import type { Download, Locator } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Weights } from '../../src-main/network/weights.ts';
import { decodeSafetensors } from '../../src-main/store/safetensors.ts';
import { hasChromium } from '../chromium.ts';
import { madeUpHome } from './made-up-home.ts';
import { giveWeights } from './made-up-weights.ts';
import { sideways } from './sideways.ts';
import { openWindow, type Window } from './window.ts';

describe.skipIf(!hasChromium)('what leaves the window for other programs', () => {
  let window: Window;
  let home: string;
  let saved: { run: string; weights: Weights };

  beforeAll(async () => {
    const made = await madeUpHome([
      { name: 'Birds', replicates: 1, layers: [1], trainingSeed: 1 },
      { name: 'Owls', replicates: 1, layers: [1], trainingSeed: 2 },
    ]);
    ({ home } = made);
    for (const study of made.ids) await giveWeights(home, study, 'baseA');
    saved = await giveWeights(home, made.ids[0], 'A1B+');
    window = await openWindow({ home, at: `#/results/${made.ids[0]}`, width: 1024 });
  });
  afterAll(async () => {
    await window?.close();
    rmSync(home, { recursive: true, force: true });
  });

  async function downloaded(link: Locator): Promise<{ name: string; bytes: Buffer }> {
    const [download]: [Download, void] = await Promise.all([window.page.waitForEvent('download'), link.click()]);
    return { name: download.suggestedFilename(), bytes: readFileSync(await download.path()) };
  }

  async function save(format: 'ONNX' | 'safetensors') {
    const { page } = window;
    await page.getByRole('button', { name: 'Save A1B+', exact: true }).click();
    const dialog = page.getByRole('dialog', { name: 'Save network A1B+' });
    await dialog.getByRole('radio', { name: format }).check();
    if (format === 'ONNX') {
      expect(await window.violations()).toEqual([]);
      await window.screenshot('save-network');
    }
    await dialog.getByRole('button', { name: 'Save', exact: true }).click();
    const file = await downloaded(dialog.getByRole('link', { name: 'Download the file' }));
    await dialog.getByRole('button', { name: 'Close' }).click();
    return file;
  }

  it('a trained network is saved from Results as an ONNX model, which runs', async () => {
    const { name, bytes } = await save('ONNX');
    expect(name).toBe('Birds-A1B+.onnx');
    const session = await InferenceSession.create(bytes);
    const images = new Tensor('float32', new Float32Array(3 * 32 * 32).fill(100), [1, 3, 32, 32]);
    const { probabilities } = await session.run({ images });
    expect([...(probabilities.data as Float32Array)].reduce((sum, one) => sum + one)).toBeCloseTo(1, 5);
    await session.release();
  });

  it('or as its weights, the second time one asks', async () => {
    const { name, bytes } = await save('safetensors');
    expect(name).toBe('Birds-A1B+.safetensors');
    expect(decodeSafetensors(bytes).tensors.get('conv1.weight')).toEqual(saved.weights.get('conv1.weight'));
  });

  it('a network whose weights are not here says so', async () => {
    const { page } = window;
    await page.getByLabel('Save A1B', { exact: true }).click();
    const dialog = page.getByRole('dialog', { name: 'Save network A1B' });
    await dialog.getByRole('button', { name: 'Save', exact: true }).click();
    await dialog.getByText('The weights of A1B are not here').waitFor();
    await dialog.getByRole('button', { name: 'Close' }).click();
  });

  it('tables are saved with their types, as CSV and as Parquet', async () => {
    const { page } = window;
    const button = (format: string) =>
      page.getByRole('button', { name: `Save the data of “Every network” as ${format}` });
    const parquet = await downloaded(button('Parquet'));
    expect(parquet.name).toBe('birds-results.parquet');
    const rows = await parquetReadObjects({ file: Uint8Array.from(parquet.bytes).buffer });
    expect(rows.find(({ network }) => network === 'A1B+')).toMatchObject({ n: 1n, total: 1000n, key: saved.run });
    const csv = await downloaded(button('CSV'));
    expect(csv.bytes.toString().trimEnd().split('\r\n').length).toBe(rows.length + 1);
    await page.getByRole('heading', { name: 'Data for other programs' }).scrollIntoViewIfNeeded();
    await window.screenshot('data-files');
    expect(await window.violations()).toEqual([]);
    expect(await sideways(page)).toEqual([]);
  });

  it('the Filters screen saves the network whose filters it shows', async () => {
    const { page } = window;
    await page.evaluate((hash) => (location.hash = hash), `#/filters/${saved.run}`);
    await page.getByRole('button', { name: 'Save A1B+' }).click();
    await page.getByRole('dialog', { name: 'Save network A1B+' }).getByRole('button', { name: 'Close' }).click();
    await window.screenshot('filters-save');
    expect(window.complaints).toEqual([]);
  });

  it('networks of one name and two studies are told apart by these', async () => {
    const { page } = window;
    await page.getByLabel('Network: Study').selectOption('Birds');
    await page.getByLabel('Compare with: Study').selectOption('Owls');
    const titles = page.getByRole('heading', { level: 2 });
    await expect.poll(() => titles.allTextContents()).toEqual(['baseA · Birds', 'baseA · Owls']);
    for (const title of ['baseA · Birds', 'baseA · Owls'])
      await page.getByRole('button', { name: `Save ${title}`, exact: true }).waitFor();
    await page.getByLabel('Compare with: Study').selectOption('Birds');
    await expect.poll(() => titles.allTextContents()).toEqual(['baseA', 'baseA']);
  });
});

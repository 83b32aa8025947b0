import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { NetworkInput } from '../../src-main/network/spec.ts';
import { hasChromium } from '../chromium.ts';
import { tinyNetwork } from '../network/tiny-network.ts';
import { addMadeUpSet } from './made-up-set.ts';
import { sideways } from './sideways.ts';
import { openWindow, type Window } from './window.ts';

const PATIENCE = 60_000;

const convolution = (name: string, filters: number, stride = 1) => ({
  ...{ type: 'conv' as const, name, filters, kernel: 3, pad: 1, stride, bias: false },
});
const relu = { type: 'relu' as const };
const residual = (name: string, filters: number, times: number) => ({
  ...{ type: 'residual' as const, name, times },
  branch: [
    convolution('conv1', filters),
    { type: 'batch-norm' as const, name: 'bn1' },
    relu,
    convolution('conv2', filters),
  ],
  after: [relu],
});
/** Ten layers n, of which the blocks of each stage are alike. */
const network: NetworkInput = {
  name: 'tiny-res',
  inputSize: 8,
  layers: [
    convolution('conv1', 4),
    relu,
    residual('layer1', 4, 4),
    convolution('down', 6, 2),
    relu,
    residual('layer2', 6, 3),
    { type: 'global-pool' },
    { type: 'dense', name: 'fc' },
  ],
  training: tinyNetwork.training,
};

describe.skipIf(!hasChromium)('a network of blocks', () => {
  let window: Window;
  let set: string;
  let page: Page;

  beforeAll(async () => {
    const home = mkdtempSync(join(tmpdir(), 'transplant-networks-'));
    set = await addMadeUpSet(home, { name: 'noise', size: 32, classes: 10, train: 40, heldOut: 5 });
    window = await openWindow({ home });
  });
  afterAll(() => window.close());
  afterEach(() => expect(window.complaints).toEqual([]));

  const cut = (n: number, name: string) => page.getByRole('checkbox', { name: `Cut n = ${n}, after ${name}` });
  const chosen = async (): Promise<string[]> =>
    page
      .getByRole('checkbox', { name: /^Cut n = /, checked: true })
      .evaluateAll((boxes) => boxes.map((box) => (box as HTMLInputElement).dataset.n!));

  async function openStudy(change = {}, options: Parameters<Window['openPage']>[0] = {}): Promise<void> {
    await page?.context().close();
    window.workspace.application.store.setSetting(
      'draft',
      JSON.stringify({ set, preset: 'quick', splitSeed: 1, ...change }),
    );
    page = await window.openPage({ at: '#/study', ...options });
    page.setDefaultTimeout(15_000);
    await page.getByRole('heading', { name: 'Treatments' }).waitFor();
  }

  it('offers its stages, and every cut to the keyboard, those in folded blocks too', async () => {
    await openStudy();
    await page.getByLabel('Network of the study').selectOption('resnet-32');
    await page.getByText(/^20 weight layers, 10 cuts/).waitFor();
    await expect.poll(chosen).toEqual(['1', '4', '7', '10']);
    expect(await cut(4, 'layer1.2, end of a stage').count()).toBe(1);
    // Two bases, and five treatments at each end of a stage.
    await page.getByText(/^22 trainings/).waitFor();
    expect(await cut(2, 'layer1.0').count()).toBe(0);
    await cut(4, 'layer1.2').focus();
    await page.keyboard.press('ArrowLeft');
    expect(await cut(3, 'layer1.1').evaluate((box) => box === document.activeElement)).toBe(true);
    await page.keyboard.press(' ');
    expect(await cut(3, 'layer1.1').isChecked()).toBe(true);
    await page.getByText('A3B: Layers 1 to 3 (up to layer1.1) are copied from baseA').waitFor();
    await page.getByText(/^27 trainings/).waitFor();
    expect(await window.violations(page)).toEqual([]);
    await page.getByRole('button', { name: 'Show layer2.1–2 as 2 blocks one by one' }).press('Enter');
    await cut(6, 'layer2.1').check();
    await page.getByRole('button', { name: 'Show layer2.1–2 as one block' }).press('Enter');
    expect(await cut(6, 'layer2.1').count()).toBe(0);
    await page.getByText(/^32 trainings/).waitFor();
    await page.getByRole('button', { name: 'Ends of stages' }).click();
    await page.getByText(/^22 trainings/).waitFor();
    await page.getByRole('button', { name: 'Every n' }).click();
    await page.getByText(/^52 trainings/).waitFor();
  });

  it.each([
    ['light', 1280],
    ['dark', 400],
  ] as const)('is whole and accessible in %s at %i pixels', async (colorScheme, width) => {
    await openStudy({ network: { builtIn: 'resnet-32' } }, { colorScheme, width });
    await page.getByRole('button', { name: 'Every n' }).click();
    await page.getByText(/^52 trainings/).waitFor();
    expect(await window.violations(page)).toEqual([]);
    expect(await sideways(page)).toEqual([]);
    await page.getByRole('group', { name: 'resnet-32, layer by layer' }).scrollIntoViewIfNeeded();
    await window.screenshot(`networks-study-${colorScheme}`, page);
  });

  it('of a JSON file is trained and watched', async () => {
    await openStudy({ preset: 'smoke', treatments: ['transfer'] });
    await page.locator('input[type=file][accept*=json]').setInputFiles({
      ...{ name: 'tiny-res.json', mimeType: 'application/json', buffer: Buffer.from(JSON.stringify(network)) },
    });
    await page.getByText(/^17 weight layers, 9 cuts/).waitFor();
    await page.getByRole('button', { name: 'Show layer1.0–3 as 4 blocks one by one' }).click();
    await cut(3, 'layer1.1').focus();
    await page.getByRole('button', { name: 'Only n = 3' }).click();
    await page.getByText(/^3 trainings/).waitFor();
    await page.getByRole('button', { name: 'Run the study', exact: true }).click();

    await page.getByRole('heading', { name: 'Every network of the study' }).waitFor();
    await expect.poll(() => window.workspace.activity().study, { timeout: PATIENCE }).toBeNull();
    await page.getByRole('button', { name: /^A3B, after layer1\.1, finished/ }).click();
    await page.getByText(/the first 3 layers \(up to layer1\.1\)/).waitFor();
    await page.getByText('layer1.0, 4×8×8, 1 shortcut, from baseA, frozen').waitFor();
    await page.getByText('Cut n = 3, after layer1.1, tried').waitFor();
    expect(await window.violations(page)).toEqual([]);
    await window.screenshot('networks-live', page);
  });

  it('is looked into layer by layer, from its drawing or its list', async () => {
    await page.getByRole('link', { name: 'Layers', exact: true }).click();
    await page.getByRole('button', { name: /^down, 6×4×4/ }).click();
    await page.getByRole('heading', { name: 'Layer 6, down' }).waitFor();
    await page.getByRole('radio', { name: /^Layer 3, layer1\.1:/ }).check({ force: true });
    await page.getByRole('heading', { name: 'Layer 3, layer1.1' }).waitFor();
    expect(await window.violations(page)).toEqual([]);
    await window.screenshot('networks-layers', page);
  });

  it('is drawn in the report, whose words say after which block it was cut', async () => {
    const [study] = window.workspace.application.store.studies();
    const [html] = await window.workspace.application.writeReport(study.id, join(window.home, 'report'));
    await page.goto(`file://${html}`);
    await page
      .getByRole('img', { name: /^Network tiny-res, and where it was chopped: n = 3 after layer1\.1/ })
      .waitFor();
    expect(await page.locator('body').innerText()).toContain('For n = 3 (layer1.1), their first n layers');
    expect(await sideways(page)).toEqual([]);
    await window.screenshot('networks-report', page);
  });
});

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { hasChromium } from '../chromium.ts';
import { openWindow, type Window } from './window.ts';

describe.skipIf(!hasChromium)('the Engine screen', () => {
  let window: Window;
  beforeAll(async () => {
    window = await openWindow({ at: '#/engine' });
  });
  afterAll(() => window.close());

  it('says which engine is used and why the others are not, and what else was found', async () => {
    const { page } = window;
    await page.getByText('Studies train with the engine “onnx” unless you choose another on Study.').waitFor();
    const found = (name: string) => page.getByRole('listitem').filter({ hasText: name });
    await found('onnx').getByText('used', { exact: true }).waitFor();
    expect(await found('tensorflow').getByText('used', { exact: true }).count()).toBe(0);
    expect((await found('tensorflow').locator('.text').innerText()).length).toBeGreaterThan(20);
    await found('Memory').waitFor();
    await window.screenshot('engine');
    expect(await window.violations()).toEqual([]);
  });

  it('reads every stored file when it is asked to, and says what it found', async () => {
    const { page } = window;
    await page.getByRole('button', { name: 'Check every file' }).click();
    await page.getByText('each has the bytes that were written.').waitFor();
    expect(await page.getByRole('button', { name: 'Set the damaged aside' }).count()).toBe(0);
    expect(await window.violations()).toEqual([]);
  });

  it('measures, with a table that fills up, and stops when it is told to', async () => {
    const { page } = window;
    await page.getByRole('button', { name: 'Measure for a minute' }).click();
    const table = page.getByRole('table');
    await table.getByText('measuring …').waitFor();
    await table.getByText('waiting').first().waitFor();
    await window.screenshot('engine-measuring');
    expect(await window.violations()).toEqual([]);
    await page.getByRole('button', { name: 'Stop' }).click();
    await page.getByText(/Stopped. The rows measured so far stay/).waitFor();
    await page.getByRole('button', { name: 'Measure for a minute' }).waitFor();
    expect(await table.getByText('measuring …').count()).toBe(0);
  });

  it.each([
    ['dark', 1280],
    ['light', 400],
  ] as const)('is for everybody: %s at %i pixels', async (colorScheme, width) => {
    const page = await window.openPage({ colorScheme, width, at: '#/engine' });
    await page.getByRole('heading', { name: 'This machine' }).waitFor();
    expect(await window.violations(page)).toEqual([]);
    const main = page.locator('main');
    expect(await main.evaluate(({ scrollWidth, clientWidth }) => scrollWidth - clientWidth)).toBeLessThanOrEqual(0);
    await window.screenshot(`engine-${colorScheme}-${width}`, page);
    await page.context().close();
    expect(window.complaints).toEqual([]);
  });
});

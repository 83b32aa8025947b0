import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { resolveNetwork } from '../../src-main/network/network.ts';
import { LAYER_MEASURES } from '../../src-main/predictors/predictors.ts';
import { openStore } from '../../src-main/store/open.ts';
import type { Store } from '../../src-main/store/records.ts';
import { readIdentity } from '../../src-main/study/plan/run-record.ts';
import { transfersOf } from '../../src-main/study/prediction/transfers.ts';
import { hasChromium } from '../chromium.ts';
import { dropFile } from './drop-file.ts';
import { madeUpHome } from './made-up-home.ts';
import { openWindow, type Window } from './window.ts';

describe.skipIf(!hasChromium)('a study as one file', () => {
  let there: Window;
  let here: Window;
  let folder: string;
  let file: string;
  let study: string;

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'transplant-way-'));
    const { home, ids } = await madeUpHome([{ name: 'Far away', replicates: 2, layers: [1, 3], trainingSeed: 1 }]);
    [study] = ids;
    // A file is checked: curves that go on after the last step of a training are refused.
    const store = openStore(join(home, 'transplant.sqlite'));
    for (const { run, record } of store.studyRuns(study)) store.truncateCurves(run, record.steps);
    predict(store, study);
    store.close();
    there = await openWindow({ home, at: `#/results/${study}` });
    here = await openWindow();
  });
  afterAll(async () => {
    await there?.close();
    await here?.close();
    rmSync(folder, { recursive: true, force: true });
  });

  it('is saved from Results', async () => {
    const { page } = there;
    await page.getByRole('button', { name: 'Save as a file' }).click();
    const dialog = page.getByRole('dialog', { name: 'The study as one file' });
    await dialog.getByRole('radio', { name: 'Of all networks' }).check();
    expect(await there.violations()).toEqual([]);
    await dialog.getByRole('button', { name: 'Save' }).click();
    const link = dialog.getByRole('link', { name: 'Download the file' });
    const [download] = await Promise.all([page.waitForEvent('download'), link.click()]);
    expect(download.suggestedFilename()).toBe(`study-${study}.transplant`);
    file = join(folder, 'far-away.transplant');
    await download.saveAs(file);
    expect(there.complaints).toEqual([]);
  });

  it('is opened by a drop on another window, where its results are the same, byte for byte', async () => {
    const { page } = here;
    await page.evaluate(() => (location.hash = '#/study'));
    await dropFile(page.locator('main'), file);
    await expect.poll(() => page.url()).toMatch(new RegExp(`#/results/${study}$`));
    await page.getByRole('heading', { name: 'Far away' }).waitFor();
    expect(await page.locator('main').innerText()).toContain('is here now, as it was when it was saved');
    expect(await numbers(here)).toEqual(await numbers(there));
    const predicted = page.getByRole('region', { name: 'Values of the cheap predictors' });
    await predicted
      .getByRole('row', { name: /^LogME/ })
      .first()
      .waitFor();
    for (const screen of ['live', 'filters']) {
      await page.evaluate((hash) => (location.hash = hash), `#/${screen}/${study}`);
      await page.locator('main h1').first().waitFor();
    }
    expect(here.complaints).toEqual([]);
  });

  it('that is here already is said to be', async () => {
    await dropFile(here.page.locator('main'), file);
    await expect.poll(() => here.page.locator('main').innerText()).toContain('is here already: nothing was changed');
  });
});

/** As if the cheap predictors of its transfers had been worked out. */
function predict(store: Store, study: string): void {
  const images = { train: 8, heldOut: 8 };
  for (const { source, own } of transfersOf(store, study)) {
    const { network } = readIdentity(store.findRun(own)!);
    const { depth } = resolveNetwork({ ...network, name: 'network' }, 2);
    const layers = Array.from({ length: depth - 1 }, (_, below) => {
      const values = LAYER_MEASURES.map((measure, place) => [measure, (place + 1) / (below + 2)]);
      return { n: below + 1, features: 4, values: Object.fromEntries(values) };
    });
    store.setPrediction(source, own, JSON.stringify({ state: 'measured', version: 2, images, leep: -1, layers }));
  }
}

/** The report's tables and figures, as they are written. */
async function numbers({ workspace, page }: Window): Promise<string[]> {
  const study = page.url().split('/').at(-1)!;
  const files = await workspace.application.writeReport(study, join(workspace.home, 'reports', study));
  return files.filter((name) => /\.(json|csv|svg)$/.test(name)).map((name) => readFileSync(name, 'utf8'));
}

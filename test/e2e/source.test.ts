import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { resolveNetwork } from '../../src-main/network/network.ts';
import { initialWeights } from '../../src-main/network/weights.ts';
import { hasChromium } from '../chromium.ts';
import { tinyResNet } from '../network/tiny-graphs.ts';
import { safetensors } from '../pretrained/pretrained-file.ts';
import { chooseFile, fileOf } from './choose-file.ts';
import { addMadeUpSet } from './made-up-set.ts';
import { sideways } from './sideways.ts';
import { openWindow, type Window } from './window.ts';

describe.skipIf(!hasChromium)('source and target on Study', { timeout: 180_000 }, () => {
  let window: Window;
  let page: Page;
  let folder: string;

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'transplant-source-'));
    const set = await addMadeUpSet(folder, { name: 'noise', classes: 8, train: 20, heldOut: 5 });
    await addMadeUpSet(folder, { name: 'paints', size: 12, classes: 3, train: 20, heldOut: 5 });
    window = await openWindow({ home: folder });
    const draft = { set, preset: 'quick', splitSeed: 1, imagesPerClass: 10 };
    window.workspace.application.store.setSetting('draft', JSON.stringify(draft));
    page = await window.openPage({ at: '#/study', width: 1024 });
    await page.getByText('Source and target').waitFor();
  });
  afterAll(() => window?.close());
  afterEach(() => expect(window.complaints).toEqual([]));

  const card = () => page.getByRole('group', { name: 'Source and target' });
  const written = (name: string, bytes: Uint8Array) => fileOf(folder, name, bytes);
  const choose = (file: string) => chooseFile(card(), file);

  it('a file that holds no network is refused in its sentence', async () => {
    await card()
      .getByRole('radio', { name: /^A network from a file/ })
      .check();
    await choose(written('text.pth', Buffer.from('hello')));
    await card()
      .getByRole('alert')
      .getByText(/^text\.pth can't be read as a network: /)
      .waitFor();
  });

  it('a file brings its network: it goes to all classes, at every cut, and says what it is', async () => {
    const weights = initialWeights(resolveNetwork(tinyResNet, 5), 'somebody');
    await choose(written('theirs.safetensors', safetensors(weights)));
    await card().getByText('theirs.safetensors', { exact: true }).waitFor();
    await card()
      .getByText(/^, ?resnet6|resnet6/)
      .first()
      .waitFor();
    await card().getByLabel('Reads pixels').fill('8');
    await card().getByLabel('Reads pixels').blur();
    // baseB, and AnB, AnB+, AnB+^0.75, RnB at three cuts.
    await page.getByText(/^13 trainings/).waitFor();
    expect(await page.getByText('A pretrained network as A').count()).toBe(0);
    expect(await sideways(page)).toEqual([]);
    expect(await window.violations(page)).toEqual([]);
    await window.screenshot('source-file', page);
    await card().getByRole('radio', { name: 'some classes' }).check();
    await card().getByRole('textbox', { name: 'Classes' }).fill('class 1, class 3, class 9');
    await card().getByRole('textbox', { name: 'Classes' }).blur();
    await page.getByText(/has no class "class 9"/).waitFor();
    await card().getByRole('textbox', { name: 'Classes' }).fill('class 1, class 3');
    await card().getByRole('textbox', { name: 'Classes' }).blur();
    await page.getByText(/^13 trainings/).waitFor();
    await card().getByRole('radio', { name: 'all classes' }).check();
  });

  it('a time chooses cuts, seeds and epochs', async () => {
    await page.getByLabel('Fit it into minutes').fill('20');
    await page.getByRole('button', { name: 'Choose for me' }).click();
    await page.getByText(/^Chosen for 20 min: .*trainings, about/).waitFor({ timeout: 60_000 });
    await window.screenshot('source-budget', page);
  });

  it('another set trains a baseA of its own; the split has nothing to do', async () => {
    await card()
      .getByRole('radio', { name: /^Another image set/ })
      .check();
    await expect
      .poll(() =>
        card()
          .getByRole('combobox', { name: /Image set/ })
          .innerText(),
      )
      .toContain('paints, 3 classes');
    const other = await window.openPage({ at: '#/split', width: 1024 });
    await other.getByText(/All classes are the target/).waitFor();
    await other.context().close();
    await card()
      .getByRole('radio', { name: /^The other half/ })
      .check();
    await page.getByText('A pretrained network as A').waitFor();
  });
});

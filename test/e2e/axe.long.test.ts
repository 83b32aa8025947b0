import { basename, join } from 'node:path';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { requestOf } from '../../src-main/api/handlers/studies.ts';
import { SCREEN_NAMES, type Screen } from '../../src-main/common/commands.ts';
import { tinyRequest } from '../api/in-memory.ts';
import { hasChromium } from '../chromium.ts';
import { writeColours } from '../study/tiny-study.ts';
import { madeUpHome } from './made-up-home.ts';
import { giveWeights } from './made-up-weights.ts';
import { openWindow, type Window } from './window.ts';

/** Every screen in every state that a person may find it in; the tests of a screen try what its own controls open. */

const SCREENS = Object.keys(SCREEN_NAMES) as Screen[];
/** The two themes differ in their colours and in nothing else; it takes axe most of its time to work out what stands on what. */
const OF_COLOURS = ['color-contrast', 'link-in-text-block'];
/** So many that a training is under way for as long as the tests look at it. */
const MANY_EPOCHS = 80_000;

async function fullHome(): Promise<string> {
  const { home, ids } = await madeUpHome([
    // A layer of each zone: axe looks at every cell of every table.
    { name: 'Birds', replicates: 3, layers: [1, 4, 7], trainingSeed: 1 },
    { name: 'Owls', replicates: 1, layers: [1], trainingSeed: 2, status: 'stopped' },
    { name: 'Clouds', replicates: 1, layers: [1], trainingSeed: 3 },
  ]);
  for (const name of ['baseA', 'baseB']) await giveWeights(home, ids[0], name);
  return home;
}

const STATES = {
  empty: () => openWindow(),
  full: async () => {
    const window = await openWindow({ home: await fullHome() });
    const clouds = window.workspace.application.store.studies().find(({ name }) => name === 'Clouds')!;
    window.workspace.deleteStudy(clouds.id);
    window.workspace.notify('information', 'Something has happened.');
    return window;
  },
  training: async () => {
    const window = await openWindow({ home: await fullHome() });
    const { index, folder } = await writeColours(join(window.home, 'data'));
    window.workspace.application.store.addImageSet({
      ...{ id: index.id, name: index.name, size: index.size, classes: 4, trainImages: 40, heldOutImages: 40 },
      ...{ folder: basename(folder), source: index.source, created: '2026-01-01T00:00:00.000Z' },
    });
    const begin = (name: string) => requestOf({ ...tinyRequest(index.id), name, epochs: MANY_EPOCHS });
    await window.workspace.runStudy(begin('A long study'), 1);
    return window;
  },
};

describe.skipIf(!hasChromium).each(Object.keys(STATES) as (keyof typeof STATES)[])(
  'axe, where a home is %s',
  (state) => {
    let window: Window;
    let pages: Page[];
    beforeAll(async () => {
      window = await STATES[state]();
      pages = [window.page, await window.openPage({ colorScheme: 'dark' })];
    });
    afterAll(() => window?.close());

    it.each(SCREENS)('finds nothing on the screen %s, light or dark', async (screen) => {
      const found = await Promise.all(
        pages.map(async (page, place) => {
          await page.evaluate((hash) => (location.hash = hash), `#/${screen}`);
          await expect.poll(() => page.title()).toBe(`${SCREEN_NAMES[screen]} · Transplant`);
          await page.locator('main h1').first().waitFor();
          // What is still to come says so with an ellipsis.
          await expect.poll(() => page.locator('main [role=status]').filter({ hasText: /…$/ }).count()).toBe(0);
          return window.violations(page, place === 0 ? undefined : OF_COLOURS);
        }),
      );
      expect(found).toEqual([[], []]);
    });

    it('has said nothing on the console', () => expect(window.complaints).toEqual([]));
  },
);

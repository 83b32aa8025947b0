import { mkdtempSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Locator, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { hasChromium } from '../chromium.ts';
import { addMadeUpSet } from './made-up-set.ts';
import { sideways } from './sideways.ts';
import { openWindow, type Window } from './window.ts';

const GROUPS = Object.fromEntries(
  Array.from({ length: 12 }, (_, label) => [`class ${label}`, label < 8 ? 'animals' : 'things']),
);
/** Of a thousand classes that are typed at and moved, what a person waits for. */
const THOUSAND = 1000;

describe.skipIf(!hasChromium)('Split', () => {
  let window: Window;
  let set: string;
  let large: string;
  let page: Page;

  beforeAll(async () => {
    const home = mkdtempSync(join(tmpdir(), 'transplant-split-'));
    set = await addMadeUpSet(home, { name: 'dozen', classes: 12, train: 25, heldOut: 5, groups: GROUPS });
    large = await addMadeUpSet(home, { name: 'thousand', classes: THOUSAND, train: 4 });
    window = await openWindow({ home });
  });
  afterAll(() => window.close());
  beforeEach(() => open(set));
  afterEach(() => expect(window.complaints).toEqual([]));

  const half = (place: 'Half A' | 'Half B' | 'Left out'): Locator => page.getByRole('region', { name: place });
  const list = (place: 'Half A' | 'Half B' | 'Left out') => half(place).getByRole('listbox');
  const tile = (name: string) => page.getByRole('option', { name: new RegExp(`^${name}( |$)`) });
  const names = async (place: 'Half A' | 'Half B' | 'Left out') =>
    (await half(place).getByRole('option').locator('.name').allInnerTexts()).map((name) => name.trim());
  const said = () => page.locator('main [aria-live=polite]').innerText();
  const button = (name: string) => page.getByRole('button', { name, exact: true });
  const stored = () =>
    JSON.parse(window.workspace.application.store.setting('draft') ?? '{}') as Record<string, unknown>;

  /** A fresh page on a set of which nobody has said how to split it. */
  async function open(data: string, change = {}, options: Parameters<Window['openPage']>[0] = {}): Promise<void> {
    await page?.context().close();
    const draft = { set: data, preset: 'quick', splitSeed: 1, ...change };
    window.workspace.application.store.setSetting('draft', JSON.stringify(draft));
    page = await window.openPage({ at: '#/split', ...options });
    await page.getByRole('heading', { name: 'Split the classes' }).waitFor();
    await page.getByRole('option').first().waitFor();
  }

  it('shows the halves that a study would draw, and others by seed, by dice and by number', async () => {
    expect((await names('Half A')).length).toBe(6);
    const first = await names('Half A');
    await page.getByLabel('Seed').fill('2');
    await page.getByLabel('Seed').press('Enter');
    await expect.poll(() => names('Half A')).not.toEqual(first);
    await button('Draw other halves').click();
    await expect.poll(() => page.getByLabel('Seed').inputValue()).not.toBe('2');
    await page.getByLabel('Number of classes').fill('6');
    await page.getByLabel('Number of classes').press('Enter');
    await expect.poll(() => names('Left out').then(({ length }) => length)).toBe(6);
    const six = await names('Half A');
    await page.getByLabel('Number of classes').fill('5');
    await page.getByLabel('Number of classes').press('Enter');
    await page.getByRole('alert').getByText('Write an even number from 4 to 12').waitFor();
    expect(await page.getByLabel('Number of classes').inputValue()).toBe('5');
    expect(await names('Half A')).toEqual(six);
    await button('Undo').click();
    await button('Undo').click();
    await button('Undo').click();
    await expect.poll(() => names('Half A')).toEqual(first);
    await window.screenshot('split-random', page);
  });

  it('moves what is dragged, the whole selection with it, and takes it back', async () => {
    const [first, second, third] = await names('Half A');
    await tile(first).dragTo(half('Half B'));
    await expect.poll(() => names('Half B')).toContain(first);
    expect(await said()).toBe(`${first}: moved to B.`);
    await tile(second).click();
    await tile(third).click({ modifiers: ['Shift'] });
    expect(await page.getByText('2 classes selected').isVisible()).toBe(true);
    await tile(third).dragTo(half('Left out'));
    await expect.poll(() => names('Left out')).toEqual([second, third]);
    await expect.poll(() => stored().split).toMatchObject({ kind: 'lists', a: await names('Half A') });
    await page.keyboard.press('Control+z');
    await expect.poll(() => names('Left out')).toEqual([]);
    await page.keyboard.press('Control+Shift+z');
    await expect.poll(() => names('Left out')).toEqual([second, third]);
    await window.screenshot('split-dragged', page);
  });

  it('drops a tile on the half that it is in without a change', async () => {
    const [first] = await names('Half A');
    await tile(first).dragTo(half('Half A').getByRole('heading'));
    expect(await page.getByRole('radio', { name: 'Random halves' }).isChecked()).toBe(true);
  });

  it('is worked by keyboard alone, and the keyboard stays where the work is', async () => {
    const all = await names('Half A');
    await list('Half A').focus();
    // The first key of a page makes its focus visible.
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('Home');
    await page.keyboard.press('b');
    await expect.poll(() => names('Half A')).toEqual(all.slice(1));
    await page.keyboard.press('o');
    await expect.poll(() => names('Left out')).toEqual([all[1]]);
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('Shift+ArrowDown');
    expect(await list('Half A').getByRole('option', { selected: true }).count()).toBe(2);
    await page.keyboard.press('Escape');
    await page.keyboard.press('Home');
    await page.keyboard.press(' ');
    expect(await tile(all[2]).getAttribute('aria-selected')).toBe('true');
    await window.screenshot('split-keyboard', page);
    await page.keyboard.press('Control+a');
    await page.keyboard.press('b');
    await expect.poll(() => names('Half A')).toEqual([]);
    expect(await page.evaluate(() => document.activeElement?.getAttribute('aria-label'))).toMatch(/^Half B/);
    expect(await page.getByText('A has no class.').isVisible()).toBe(true);
    expect(await button('Continue').isDisabled()).toBe(true);
  });

  it('moves with buttons what was selected with clicks', async () => {
    const [first, second] = await names('Half B');
    await tile(first).click();
    await tile(second).click({ modifiers: ['Control'] });
    await button('Move to A').click();
    await expect.poll(() => names('Half A')).toEqual(expect.arrayContaining([first, second]));
    expect(await page.getByText('A and B have different numbers of classes').isVisible()).toBe(true);
  });

  it('splits by group: equal numbers, or all of them', async () => {
    await page.getByText('By group').click();
    await expect.poll(() => names('Half B')).toEqual(['class 8', 'class 9', 'class 10', 'class 11']);
    expect((await names('Half A')).length).toBe(4);
    await page.getByLabel('Equal numbers of classes in A and B').uncheck();
    await expect.poll(() => names('Half A').then(({ length }) => length)).toBe(8);
    await window.screenshot('split-groups', page);
    await page.getByRole('group', { name: 'Side of animals' }).getByText('Neither').click();
    await expect.poll(() => page.locator('main').innerText()).toContain('A has no class.');
  });

  it('saves a split and opens it again; a file of something else says what is wrong', async () => {
    const [a, b] = [await names('Half A'), await names('Half B')];
    const downloading = page.waitForEvent('download');
    await button('Save this split as a file').click();
    const file = await (await downloading).path();
    expect(JSON.parse(readFileSync(file, 'utf8'))).toEqual({ a, b });
    const opens = (name: string, content: string) =>
      page
        .locator('input[type=file]')
        .setInputFiles({ name, mimeType: 'application/json', buffer: Buffer.from(content) });
    await opens('swapped.json', JSON.stringify({ a: b, b: a }));
    await expect.poll(() => names('Half A')).toEqual(b);
    await opens('wrong.json', '{"a": ["unicorn"], "b": ["class 1"]}');
    await page.getByRole('alert').getByText('has no class "unicorn"').waitFor();
    expect(await names('Half A')).toEqual(b);
    await window.screenshot('split-wrong-file', page);
  });

  it('is still there after a reload, and leads on to Study', async () => {
    const [first] = await names('Half A');
    await tile(first).dragTo(half('Left out'));
    await expect.poll(() => names('Left out')).toEqual([first]);
    await expect.poll(() => stored().split).toMatchObject({ kind: 'lists' });
    await page.reload();
    await expect.poll(() => names('Left out')).toEqual([first]);
    await button('Continue').click();
    await expect.poll(() => page.title()).toBe('Study · Transplant');
  });

  it('shows the classes of the built-in images before there are any', async () => {
    await open('dead-leaves');
    expect((await names('Half A')).length).toBe(10);
    await page.getByText('By group').click();
    const groups = () => half('Half A').locator('.group').allInnerTexts();
    await expect.poll(groups).toEqual(Array(10).fill('round'));
    await page.getByRole('group', { name: 'Side of round' }).waitFor();
    await window.screenshot('split-dead-leaves', page);
  });

  it('says how to begin without images', async () => {
    await page.context().close();
    window.workspace.application.store.setSetting('draft', '{}');
    page = await window.openPage({ at: '#/split' });
    await button('Choose images').click();
    await expect.poll(() => page.title()).toBe('Data · Transplant');
  });

  it.each(['light', 'dark'] as const)('has nothing for axe to find in %s', async (colorScheme) => {
    await open(set, {}, { colorScheme });
    await tile((await names('Half A'))[0]).click();
    expect(await window.violations(page)).toEqual([]);
    await window.screenshot(`split-${colorScheme}`, page);
  });

  it.each([900, 400])('fits a window of %i pixels', async (width) => {
    await open(set, {}, { width });
    await tile((await names('Half A'))[0]).click();
    await button('Move to B').click();
    await expect.poll(() => names('Half B').then(({ length }) => length)).toBe(7);
    expect(await window.violations(page)).toEqual([]);
    expect(await sideways(page)).toEqual([]);
    const [undo, redo] = [await button('Undo').boundingBox(), await button('Redo').boundingBox()];
    expect(redo!.y).toBe(undo!.y);
    await window.screenshot(`split-${width}`, page);
  });

  it('stays usable with a thousand classes', async () => {
    await open(large);
    const timed = async (work: () => Promise<unknown>) => {
      const began = performance.now();
      await work();
      return Math.round(performance.now() - began);
    };
    const search = page.getByRole('searchbox');
    const typing = await timed(async () => {
      await search.pressSequentially('class 99');
      await page.getByText('19 of 1,000 classes shown').waitFor();
    });
    await search.fill('');
    await expect.poll(() => list('Half A').getAttribute('aria-label')).toBe('Half A, 500 classes');
    await list('Half A').focus();
    await page.keyboard.press('Control+a');
    await page.getByText('500 classes selected').waitFor();
    const moving = await timed(async () => {
      await page.keyboard.press('o');
      await page.getByRole('listbox', { name: 'Left out, 500 classes' }).waitFor();
    });
    process.stdout.write(`1,000 classes: 8 keys of a search ${typing} ms, moving 500 classes ${moving} ms\n`);
    // Only what is in sight is in the page.
    expect(await page.getByRole('option').count()).toBeLessThan(100);
    await window.screenshot('split-thousand', page);
  });
});

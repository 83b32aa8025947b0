import { linkSync, mkdtempSync, readdirSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { imagesOf, png, writeFolder, zip } from '../data/import-fixtures.ts';
import { hasChromium } from '../chromium.ts';
import { addMadeUpSet } from './made-up-set.ts';
import { openWindow, type Window } from './window.ts';

const CLASSES = ['eagle', 'finch', 'kiwi'];

/** A folder of birds with a text among them, a picture that is none, and one that is there twice. */
async function birdsFolder(): Promise<string> {
  const files = await imagesOf(CLASSES, 6);
  return writeFolder(join(mkdtempSync(join(tmpdir(), 'drop-')), 'birds'), {
    ...files,
    'finch/copy.png': files['finch/0.png'],
    'kiwi/broken.png': Buffer.from('no picture'),
    'kiwi/notes.txt': Buffer.from('seen on Tuesday'),
    'groups.json': Buffer.from(JSON.stringify({ eagle: 'flies', finch: 'flies', kiwi: 'walks' })),
  });
}

/** A folder with so many images that an import of them takes a while; on the disk there is one. */
async function manyImages(): Promise<string> {
  const folder = join(mkdtempSync(join(tmpdir(), 'many-')), 'many');
  const picture = await png('one', 300);
  await writeFolder(folder, { 'even/0.png': picture, 'odd/1.png': picture });
  for (let index = 2; index < 4000; index++)
    linkSync(join(folder, 'even/0.png'), join(folder, index % 2 ? 'odd' : 'even', `${index}.png`));
  return folder;
}

/** Drops files of this machine on the page: as with a real drop, there are files behind what the event carries. */
async function drop(page: Page, paths: string[]): Promise<void> {
  await page.evaluate(() => {
    const carrier = document.createElement('input');
    Object.assign(carrier, { type: 'file', multiple: true, id: 'carrier' });
    document.body.append(carrier);
  });
  await page.locator('#carrier').setInputFiles(paths);
  await page.evaluate(() => {
    const carrier = document.querySelector<HTMLInputElement>('#carrier')!;
    const dataTransfer = new DataTransfer();
    for (const file of carrier.files!) dataTransfer.items.add(file);
    carrier.remove();
    const zone = document.querySelector('main')!;
    for (const type of ['dragover', 'drop'])
      zone.dispatchEvent(new DragEvent(type, { dataTransfer, bubbles: true, cancelable: true }));
  });
}

const folderInput = (page: Page) => page.locator('input[webkitdirectory]');
const said = (page: Page, sentence: string | RegExp) => page.locator('main').getByText(sentence);
const cards = (page: Page) => page.locator('section', { hasText: 'Image sets' }).getByRole('link');

async function typePath(page: Page, path: string): Promise<void> {
  const field = page.getByLabel('Path of a folder or archive');
  if (!(await field.isVisible())) await page.getByText('More options').click();
  await field.fill(path);
  await page.getByRole('button', { name: 'Import', exact: true }).click();
}

describe.skipIf(!hasChromium)('the Data screen', () => {
  let window: Window;
  let page: Page;
  let birds: string;

  beforeAll(async () => {
    birds = await birdsFolder();
    window = await openWindow({ at: '#/data' });
    page = window.page;
  });
  afterAll(() => window.close());

  it('begins with the built-in images, which can be used without more ado', async () => {
    await page.getByRole('heading', { name: 'Dead leaves', level: 2 }).waitFor();
    expect(await cards(page).allInnerTexts()).toEqual([expect.stringContaining('Dead leaves')]);
    await window.screenshot('data-empty');
    expect(await window.violations()).toEqual([]);
  });

  it('imports a folder that is chosen, and says what came out and what was left out and why', async () => {
    await folderInput(page).setInputFiles(birds);
    await said(page, 'birds is imported. 2 files could not be used. 1 duplicate was left out.').waitFor();
    await window.screenshot('data-imported');
    await page.getByRole('button', { name: 'Dismiss' }).click();
    await page.getByRole('heading', { name: 'birds', level: 2 }).waitFor();
    await said(page, '3 classes, 15 images to train on and 3 held out, 32 × 32 pixels.').waitFor();
    await said(page, 'flies: 2 classes').waitFor();
    await page.getByText('2 files could not be used', { exact: true }).click();
    for (const reason of await page.getByText(/^\d × /).all()) await reason.click();
    expect(await page.getByText(/kiwi\/(broken\.png|notes\.txt)$/).count()).toBe(2);
    expect(await cards(page).count()).toBe(2);
  });

  it('shows the images of a class when it is chosen, and one of them large, all by keyboard', async () => {
    const classes = page.getByRole('listbox', { name: 'Classes' });
    await classes.focus();
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('Enter');
    const wall = page.getByRole('listbox', { name: /Images of finch/ });
    await wall.focus();
    for (const key of ['End', 'ArrowLeft']) await page.keyboard.press(key);
    await page.getByRole('option', { name: 'Image 5 of 6: finch, to train on' }).waitFor({ state: 'attached' });
    await page.keyboard.press('Enter');
    const dialog = page.getByRole('dialog', { name: 'finch' });
    await dialog.getByText('Image 5 of 6').waitFor();
    await page.keyboard.press('ArrowRight');
    await dialog.getByText('Image 6 of 6').waitFor();
    await dialog.getByText(/Group flies. Held out/).waitFor();
    await window.screenshot('data-large');
    expect(await window.violations()).toEqual([]);
    await page.keyboard.press('Escape');
    await dialog.waitFor({ state: 'detached' });
    await page.getByRole('button', { name: 'Show all classes' }).click();
    await page.getByRole('heading', { name: 'All images' }).waitFor();
  });

  it('draws the pictures themselves on the wall', async () => {
    const row = page
      .getByRole('listbox', { name: /All images/ })
      .locator('canvas')
      .first();
    const colours = () =>
      row.evaluate((canvas: HTMLCanvasElement) => {
        const { data } = canvas.getContext('2d')!.getImageData(0, 0, 64, 64);
        return new Set(data.filter((_, at) => at % 4 < 3)).size;
      });
    await expect.poll(colours).toBeGreaterThan(20);
  });

  it('knows the same images again, and says so plainly', async () => {
    await folderInput(page).setInputFiles(birds);
    await said(page, /The images of birds are here already, so nothing was added/).waitFor();
    expect(await cards(page).count()).toBe(2);
    await page.getByRole('button', { name: 'Dismiss' }).click();
  });

  it('imports an archive that is dropped', async () => {
    const archive = join(mkdtempSync(join(tmpdir(), 'drop-')), 'fish & chips.zip');
    writeFileSync(archive, zip(await imagesOf(['cod', 'eel'], 4, 'fish/')));
    await drop(page, [archive]);
    await said(page, 'fish & chips is imported.').waitFor();
    expect(await cards(page).count()).toBe(3);
    await page.getByRole('button', { name: 'Dismiss' }).click();
  });

  it.each([
    ['a text file', { 'notes.txt': Buffer.from('hello') }, 'notes.txt'],
    ['a folder without images', { 'empty/a/notes.txt': Buffer.from('hello') }, 'empty'],
    ['a damaged archive', { 'torn.zip': Buffer.from('PK\u0003\u0004 and no more') }, 'torn'],
  ])(
    'says in a sentence what is wrong with %s, and nothing is lost',
    async (_, files: Record<string, Buffer>, name) => {
      const folder = await writeFolder(mkdtempSync(join(tmpdir(), 'wrong-')), files);
      if (name === 'empty') await folderInput(page).setInputFiles(join(folder, name));
      else await drop(page, [join(folder, Object.keys(files)[0])]);
      const alert = page.locator('main').getByRole('alert');
      await alert.waitFor();
      const sentence = await alert.locator('p').innerText();
      expect(sentence).toContain(name);
      expect(sentence).not.toContain('unexpected');
      await alert.getByRole('button', { name: 'Dismiss' }).click();
      await alert.waitFor({ state: 'detached' });
      expect(await cards(page).count()).toBe(3);
    },
  );

  it('says what is wrong with a path that leads nowhere, and imports one that is right', async () => {
    await typePath(page, '/there/is/nothing');
    await said(page, 'There is nothing at /there/is/nothing: check the path.').waitFor();
    await page.getByRole('button', { name: 'Dismiss' }).click();
    await typePath(page, birds);
    await said(page, /The images of birds are here already/).waitFor();
    await page.getByRole('button', { name: 'Dismiss' }).click();
  });

  it('shows an import going on after a reload, and nothing is kept of one that is cancelled', async () => {
    await typePath(page, await manyImages());
    await said(page, /of 4,000 images/).waitFor();
    await page.reload();
    await page.getByRole('progressbar', { name: 'Importing many' }).first().waitFor();
    await said(page, /[1-9]\d* of 4,000 images/).waitFor();
    await window.screenshot('data-importing');
    expect(await window.violations()).toEqual([]);
    await page.locator('main').getByRole('button', { name: 'Cancel' }).click();
    await said(page, /The import of many was cancelled. Nothing of it was kept./).waitFor();
    expect(await cards(page).count()).toBe(3);
    expect(readdirSync(join(window.home, 'data'))).toHaveLength(2);
    await page.getByRole('button', { name: 'Dismiss' }).click();
  });

  it('stops sending when it is told to', async () => {
    // Held up for good: the page goes on sending until it gives up.
    await page.route('**/uploads/*', (route) => (route.request().method() === 'PUT' ? undefined : route.continue()));
    await folderInput(page).setInputFiles(birds);
    await page.getByRole('heading', { name: 'Sending birds' }).waitFor();
    await window.screenshot('data-sending');
    await page.locator('main').getByRole('button', { name: 'Cancel' }).click();
    await page.getByRole('heading', { name: 'Sending birds' }).waitFor({ state: 'detached' });
    await page.unroute('**/uploads/*');
    expect(window.workspace.activity().imports.filter(({ name }) => name === 'birds')).toEqual([]);
  });

  it('makes the built-in images when they are to be looked at', async () => {
    await page.getByRole('link', { name: /Dead leaves/ }).click();
    await page.getByRole('button', { name: 'Make some now' }).click();
    await said(page, 'The built-in images are made.').waitFor();
    await said(page, /20 classes, 2,000 images to train on and 1,000 held out/).waitFor();
    await window.screenshot('data-dead-leaves');
  });

  it('deletes a set after a question', async () => {
    await page.getByRole('link', { name: /fish & chips/ }).click();
    await page.getByRole('heading', { name: 'fish & chips', level: 2 }).waitFor();
    await page.getByRole('button', { name: 'Delete' }).click();
    const question = page.getByRole('dialog', { name: 'Delete fish & chips?' });
    await question.getByRole('button', { name: 'Keep' }).click();
    // Its own button is called Delete, too.
    await question.waitFor({ state: 'hidden' });
    expect(await cards(page).filter({ hasText: 'fish' }).count()).toBe(1);
    await page.getByRole('button', { name: 'Delete' }).click();
    await question.getByRole('button', { name: 'Delete' }).click();
    await page.getByRole('link', { name: /fish & chips/ }).waitFor({ state: 'detached' });
    await said(page, 'Choose other images from the list.').waitFor();
    // No further set can be deleted by mistake, and the keyboard goes on here.
    expect(await page.getByRole('button', { name: 'Delete', exact: true }).count()).toBe(0);
    await expect.poll(() => page.evaluate(() => !!document.activeElement?.closest('main'))).toBe(true);
  });

  it('leads on to the split with the images that are used', async () => {
    await page.getByRole('link', { name: /^birds/ }).click();
    await page.getByRole('heading', { name: 'birds', level: 2 }).waitFor();
    await page.getByRole('button', { name: 'Use these images' }).click();
    await page.waitForURL(/#\/split$/);
    await page.goBack();
    await page.getByRole('link', { name: /^birds.*Chosen for the study/s }).waitFor();
  });

  it('the console has nothing to complain of', () => {
    expect(window.complaints).toEqual([]);
  });
});

describe.skipIf(!hasChromium)('a large set on the Data screen', () => {
  let window: Window;

  beforeAll(async () => {
    const home = mkdtempSync(join(tmpdir(), 'large-'));
    await addMadeUpSet(home, { name: 'thousand classes', classes: 1000, train: (label) => (label === 7 ? 40 : 4) });
    await addMadeUpSet(home, {
      name: 'many rejects',
      classes: 3,
      train: 2,
      rejects: Array.from({ length: 1500 }, (_, index) => ({ file: `${index}.txt`, reason: 'not an image' })),
    });
    window = await openWindow({ home, at: '#/data', colorScheme: 'dark' });
  });
  afterAll(() => window.close());

  it('has its thousand classes at hand: sorted, searched, and uneven ones seen at once', async () => {
    const { page } = window;
    await page.getByRole('link', { name: /thousand classes/ }).click();
    await page.getByText('1,000 classes', { exact: true }).waitFor();
    await said(page, /The classes are uneven: they have 4 to 40 images/).waitFor();
    await page.getByLabel('Order of the classes').selectOption('Most images first');
    const first = page.getByRole('listbox', { name: 'Classes' }).getByRole('option').first();
    await expect.poll(() => first.innerText()).toContain('class 7');
    expect(await page.getByRole('listbox', { name: 'Classes' }).getByRole('option').count()).toBeLessThan(40);
    await page.getByRole('listbox', { name: 'Classes' }).focus();
    await page.keyboard.press('End');
    await page.getByRole('option', { name: /^class 999/ }).waitFor();
    await page.getByLabel('Search classes').fill('class 99');
    await page.getByText('19 of 1,000 classes').waitFor();
    await page.getByLabel('Search classes').fill('penguin');
    await page.getByText('No class has “penguin” in its name.').waitFor();
    await page.getByLabel('Search classes').fill('');
  });

  it('shows the end of the wall without the way there', async () => {
    const { page } = window;
    const wall = page.getByRole('listbox', { name: /All images/ });
    await wall.evaluate((element) => (element.scrollTop = element.scrollHeight));
    const drawn = () =>
      wall.evaluate((element) => {
        const canvases = [...element.querySelectorAll('canvas')];
        const alpha = (canvas: HTMLCanvasElement) => canvas.getContext('2d')!.getImageData(10, 10, 1, 1).data[3];
        return canvases.filter((canvas) => alpha(canvas) === 255).length === canvases.length && canvases.length;
      });
    await expect.poll(drawn).toBeGreaterThan(3);
    expect(await wall.locator('canvas').count()).toBeLessThan(20);
    await window.screenshot('data-thousand-dark');
    expect(await window.violations()).toEqual([]);
  });

  it('names the first thousand files that were left out, and says how many there are', async () => {
    const { page } = window;
    await page.getByRole('link', { name: /many rejects/ }).click();
    await page.getByText('1,500 files could not be used').click();
    await page.getByText('The first 1,000 of 1,500 are listed.').waitFor();
    await window.screenshot('data-rejects-dark');
    expect(await window.violations()).toEqual([]);
    expect(window.complaints).toEqual([]);
  });

  it.each([900, 400])('does not scroll sideways at %i pixels', async (width) => {
    const page = await window.openPage({ width, at: '#/data' });
    await page.getByRole('listbox', { name: 'Classes' }).waitFor();
    expect(await page.evaluate(() => document.querySelector('main')!.scrollWidth)).toBeLessThanOrEqual(
      await page.evaluate(() => document.querySelector('main')!.clientWidth),
    );
    await window.screenshot(`data-${width}`, page);
    await page.context().close();
  });
});

import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Locator, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { imagesOf, noise, png, tar, writeFolder, type Files } from '../data/import-fixtures.ts';
import { hasChromium } from '../chromium.ts';
import { openWindow, type Window } from './window.ts';
import { writeFileSync } from 'node:fs';
import sharp, { type Sharp } from 'sharp';

interface Layout {
  readonly name: string;
  readonly files: () => Promise<Files>;
  /** What the dialog must say before anything is imported. */
  readonly says: readonly (string | RegExp)[];
  /** What a person then chooses. */
  readonly choose?: (dialog: Locator) => Promise<void>;
  /** What it says after that. */
  readonly then?: readonly (string | RegExp)[];
  readonly imported: RegExp;
}

/** Pictures of one colour each, with a little noise, so that classes can be told on a screenshot. */
async function coloured(paths: readonly string[], hue: number): Promise<Files> {
  const files: Files = {};
  for (const path of paths) {
    const pixels = noise(path, 24).map((value, at) => Math.min(255, value / 4 + (at % 3 === hue ? 150 : 40)));
    files[path] = await sharp(pixels, { raw: { width: 24, height: 24, channels: 3 } })
      .png()
      .toBuffer();
  }
  return files;
}
const numbered = (folder: string, count: number) => Array.from({ length: count }, (_, at) => `${folder}/${at}.png`);

async function several(counts: Readonly<Record<string, number>>): Promise<Files> {
  const all = await Promise.all(
    Object.entries(counts).map(([folder, count], at) => coloured(numbered(folder, count), at % 3)),
  );
  return Object.assign({}, ...all) as Files;
}

const LAYOUTS: readonly Layout[] = [
  {
    name: 'parts with litter',
    files: async () => ({
      ...(await several({ 'training_set/cat': 6, 'training_set/dog': 6, 'test_set/cat': 3, 'test_set/dog': 3 })),
      ...(await coloured(numbered('training_set/cat/@eaDir', 4), 2)),
    }),
    says: ['2 classes, 18 images. The set says what is held out.', '6 + 3 held out', /@eaDir.*thumbnails/],
    imported: /parts with litter is imported/,
  },
  {
    name: 'two levels',
    files: () => several({ 'animals/cat': 4, 'animals/dog': 4, 'plants/oak': 4, 'plants/rose': 4 }),
    says: [/"animals" has "cat", "dog"; which of them are the classes\?/],
    choose: async (dialog) => void (await dialog.getByLabel(/which of them are the classes/).selectOption('inner')),
    then: ['4 classes, 16 images. A random fifth of each class will be held out.', /^oak/],
    imported: /two levels is imported/,
  },
  {
    name: 'a table of labels',
    files: async () => ({
      ...(await coloured(numbered('train', 4), 0)),
      ...(await coloured(['train/4.png', 'train/5.png', 'train/6.png', 'train/7.png'], 1)),
      ...(await coloured(['train/unlabelled.png'], 2)),
      'labels.csv': Buffer.from(
        `id,breed\n${Array.from({ length: 8 }, (_, at) => `${at},${at < 4 ? 'pug' : 'beagle'}`).join('\n')}`,
      ),
    }),
    says: [/classes come from labels.csv \(column breed\)/, '2 classes, 8 images.', /not named in labels.csv/],
    imported: /a table of labels is imported/,
  },
  {
    name: 'masks',
    files: () => several({ 'ill/images': 4, 'ill/masks': 4, 'well/images': 4, 'well/masks': 4 }),
    says: [/"masks" stands beside "images"/, '2 classes, 8 images.', /masks\/.*masks, which are no pictures/],
    choose: async (dialog) => void (await dialog.getByLabel(/"masks" stands beside/).selectOption('class')),
    then: ['2 classes, 16 images.'],
    imported: /masks is imported/,
  },
  {
    name: 'names of files',
    files: async () => ({
      ...(await coloured(['pets/cat.0.png', 'pets/cat.1.png', 'pets/cat.2.png'], 0)),
      ...(await coloured(['pets/dog.0.png', 'pets/dog.1.png', 'pets/dog.2.png'], 1)),
    }),
    says: [/the names of the files may tell the class: "cat", "dog"/],
    choose: (dialog) => dialog.getByRole('button', { name: 'Read again' }).click(),
    then: ['2 classes, 6 images.', /the names of the files, \{class\}\.#/],
    imported: /names of files is imported/,
  },
  {
    name: 'train, bus and test',
    files: () => several({ bus: 4, test: 4, train: 4 }),
    says: [/"test" and "train" have no folders of classes and stand beside "bus"; what is "test"\?/],
    choose: async (dialog) => void (await dialog.getByLabel(/what is "test"/).selectOption('class')),
    then: ['3 classes, 12 images.', /"train" is taken for a class/],
    imported: /train, bus and test is imported/,
  },
];

async function typePath(page: Page, path: string): Promise<void> {
  const field = page.getByLabel('Path of a folder or archive');
  if (!(await field.isVisible())) await page.getByText('More options').click();
  await field.fill(path);
  await page.getByRole('button', { name: 'Import', exact: true }).first().click();
}

describe.skipIf(!hasChromium)('the dialog before an import', () => {
  let window: Window;
  let page: Page;
  const place = mkdtempSync(join(tmpdir(), 'layouts-'));

  beforeAll(async () => {
    window = await openWindow({ at: '#/data', height: 900 });
    page = window.page;
  });
  afterAll(async () => {
    expect(window.complaints).toEqual([]);
    await window.close();
  });

  it.each(LAYOUTS)('$name', async ({ name, files, says, choose, then = [], imported }) => {
    await typePath(page, await writeFolder(join(place, name), await files()));
    const dialog = page.getByRole('dialog', { name: `Import ${name}?` });
    for (const sentence of says) await dialog.getByText(sentence).first().waitFor();
    await expect
      .poll(() => dialog.locator('canvas').count())
      .toBe(choose && then.length > 0 && name !== 'masks' ? 0 : 2);
    await window.screenshot(`import-${name.replaceAll(' ', '-')}`);
    if (choose) {
      await choose(dialog);
      for (const sentence of then) await dialog.getByText(sentence).first().waitFor();
      await dialog.locator('canvas').first().waitFor();
      await window.screenshot(`import-${name.replaceAll(' ', '-')}-chosen`);
    }
    expect(await window.violations()).toEqual([]);
    await dialog.getByRole('button', { name: 'Import', exact: true }).click();
    await page.locator('main').getByText(imported).waitFor();
    await page.getByRole('button', { name: 'Dismiss' }).click();
  });

  it('leaves leaking images out, which makes another set', async () => {
    const soft = (name: string, change = (picture: Sharp) => picture) =>
      change(sharp(noise(name, 6), { raw: { width: 6, height: 6, channels: 3 } }).resize(48, 48, { kernel: 'cubic' }));
    const files: Files = {};
    for (const kind of ['ant', 'bee'])
      for (let k = 0; k < 12; k++) {
        files[`train/${kind}/${k}.png`] = await soft(`${kind}${k}`).png().toBuffer();
        if (k < 5) files[`val/${kind}/${k}.png`] = await soft(`val ${kind}${k}`).png().toBuffer();
      }
    for (let k = 0; k < 3; k++)
      files[`train/ant/leak${'very '.repeat(20 * k)}${k}.jpg`] = await soft(`val ant${k}`)
        .jpeg({ quality: 70 })
        .toBuffer();
    await typePath(page, await writeFolder(join(place, 'leaky'), files));
    const main = page.locator('main');
    await main.getByText('leaky is imported.').waitFor();
    await main
      .getByText(/^3 of 10 held-out images \(30\.0%\) nearly equal/)
      .first()
      .waitFor();
    await page.locator('section', { hasText: 'Image sets' }).getByRole('link', { name: /leaky/ }).click();
    await page.getByRole('heading', { name: 'leaky', level: 2 }).waitFor();
    await main.getByText('Show 3 pairs of nearly equal images').click();
    await expect.poll(() => main.getByRole('img', { name: 'Images of ant and ant' }).count()).toBe(3);
    // A long name beside it leaves a pair's words beneath its pictures.
    await main.getByTitle(/very very .*2\.jpg$/).waitFor();
    const gaps = await main
      .locator('.pairs li')
      .evaluateAll((pairs) =>
        pairs.map(
          (pair) =>
            pair.querySelector('span')!.getBoundingClientRect().top -
            pair.querySelector('[role=img]')!.getBoundingClientRect().bottom,
        ),
      );
    expect(Math.max(...gaps)).toBeLessThan(10);
    await window.screenshot('data-health');
    expect(await window.violations()).toEqual([]);
    await main.getByRole('button', { name: 'Leave 3 training images out' }).click();
    await page.getByRole('heading', { name: 'leaky without leaks', level: 2 }).waitFor();
    await expect.poll(() => page.evaluate(() => document.activeElement === document.body)).toBe(false);
    await main.getByText('2 classes, 24 images to train on and 10 held out, 32 × 32 pixels.').waitFor();
    await main.getByText('No copies, leaks or classes that give themselves away were found.').waitFor();
  });

  it('an archive is read through once for the question, and not again for the import', async () => {
    const archive = join(place, 'packed.tar');
    writeFileSync(
      archive,
      await tar({ ...(await imagesOf(['a', 'b'], 3, 'set/')), 'set/_unlabeled/x.png': await png('x') }),
    );
    await typePath(page, archive);
    const dialog = page.getByRole('dialog', { name: 'Import packed.tar?' });
    await dialog.getByText('2 classes, 6 images.').waitFor();
    await dialog.getByRole('button', { name: 'Import', exact: true }).click();
    await page
      .locator('main')
      .getByText(/packed.tar is imported/)
      .waitFor();
  });
});

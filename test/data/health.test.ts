import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sharp, { type Sharp } from 'sharp';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { findingsOf, type Finding } from '../../src-main/common/health.ts';
import { factsOf, healthOf, leakNote } from '../../src-main/data/health/health.ts';
import { withoutLeaks } from '../../src-main/data/health/leave-out.ts';
import { importImages } from '../../src-main/data/import/import.ts';
import { openImageSet } from '../../src-main/data/packed/open.ts';
import { RandomStream } from '../../src-main/random.ts';
import { writeFolder, type Files } from './import-fixtures.ts';

let place: string;
beforeEach(async () => {
  place = await mkdtemp(join(tmpdir(), 'transplant-health-'));
});
afterEach(() => rm(place, { recursive: true }));

const SIDE = 48;

/** A picture as a camera takes it: soft patches of colours, another for every name. */
function scene(name: string, brightness = 0): Sharp {
  const random = new RandomStream(1, name);
  const patches = Buffer.from(Array.from({ length: 3 * 6 * 6 }, () => Math.min(255, random.integer(200) + brightness)));
  return sharp(patches, { raw: { width: 6, height: 6, channels: 3 } }).resize(SIDE, SIDE, { kernel: 'cubic' });
}
const png = (picture: Sharp): Promise<Buffer> => picture.png().toBuffer();

async function classes(part: string, names: readonly string[], count: number): Promise<Files> {
  const files: Files = {};
  for (const name of names)
    for (let k = 0; k < count; k++) files[`${part}/${name}/${k}.png`] = await png(scene(`${part} ${name} ${k}`));
  return files;
}

async function importFiles(files: Files) {
  const path = await writeFolder(join(place, 'set'), files);
  return importImages({ path, size: 32, dataFolder: join(place, 'data') });
}

async function findings(files: Files): Promise<Finding[]> {
  const { index, folder } = await importFiles(files);
  return findingsOf(factsOf(index), await healthOf(folder));
}

const both = async (): Promise<Files> => ({
  ...(await classes('train', ['ant', 'bee'], 12)),
  ...(await classes('val', ['ant', 'bee'], 4)),
});

describe('images of both parts', () => {
  test('compressed, brightened, resized and mirrored copies are leaks, others are none', async () => {
    const leaks: readonly ((picture: Sharp) => Promise<Buffer>)[] = [
      (picture) => picture.jpeg({ quality: 60 }).toBuffer(),
      (picture) => png(picture.linear(1.1, 4)),
      async (picture) => png(sharp(await png(picture)).resize(37, 37)),
      async (picture) => png(sharp(await png(picture)).flop()),
    ];
    const files = await both();
    for (const [k, leak] of leaks.entries()) files[`train/ant/leak${k}.png`] = await leak(scene(`val ant ${k}`));
    const { index, folder } = await importFiles(files);
    const health = await healthOf(folder);
    expect(health).toMatchObject({ pairs: 4, leakedHeldOut: 4, acrossClasses: 0, complete: true, plain: 0 });
    expect(health.shown.filter(({ mirrored }) => mirrored)).toHaveLength(1);
    expect(leakNote(folder, index)).toEqual([expect.stringMatching(/4 of 8 held-out images \(50.0%\) nearly equal/)]);

    const made = await withoutLeaks(join(place, 'data'), folder);
    expect(made.index.id).not.toBe(index.id);
    expect(made.index.heldOutCounts).toEqual(index.heldOutCounts);
    expect(made.index.trainCounts).toEqual([12, 12]);
    expect(await healthOf(made.folder)).toMatchObject({ pairs: 0, leakedHeldOut: 0 });
    expect(leakNote(made.folder, made.index)).toEqual([]);
    // What was there stays as it was.
    openImageSet(folder).close();
  });

  test('equal copies across parts and classes are left out and counted', async () => {
    const files = await both();
    files['train/ant/copy.png'] = files['val/ant/0.png'];
    files['train/bee/copy.png'] = files['train/ant/0.png'];
    const found = await findings(files);
    expect(found.map(({ id, serious }) => [id, serious])).toEqual([
      ['copies', true],
      ['copies', false],
    ]);
    expect(found[0].what).toMatch(
      /^1 image stood in more than one class, such as train\/bee\/copy\.png, which is train\/ant\/0\.png;/,
    );
    expect(found[1].what).toMatch(/^1 copy of images stood in the other part/);
  });

  test('nearly equal images of two classes have a wrong label', async () => {
    const files = await both();
    files['train/bee/other.png'] = await png(scene('train ant 3').linear(1.05, 3));
    expect(await findings(files)).toMatchObject([{ id: 'labels', serious: true }]);
  });
});

describe('classes', () => {
  test('few, uneven, brighter and smaller ones are told, and what to do', async () => {
    const files = await both();
    for (let k = 0; k < 40; k++) files[`train/cat/${k}.png`] = await png(scene(`cat ${k}`));
    for (let k = 0; k < 5; k++) files[`train/dog/${k}.png`] = await png(scene(`dog ${k}`, 120).resize(16, 16));
    for (const name of ['cat', 'dog']) files[`val/${name}/0.png`] = await png(scene(`val ${name}`));
    const found = await findings(files);
    expect(found.map(({ id }) => id).sort()).toEqual(['brightness', 'few', 'sides', 'uneven']);
    for (const { what, todo } of found) expect(`${what} ${todo}`).toMatch(/[.] \S/);
    expect(found.find(({ id }) => id === 'few')!.what).toContain('dog');
    expect(found.find(({ id }) => id === 'sides')!.what).toMatch(/ dog .*: 21 pixels on the shorter side, where 48 /);
  });

  test('a sound set has none', async () => {
    expect(await findings(await both())).toEqual([]);
  });
});

test('it is measured once, and again where it was not, or by another version', async () => {
  const { folder } = await importFiles(await both());
  const file = join(folder, 'health.json');
  const stored = readFileSync(file, 'utf8');
  rmSync(file);
  await healthOf(folder);
  expect(readFileSync(file, 'utf8')).toBe(stored);
  writeFileSync(file, stored.replace('"pairs":0', '"pairs":7'));
  expect((await healthOf(folder)).pairs).toBe(7);
  writeFileSync(file, stored.replace('"version":1', '"version":0').replace('"pairs":0', '"pairs":7'));
  expect((await healthOf(folder)).pairs).toBe(0);
  expect(existsSync(file)).toBe(true);
});

test('images that show nothing are not compared', async () => {
  const files = await both();
  for (let k = 0; k < 6; k++)
    files[`train/ant/blank${k}.png`] = await png(
      sharp({ create: { width: SIDE, height: SIDE, channels: 3, background: { r: 200 + k, g: 200, b: 200 } } }),
    );
  const { folder } = await importFiles(files);
  expect(await healthOf(folder)).toMatchObject({ plain: 6, pairs: 0 });
});

test('classes that are probably one are told by their names; letters, numbers and signs are not', () => {
  const health = {
    ...{ version: 1 as const, compared: 0, plain: 0, complete: true, pairs: 0, acrossClasses: 0, leakedHeldOut: 0 },
    ...{ leaking: [], shown: [] },
  };
  const told = (...names: string[]) =>
    findingsOf(
      { classes: names.map((name) => ({ name, train: 20, heldOut: 5 })), duplicates: 0, flaws: 0 },
      { ...health, brightness: names.map(() => ({ mean: 100, deviation: 30 })) },
    ).map(({ what }) => what);
  for (const names of [
    ['Cat', 'cat'],
    ['golden_retriever', 'Golden Retriever'],
    ['1', '01'],
  ])
    expect(told('dog', ...names)).toEqual([expect.stringMatching(`"${names[0]}" and "${names[1]}" are classes`)]);
  for (const names of [
    ['A', 'a'],
    ['1', '10', '100'],
    ['-1', '1'],
    ['C', 'C++', 'C#'],
  ])
    expect(told('dog', ...names)).toEqual([]);
});

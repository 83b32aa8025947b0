import fc from 'fast-check';
import { hash } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { DEAD_LEAVES_CLASSES, deadLeafImage } from '../../src-main/data/dead-leaves/image.ts';
import { generateDeadLeaves } from '../../src-main/data/dead-leaves/generate.ts';
import { painted } from '../../src-main/data/dead-leaves/painters.ts';
import {
  ANGULAR_SHAPES,
  ANGULAR_TEXTURES,
  ROUND_SHAPES,
  ROUND_TEXTURES,
} from '../../src-main/data/dead-leaves/textures.ts';
import { openImageSet } from '../../src-main/data/packed/open.ts';
import { Cancelled } from '../../src-main/errors.ts';
import { luminance, spectralSlope } from './spectrum.ts';

describe('the classes of dead leaves', () => {
  it('are twenty, in two families of ten that share neither shapes nor textures', () => {
    expect(new Set(DEAD_LEAVES_CLASSES.map(({ name }) => name)).size).toBe(20);
    for (const family of ['round', 'angular'])
      expect(DEAD_LEAVES_CLASSES.filter(({ group }) => group === family)).toHaveLength(10);
    for (const part of ['shape', 'texture'] as const) {
      const of = (family: string) =>
        DEAD_LEAVES_CLASSES.filter(({ group }) => group === family).map((kind) => kind[part].name);
      expect(of('round').filter((name) => of('angular').includes(name))).toEqual([]);
    }
  });

  it.each([...ROUND_SHAPES, ...ANGULAR_SHAPES])('the $name has the area of the unit disc within its reach', (shape) => {
    const step = 0.01;
    let area = 0;
    let farthest = 0;
    for (let u = -3; u < 3; u += step)
      for (let v = -3; v < 3; v += step) {
        if (!shape.inside(u, v)) continue;
        area += step * step;
        farthest = Math.max(farthest, Math.hypot(u, v));
      }
    expect(farthest).toBeLessThan(shape.reach + 1e-9);
    expect(farthest).toBeGreaterThan(shape.reach - 2 * step);
    expect(area).toBeCloseTo(Math.PI, 1);
  });

  it.each([...ROUND_TEXTURES, ...ANGULAR_TEXTURES])('the tone of $name stays within [-1, 1]', ({ tone }) => {
    const coordinate = fc.double({ min: -3, max: 3, noNaN: true });
    fc.assert(fc.property(coordinate, coordinate, (u, v) => Math.abs(tone(u, v)) <= 1));
  });
});

describe('an image of dead leaves', () => {
  it('depends on its seed, class, number and size, on each of them, and on nothing else', () => {
    const options = { seed: 1, classIndex: 3, number: 5, size: 16 };
    const image = deadLeafImage(options);
    expect(image).toHaveLength(3 * 16 * 16);
    deadLeafImage({ ...options, number: 99 });
    expect(deadLeafImage(options)).toEqual(image);
    for (const change of [{ seed: 2 }, { classIndex: 4 }, { number: 6 }])
      expect(deadLeafImage({ ...options, ...change })).not.toEqual(image);
  });

  it('can have any size', () => {
    for (const size of [8, 9, 33, 100])
      expect(deadLeafImage({ seed: 1, classIndex: 0, number: 0, size })).toHaveLength(3 * size * size);
  });

  it('is of the same colours and of the same brightness in every class', () => {
    const means = DEAD_LEAVES_CLASSES.map((_, classIndex) => {
      const images = Array.from({ length: 60 }, (_, number) =>
        deadLeafImage({ seed: 1, classIndex, number, size: 16 }),
      );
      return [0, 1, 2].map((channel) => {
        const values = images.flatMap((image) => [...image.subarray(channel * 256, (channel + 1) * 256)]);
        return values.reduce((sum, value) => sum + value, 0) / values.length;
      });
    });
    // The mean of one image spreads by about 35, that of 60 by 4.5.
    for (const channel of [0, 1, 2]) {
      const values = means.map((mean) => mean[channel]);
      expect(Math.max(...values) - Math.min(...values)).toBeLessThan(36);
    }
  });

  it.each([
    { group: 'round', size: 32 },
    { group: 'angular', size: 32 },
    { group: 'round', size: 64 },
    { group: 'angular', size: 64 },
  ])('has an amplitude spectrum that falls as 1 / f^a, a in [0.8, 1.4]: $group, $size pixels', ({ group, size }) => {
    const images = DEAD_LEAVES_CLASSES.flatMap((kind, classIndex) =>
      kind.group === group
        ? [0, 1, 2, 3, 4, 5, 6, 7].map((number) => luminance(deadLeafImage({ seed: 7, classIndex, number, size })))
        : [],
    );
    const slope = spectralSlope(images, size);
    expect(slope).toBeGreaterThan(0.8);
    expect(slope).toBeLessThan(1.4);
  });
});

describe('a generated image set', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'dead-leaves-'));
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  const small = { size: 12, trainPerClass: 4, heldOutPerClass: 2, seed: 3 };

  it('holds every class in both parts, with its families as groups', async () => {
    const reports: number[] = [];
    const { index, folder: stored } = await generateDeadLeaves(folder, small, {
      onProgress: ({ done, total }) => reports.push(done / total),
    });
    expect(index).toMatchObject({ name: 'dead-leaves', size: 12, count: 120, duplicates: 0, rejects: [] });
    expect(index.classes).toEqual(DEAD_LEAVES_CLASSES.map(({ name }) => name));
    expect(index.trainCounts).toEqual(Array(20).fill(4));
    expect(index.heldOutCounts).toEqual(Array(20).fill(2));
    expect(index.groups).toEqual(Object.fromEntries(DEAD_LEAVES_CLASSES.map(({ name, group }) => [name, group])));
    expect(reports.at(-1)).toBe(1);
    const set = openImageSet(stored);
    expect(set.index).toEqual(index);
    set.close();
  });

  it('keeps its images when there are more of them, and no training image is held out', async () => {
    const imagesOf = async (counts: { trainPerClass: number; heldOutPerClass: number }) => {
      const made = await generateDeadLeaves(folder, {
        ...small,
        ...counts,
        classes: ['square-striped', 'disc-shaded'],
      });
      const set = openImageSet(made.folder);
      const parts: [Set<string>, Set<string>] = [new Set(), new Set()];
      const pixels = new Uint8Array(3 * 12 * 12);
      for (let image = 0; image < set.index.count; image++) {
        set.read(image, pixels);
        parts[set.heldOut[image]].add(`${set.labels[image]} ${pixels.join()}`);
      }
      set.close();
      return parts;
    };
    const [train, heldOut] = await imagesOf({ trainPerClass: 4, heldOutPerClass: 2 });
    const [moreTrain, moreHeldOut] = await imagesOf({ trainPerClass: 9, heldOutPerClass: 3 });
    expect([train.size, heldOut.size, moreTrain.size, moreHeldOut.size]).toEqual([8, 4, 18, 6]);
    for (const image of train) expect(moreTrain.has(image)).toBe(true);
    for (const image of heldOut) expect(moreHeldOut.has(image)).toBe(true);
    for (const image of moreHeldOut) expect(moreTrain.has(image)).toBe(false);
  });

  it('has the same id for the same parameters', async () => {
    const first = await generateDeadLeaves(folder, small);
    const again = await generateDeadLeaves(join(folder, 'elsewhere'), small);
    expect(again.index.id).toBe(first.index.id);
    expect((await generateDeadLeaves(folder, { ...small, seed: 4 })).index.id).not.toBe(first.index.id);
  });

  it('is painted by several threads as by one, and not at all where one breaks', async () => {
    const options = { count: 200, size: 64 };
    const images = Array.from({ length: 200 }, (_, number) => ({ seed: 1, classIndex: number % 20, number, size: 64 }));
    const byThreads = (threads: number, all = images) =>
      Array.fromAsync(painted(all, { ...options, threads }), (pixels) => hash('sha256', pixels));
    expect(await byThreads(3)).toEqual(await byThreads(1));
    const broken = images.with(150, { ...images[0], classIndex: 99 });
    await expect(byThreads(2, broken)).rejects.toThrow();
  });

  it('is given up when told to stop', async () => {
    const stop = new AbortController();
    const making = generateDeadLeaves(
      folder,
      { ...small, trainPerClass: 1000 },
      {
        signal: stop.signal,
        onProgress: () => stop.abort(),
      },
    );
    await expect(making).rejects.toThrow(Cancelled);
  });

  it('names the classes there are when asked for another, and refuses numbers that make no set', async () => {
    await expect(generateDeadLeaves(folder, { ...small, classes: ['disc-furry'] })).rejects.toThrow(
      /no class "disc-furry"; choose among disc-shaded, /,
    );
    await expect(generateDeadLeaves(folder, { ...small, size: 0 })).rejects.toThrow(
      /image size .* from 8 to 1024, not 0/,
    );
    await expect(generateDeadLeaves(folder, { ...small, trainPerClass: 2.5 })).rejects.toThrow(/whole number/);
  });
});

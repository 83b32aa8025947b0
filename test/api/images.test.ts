import { join } from 'node:path';
import { expect, it } from 'vitest';
import { openImageSet } from '../../src-main/data/packed/open.ts';
import { writePackedSet } from '../../src-main/data/packed/write.ts';
import { connectTo, openDesk } from './in-memory.ts';

const bytesOf = async (blob: Blob) => new Uint8Array(await blob.arrayBuffer());

it('lists sets and what is in them, class by class', async () => {
  const { workspace, set } = await openDesk();
  const { api, close } = connectTo(workspace);
  expect(await api.images.list()).toMatchObject([{ id: set, name: 'colours', classes: 4, studies: 0, builtIn: false }]);
  const details = await api.images.details({ set });
  expect(details.byClass.map(({ name, train, heldOut }) => [name, train, heldOut])).toEqual([
    ['blue', 10, 10],
    ['green', 10, 10],
    ['red', 10, 10],
    ['yellow', 10, 10],
  ]);
  expect(details).toMatchObject({ rejected: 0, duplicates: 0, heldOut: 'given' });
  close();
});

it('shows the wall class by class, training images first, in pieces that fit together', async () => {
  const { workspace, set } = await openDesk();
  const { api, close } = connectTo(workspace);
  const ask = (first: number, count: number, name: string | null = null) =>
    api.images.wall({ set, class: name, first, count, size: 8 });
  const whole = await ask(0, 80);
  expect(whole.total).toBe(80);
  expect(whole.images.map(({ label }) => label)).toEqual([0, 1, 2, 3].flatMap((label) => Array(20).fill(label)));
  expect(whole.images.slice(0, 20).map(({ heldOut }) => heldOut)).toEqual([
    ...Array(10).fill(false),
    ...Array(10).fill(true),
  ]);
  const pixels = await bytesOf(whole.pixels);
  const piece = await ask(30, 20);
  expect(await bytesOf(piece.pixels)).toEqual(pixels.slice(30 * 192, 50 * 192));
  const red = await ask(0, 1, 'red');
  expect(red).toMatchObject({ total: 20, size: 8 });
  expect(await bytesOf(red.pixels)).toEqual(pixels.slice(40 * 192, 41 * 192));
  expect((await ask(75, 100)).images).toHaveLength(5);
  expect((await ask(1000, 10)).images).toEqual([]);
  close();
});

it('gives samples of classes, grey where a class has no more', async () => {
  const { workspace, set } = await openDesk();
  const { api, close } = connectTo(workspace);
  const { pixels, size } = await api.images.samples({ set, classes: ['yellow', 'blue'], perClass: 2, size: 64 });
  expect(size).toBe(8);
  const wall = await api.images.wall({ set, class: 'yellow', first: 0, count: 2, size: 8 });
  expect((await bytesOf(pixels)).slice(0, 2 * 192)).toEqual(await bytesOf(wall.pixels));
  close();
});

it('says which set, class or image is not there', async () => {
  const { workspace, set } = await openDesk();
  const { api, close } = connectTo(workspace);
  const refusal = (sentence: string) => ({ code: 'REFUSED', data: { sentence: expect.stringContaining(sentence) } });
  await expect(api.images.details({ set: 'f'.repeat(16) })).rejects.toMatchObject(refusal('There is no image set'));
  await expect(api.images.wall({ set, class: 'purple', first: 0, count: 1, size: 8 })).rejects.toMatchObject(
    refusal('has no class "purple"'),
  );
  await expect(api.images.pictures({ set, images: [0, 80], size: 8 })).rejects.toMatchObject(
    refusal('has no image 80'),
  );
  close();
});

it('names the file of each single image where that is kept, and none where it is not', async () => {
  const { workspace, home, set } = await openDesk();
  const { api, close } = connectTo(workspace);
  const filesOf = async () => {
    const wall = await api.images.wall({ set, class: 'red', first: 0, count: 2, size: 8 });
    const images = wall.images.map(({ image }) => image);
    const { files } = await api.images.pictures({ set, images, size: 8 });
    expect(files).toEqual(wall.images.map(({ file }) => file));
    const heldOut = await api.images.heldOut({ set, classes: ['red'], positions: [0], size: 8 });
    return [images, files, heldOut.images, heldOut.files];
  };
  const [images, none, [held]] = await filesOf();
  expect(none).toEqual([null, null]);
  // The same images again, from files.
  const stored = openImageSet(join(home, 'data', set));
  const { name, size, classes, source } = stored.index;
  const named = [...stored.labels].map((label, image) => {
    const pixels = new Uint8Array(3 * size * size);
    stored.read(image, pixels);
    return { pixels, label, heldOut: stored.heldOut[image] === 1, file: `${classes[label]}/${image}.png` };
  });
  stored.close();
  const description = { name, size, classes, source, groups: {}, rejects: [], heldOut: { kind: 'given' as const } };
  await writePackedSet(join(home, 'data'), description, named);
  expect(await filesOf()).toEqual([images, images.map((image) => `red/${image}.png`), [held], [`red/${held}.png`]]);
  close();
});

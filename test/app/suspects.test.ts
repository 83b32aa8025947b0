import { existsSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { suspectsOf } from '../../src-main/app/answers/suspects.ts';
import { suspectsSentence } from '../../src-main/common/health.ts';
import { writePackedSet, type PackedImage } from '../../src-main/data/packed/write.ts';
import { openImageSet } from '../../src-main/data/packed/open.ts';
import { RandomStream } from '../../src-main/random.ts';
import { addImages, createTinyHome, runTinyStudy, tinyProtocol, type TinyHome } from '../study/tiny-study.ts';

const SIZE = 8;
const COLOURS = [
  [220, 40, 40],
  [40, 220, 40],
  [40, 40, 220],
  [200, 200, 30],
];
const signal = new AbortController().signal;

/** Four classes told by their colour; one held-out green image is labelled red. */
function* images(): Generator<PackedImage> {
  const stream = new RandomStream(7, 'mislabelled');
  for (let label = 0; label < COLOURS.length; label++)
    for (let number = 0; number < 20; number++) {
      const wrong = label === 0 && number === 15;
      const colour = COLOURS[wrong ? 1 : label];
      const pixels = Uint8Array.from(
        { length: 3 * SIZE * SIZE },
        (_, at) => colour[Math.floor(at / (SIZE * SIZE))] + 30 * (stream.uniform() - 0.5),
      );
      yield { pixels, label, heldOut: number >= 10 };
    }
}

let tiny: TinyHome;
beforeAll(async () => {
  tiny = await createTinyHome();
  const { index, folder } = await writePackedSet(
    join(tiny.home, 'data'),
    {
      ...{ name: 'mislabelled', size: SIZE, classes: ['red', 'green', 'blue', 'yellow'], groups: {} },
      ...{ source: 'test', heldOut: { kind: 'given' }, rejects: [] },
    },
    images(),
  );
  tiny = { ...tiny, index, imageSet: folder, imageSets: new Map([[index.id, folder]]) };
  addImages(tiny.store, index, folder);
});
afterAll(() => tiny.dispose());

it('before a base has finished, there is nothing to ask', async () => {
  const task = { home: tiny.home, set: tiny.index.id, threads: 1 };
  await expect(suspectsOf(task, { signal })).rejects.toThrow(/No base has been trained on these images yet/);
});

it('the image with a wrong label comes first, and what was found is kept', async () => {
  const split = { kind: 'lists', a: ['red', 'green'], b: ['blue', 'yellow'] } as const;
  await runTinyStudy(tiny, tinyProtocol(tiny.index, { split, treatments: ['transfer'] }));
  const task = { home: tiny.home, set: tiny.index.id, threads: 1 };
  const found = await suspectsOf(task, { signal });
  expect(found.bases).toHaveLength(2);
  expect(found.among).toBe(80);
  const [first] = found.suspects;
  expect(first).toMatchObject({ class: 'red', takenFor: 'green', heldOut: true });
  expect(first.loss).toBeGreaterThan(1);
  const set = openImageSet(tiny.imageSet);
  const pixels = new Uint8Array(3 * SIZE * SIZE);
  set.read(first.image, pixels);
  set.close();
  expect(pixels[SIZE * SIZE]).toBeGreaterThan(pixels[0]);
  expect(suspectsSentence(found)).toMatch(/^The bases of the newest study, asked about 80 images, are most surprised/);
  const file = join(tiny.imageSet, 'suspects.json');
  expect(existsSync(file)).toBe(true);
  // Without the weights it could not be worked out again.
  rmSync(join(tiny.home, 'checkpoints'), { recursive: true });
  expect(await suspectsOf(task, { signal })).toEqual(found);
}, 120_000);

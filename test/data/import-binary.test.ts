import { existsSync } from 'node:fs';
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { UserError } from '../../src-main/errors.ts';
import { importImages } from '../../src-main/data/import/import.ts';
import { openImageSet } from '../../src-main/data/packed/open.ts';
import { noise, tarGz, writeFolder, zip, type Files } from './import-fixtures.ts';

let place: string;
let dataFolder: string;
beforeEach(async () => {
  place = await mkdtemp(join(tmpdir(), 'transplant-binary-'));
  dataFolder = join(place, 'data');
});
afterEach(() => rm(place, { recursive: true }));

async function importFiles(files: Files, size: number) {
  return importImages({ path: await writeFolder(join(place, 'set'), files), size, dataFolder });
}

async function importBytes(name: string, bytes: Buffer, size: number) {
  await writeFile(join(place, name), bytes);
  return importImages({ path: join(place, name), size, dataFolder });
}

/** `labels` are those of one record; the pixels are noise named after the file and the record's position. */
function cifarFile(name: string, records: readonly (readonly number[])[]): Buffer {
  return Buffer.concat(records.flatMap((labels, i) => [Buffer.from(labels), noise(`${name} ${i}`, 32)]));
}

const LETTERS = 'abcdefghij'.split('');

function cifar10(): Files {
  const digits = LETTERS.map((_, label) => [label]);
  const batches = ['data_batch_1', 'data_batch_2', 'data_batch_3', 'data_batch_4', 'data_batch_5', 'test_batch'];
  const folder = 'cifar-10-batches-bin/';
  return {
    [`${folder}batches.meta.txt`]: Buffer.from(LETTERS.join('\n') + '\n\n'),
    [`${folder}readme.html`]: Buffer.from('<a>'),
    ...Object.fromEntries(batches.map((name) => [`${folder}${name}.bin`, cifarFile(name, digits)])),
  };
}

describe('CIFAR in its binary version', () => {
  test("CIFAR-10 from the authors' tar.gz: classes in their order, five batches to train on, one held out", async () => {
    const { index, folder } = await importBytes('cifar-10-binary.tar.gz', await tarGz(cifar10()), 32);
    expect(index.classes).toEqual(LETTERS);
    expect(index).toMatchObject({ trainCounts: LETTERS.map(() => 5), heldOutCounts: LETTERS.map(() => 1) });
    expect(index).toMatchObject({ heldOut: { kind: 'given' }, rejects: [] });
    const set = openImageSet(folder);
    const image = set.labels.findIndex((label, i) => label === 7 && set.heldOut[i] === 1);
    const pixels = Buffer.alloc(3072);
    set.read(image, pixels);
    set.close();
    expect(pixels.equals(noise('test_batch 7', 32))).toBe(true);
    expect((await importFiles(cifar10(), 32)).index.id).toBe(index.id);
    expect((await importBytes('x.zip', zip(cifar10()), 32)).index.id).toBe(index.id);
  });

  test('CIFAR-100: fine labels are classes and coarse ones their groups; another size is resized to', async () => {
    const records = [0, 1, 2].flatMap((fine) => [0, 1].map(() => [fine === 0 ? 1 : 0, fine]));
    const { index } = await importFiles(
      {
        'train.bin': cifarFile('train', records),
        'test.bin': cifarFile('test', records.slice(1)),
        'fine_label_names.txt': Buffer.from('apple\nbeaver\ndolphin\n'),
        'coarse_label_names.txt': Buffer.from('aquatic_mammals\nfruit\n'),
      },
      20,
    );
    expect(index.classes).toEqual(['apple', 'beaver', 'dolphin']);
    expect(index.groups).toEqual({ apple: 'fruit', beaver: 'aquatic_mammals', dolphin: 'aquatic_mammals' });
    expect(index).toMatchObject({ size: 20, trainCounts: [2, 2, 2], heldOutCounts: [1, 2, 2] });
  });

  test('a missing batch, a batch that is cut off and a label without a name are listed', async () => {
    const files = cifar10();
    delete files['cifar-10-batches-bin/data_batch_2.bin'];
    const third = files['cifar-10-batches-bin/data_batch_3.bin'];
    files['cifar-10-batches-bin/data_batch_3.bin'] = third.subarray(0, third.length - 100);
    files['cifar-10-batches-bin/data_batch_4.bin'][0] = 77;
    const { index } = await importFiles(files, 32);
    expect(index.rejects).toEqual([
      { file: 'data_batch_2.bin', reason: 'missing' },
      { file: 'cifar-10-batches-bin/data_batch_3.bin', reason: 'the file is cut off in image 9' },
      { file: 'cifar-10-batches-bin/data_batch_4.bin image 0', reason: 'label 77 has no name' },
    ]);
    expect(index.trainCounts).toEqual([3, 4, 4, 4, 4, 4, 4, 4, 4, 3]);
  });
});

function idxImages(name: string, count: number, side = 12): Buffer {
  const head = Buffer.alloc(16);
  [0x803, count, side, side].forEach((value, i) => head.writeUInt32BE(value, 4 * i));
  const images = Array.from({ length: count }, (_, i) => noise(`${name} ${i}`, side).subarray(0, side * side));
  return Buffer.concat([head, ...images]);
}

function idxLabels(labels: readonly number[]): Buffer {
  const head = Buffer.alloc(8);
  [0x801, labels.length].forEach((value, i) => head.writeUInt32BE(value, 4 * i));
  return Buffer.concat([head, Buffer.from(labels)]);
}

function mnist(): Files {
  return {
    'train-images-idx3-ubyte': idxImages('train', 6),
    'train-labels-idx1-ubyte': idxLabels([3, 7, 3, 7, 3, 7]),
    't10k-images-idx3-ubyte': idxImages('t10k', 4),
    't10k-labels-idx1-ubyte': idxLabels([7, 7, 3, 3]),
  };
}

describe('IDX files as of MNIST', () => {
  test('digits are classes, grey becomes RGB, t10k is held out; packed by gzip they are the same set', async () => {
    const { index, folder } = await importFiles(mnist(), 12);
    expect(index).toMatchObject({ classes: ['3', '7'], trainCounts: [3, 3], heldOutCounts: [2, 2], rejects: [] });
    const set = openImageSet(folder);
    const pixels = Buffer.alloc(3 * 144);
    const found = Array.from({ length: index.count }, (_, image) => {
      set.read(image, pixels);
      expect(pixels.subarray(144, 288).equals(pixels.subarray(0, 144))).toBe(true);
      expect(pixels.subarray(288).equals(pixels.subarray(0, 144))).toBe(true);
      return `${index.classes[set.labels[image]]} ${set.heldOut[image]} ${pixels.toString('hex', 0, 144)}`;
    });
    set.close();
    expect(found).toContain(`7 0 ${noise('train 3', 12).toString('hex', 0, 144)}`);
    expect(found).toContain(`3 1 ${noise('t10k 2', 12).toString('hex', 0, 144)}`);
    const packed = Object.entries(mnist()).map(([name, bytes]) => [`raw/${name}.gz`, gzipSync(bytes)] as const);
    expect((await importBytes('x.zip', zip(Object.fromEntries(packed)), 12)).index.id).toBe(index.id);
  });

  test('a file of images that is cut off gives the images before the cut, plain or packed', async () => {
    const files = mnist();
    files['train-images-idx3-ubyte'] = files['train-images-idx3-ubyte'].subarray(0, 16 + 4.5 * 144);
    const plain = await importFiles(files, 12);
    expect(plain.index.trainCounts).toEqual([2, 2]);
    expect(plain.index.rejects).toEqual([
      { file: 'train-images-idx3-ubyte', reason: 'the file is cut off, after 4 of 6 images' },
    ]);
    const packed = mnist();
    const bytes = gzipSync(packed['t10k-images-idx3-ubyte']);
    delete packed['t10k-images-idx3-ubyte'];
    packed['t10k-images-idx3-ubyte.gz'] = bytes.subarray(0, bytes.length - 30);
    const { index } = await importBytes('x.tar.gz', await tarGz(packed), 12);
    expect(index.rejects).toMatchObject([{ reason: expect.stringMatching(/cut off, after \d of 4/) as string }]);
  });

  test.each([
    [
      'labels of another number',
      'train-labels-idx1-ubyte',
      idxLabels([1, 2]),
      /has 6 images, but its file of labels has 2/,
    ],
    ['labels that are cut off', 'train-labels-idx1-ubyte', idxLabels([1, 2]).subarray(0, 9), /is cut off: download/],
    ['labels that are none', 'train-labels-idx1-ubyte', Buffer.from('whatever'), /not an IDX file of labels: download/],
    ['images that are none', 'train-images-idx3-ubyte', Buffer.alloc(16), /not an IDX file of images: download/],
    ['missing labels', 'train-labels-idx1-ubyte', undefined, /has train-images-idx3-ubyte but not its labels/],
  ])('%s are said in one sentence', async (_, name, content, sentence) => {
    const files = mnist();
    if (content === undefined) delete files[name];
    else files[name] = content;
    const importing = importFiles(files, 12);
    await expect(importing).rejects.toThrow(UserError);
    await expect(importing).rejects.toThrow(sentence);
    expect(existsSync(dataFolder) ? await readdir(dataFolder) : []).toEqual([]);
  });
});

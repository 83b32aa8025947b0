import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { ByteWriter, parquetWrite } from 'hyparquet-writer';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { importImages } from '../../src-main/data/import/import.ts';
import type { ImageSetIndex } from '../../src-main/data/image-set.ts';
import { openImageSet } from '../../src-main/data/packed/open.ts';
import { noise, png, tar, writeFolder, zip, type Files } from './import-fixtures.ts';

let place: string;
beforeEach(async () => {
  place = await mkdtemp(join(tmpdir(), 'transplant-records-'));
});
afterEach(() => rm(place, { recursive: true }));

const importFiles = async (files: Files, size: number) =>
  importImages({ path: await writeFolder(join(place, 'set'), files), size, dataFolder: join(place, 'data') });

/** The pixels [3, size, size] of the images of a class in one part. */
function pixelsOf({ index, folder }: { index: ImageSetIndex; folder: string }, name: string, heldOut: 0 | 1): Buffer[] {
  const set = openImageSet(folder);
  const found: Buffer[] = [];
  for (let image = 0; image < index.count; image++)
    if (index.classes[set.labels[image]] === name && set.heldOut[image] === heldOut) {
      const pixels = Buffer.alloc(3 * index.size ** 2);
      set.read(image, pixels);
      found.push(pixels);
    }
  set.close();
  return found;
}

const planar = (interleaved: Buffer): Buffer =>
  Buffer.concat([0, 1, 2].map((channel) => interleaved.filter((_, at) => at % 3 === channel)));

/** What Python 2 pickles, in protocol 2. */
const py = {
  text: (value: string) => Buffer.concat([Buffer.from('U'), Buffer.from([value.length]), Buffer.from(value)]),
  number: (value: number) => Buffer.from([0x4b, value]),
  list: (items: readonly Buffer[]) => Buffer.concat([Buffer.from(']('), ...items, Buffer.from('e')]),
  dict: (items: Readonly<Record<string, Buffer>>) =>
    Buffer.concat([
      Buffer.from('}('),
      ...Object.entries(items).flatMap(([key, value]) => [py.text(key), value]),
      Buffer.from('u'),
    ]),
  global: (module: string, name: string) => Buffer.from(`c${module}\n${name}\n`),
  /** An array of bytes, [rows, columns]. */
  array: (rows: number, columns: number, bytes: Buffer) => {
    const length = Buffer.alloc(4);
    length.writeUInt32LE(bytes.length);
    const sides = Buffer.alloc(10);
    sides.write('J', 0);
    sides.writeInt32LE(rows, 1);
    sides.write('J', 5);
    sides.writeInt32LE(columns, 6);
    const type = Buffer.concat([
      ...[py.global('numpy', 'dtype'), py.text('u1'), py.number(0), py.number(1), Buffer.from('\x87R', 'latin1')],
      ...[Buffer.from('('), py.number(3), py.text('|'), Buffer.from('NNN'), Buffer.from('J\xff\xff\xff\xff', 'latin1')],
      ...[Buffer.from('J\xff\xff\xff\xff', 'latin1'), py.number(0), Buffer.from('tb')],
    ]);
    return Buffer.concat([
      ...[py.global('numpy.core.multiarray', '_reconstruct'), py.global('numpy', 'ndarray')],
      ...[py.number(0), Buffer.from('\x85', 'latin1'), py.text('b'), Buffer.from('\x87R', 'latin1')],
      ...[Buffer.from('('), py.number(1), sides, Buffer.from('\x86', 'latin1'), type, Buffer.from('\x89', 'latin1')],
      ...[Buffer.from('T'), length, bytes, Buffer.from('tb')],
    ]);
  },
  file: (value: Buffer) => Buffer.concat([Buffer.from('\x80\x02', 'latin1'), value, Buffer.from('.')]),
};

describe('CIFAR in its version for Python', () => {
  const LETTERS = ['a', 'b', 'c', 'd'];
  const images = (file: string) => LETTERS.map((_, at) => noise(`${file} ${at}`, 32));
  const batch = (file: string, labels: Readonly<Record<string, readonly number[]>>) =>
    py.file(
      py.dict({
        ...Object.fromEntries(Object.entries(labels).map(([key, some]) => [key, py.list(some.map(py.number))])),
        data: py.array(LETTERS.length, 3072, Buffer.concat(images(file))),
        filenames: py.list(LETTERS.map((name) => py.text(`${name}.png`))),
      }),
    );
  const files = ['data_batch_1', 'data_batch_2', 'data_batch_3', 'data_batch_4', 'data_batch_5', 'test_batch'];

  test('CIFAR-10 is the same set as in its binary version', async () => {
    const labels = [0, 1, 2, 3];
    const python: Files = {
      'py/batches.meta': py.file(py.dict({ label_names: py.list(LETTERS.map(py.text)), num_vis: py.number(32) })),
      ...Object.fromEntries(files.map((file) => [`py/${file}`, batch(file, { labels })])),
    };
    const binary: Files = {
      'bin/batches.meta.txt': Buffer.from(LETTERS.join('\n')),
      ...Object.fromEntries(
        files.map((file) => [
          `bin/${file}.bin`,
          Buffer.concat(images(file).flatMap((pixels, at) => [Buffer.from([at]), pixels])),
        ]),
      ),
    };
    const { index } = await importFiles(python, 32);
    expect(index).toMatchObject({ classes: LETTERS, trainCounts: [5, 5, 5, 5], heldOutCounts: [1, 1, 1, 1] });
    const path = await writeFolder(join(place, 'binary'), binary);
    expect((await importImages({ path, size: 32, dataFolder: join(place, 'data') })).index.id).toBe(index.id);
  });

  test('CIFAR-100 has its superclasses as groups', async () => {
    const labels = { fine_labels: [0, 1, 2, 3], coarse_labels: [0, 0, 1, 1] };
    const { index } = await importFiles(
      {
        'cifar-100-python/meta': py.file(
          py.dict({
            fine_label_names: py.list(LETTERS.map(py.text)),
            coarse_label_names: py.list([py.text('x'), py.text('y')]),
          }),
        ),
        'cifar-100-python/train': batch('train', labels),
        'cifar-100-python/test': batch('test', labels),
        'cifar-100-python/file.txt~': Buffer.from(''),
      },
      32,
    );
    expect(index).toMatchObject({ groups: { a: 'x', b: 'x', c: 'y', d: 'y' }, heldOutCounts: [1, 1, 1, 1] });
  });

  test('a pickle that would have to be executed is refused, and nothing in it is called', async () => {
    const evil = Buffer.from('cos\nsystem\n(U\x09touch evilltR.', 'latin1');
    const broken = importFiles({ 'batches.meta': evil, data_batch_1: evil }, 32);
    await expect(broken).rejects.toThrow(/batches.meta .* can't be read as a pickle of CIFAR \(it holds code/);
    const cut = py.file(py.dict({ label_names: py.list(LETTERS.map(py.text)) })).subarray(0, 20);
    await expect(importFiles({ 'batches.meta': cut, data_batch_1: cut }, 32)).rejects.toThrow(/cut off or damaged/);
  });
});

test('STL-10 is read by column, its labels from 1, and its unlabelled images are told', async () => {
  const byColumn = (name: string): Buffer => {
    const image = noise(name, 96);
    const record = Buffer.alloc(image.length);
    for (let channel = 0; channel < 3; channel++)
      for (let row = 0; row < 96; row++)
        for (let column = 0; column < 96; column++)
          record[channel * 9216 + column * 96 + row] = image[3 * (row * 96 + column) + channel];
    return record;
  };
  const records = (part: string) => Buffer.concat([0, 1, 2, 3].map((at) => byColumn(`${part} ${at}`)));
  const imported = await importFiles(
    {
      'stl10_binary/class_names.txt': Buffer.from('airplane\nbird\n'),
      'stl10_binary/train_X.bin': records('train'),
      'stl10_binary/train_y.bin': Buffer.from([1, 2, 1, 2]),
      'stl10_binary/test_X.bin': records('test'),
      'stl10_binary/test_y.bin': Buffer.from([1, 2, 1, 2]),
      'stl10_binary/unlabeled_X.bin': Buffer.from('x'),
    },
    96,
  );
  expect(imported.index).toMatchObject({ classes: ['airplane', 'bird'], trainCounts: [2, 2], heldOutCounts: [2, 2] });
  expect(pixelsOf(imported, 'bird', 0)).toContainEqual(planar(noise('train 1', 96)));
});

describe('arrays of NumPy', () => {
  function npy(type: string, shape: readonly number[], data: Buffer): Buffer {
    const header = `{'descr': '${type}', 'fortran_order': False, 'shape': (${shape.join(', ')}${shape.length === 1 ? ',' : ''}), }\n`;
    const length = Buffer.alloc(2);
    length.writeUInt16LE(header.length);
    return Buffer.concat([Buffer.from('\x93NUMPY\x01\x00', 'latin1'), length, Buffer.from(header), data]);
  }
  const labels = (values: readonly number[]) => Buffer.from(BigInt64Array.from(values, BigInt).buffer);
  const importZip = async (files: Files) => {
    const path = join(place, 'set.npz');
    await writeFolder(place, { 'set.npz': zip(files) });
    return importImages({ path, size: 8, dataFolder: join(place, 'data') });
  };

  test('Keras: grey images with their labels, in parts', async () => {
    const grey = (part: string) => Buffer.concat([0, 1, 2, 3].map((at) => noise(`${part}${at}`, 8).subarray(0, 64)));
    const imported = await importZip({
      'x_train.npy': npy('|u1', [4, 8, 8], grey('train')),
      'y_train.npy': npy('<i8', [4], labels([3, 7, 3, 7])),
      'x_test.npy': npy('|u1', [4, 8, 8], grey('test')),
      'y_test.npy': npy('<i8', [4], labels([3, 7, 3, 7])),
    });
    expect(imported.index).toMatchObject({ classes: ['3', '7'], trainCounts: [2, 2], heldOutCounts: [2, 2] });
    const one = noise('train1', 8).subarray(0, 64);
    expect(pixelsOf(imported, '7', 0)).toContainEqual(Buffer.concat([one, one, one]));
  });

  test('MedMNIST: colours, labels in a column, val before test', async () => {
    const colours = (part: string) => Buffer.concat([0, 1, 2, 3].map((at) => noise(`${part}${at}`, 8)));
    const files: Files = {};
    for (const part of ['train', 'val', 'test']) {
      files[`${part}_images.npy`] = npy('|u1', [4, 8, 8, 3], colours(part));
      files[`${part}_labels.npy`] = npy('|u1', [4, 1], Buffer.from([0, 1, 0, 1]));
    }
    const imported = await importZip(files);
    expect(imported.index).toMatchObject({ classes: ['0', '1'], trainCounts: [2, 2], heldOutCounts: [2, 2] });
    expect(pixelsOf(imported, '1', 1)).toContainEqual(planar(noise('val1', 8)));
  });

  test('an array that claims more than there is, and one that unpacks to a thousand times its size', async () => {
    const small = npy('|u1', [4], Buffer.from([0, 1, 0, 1]));
    await expect(
      importZip({ 'x.npy': npy('|u1', [1e9, 1000, 1000], Buffer.alloc(64)), 'y.npy': small }),
    ).rejects.toThrow(/x.npy .* has 1000000000 images, but y.npy has 4 labels/);
    await expect(importZip({ 'x.npy': npy('|u1', [4, 1000, 1000], Buffer.alloc(64)), 'y.npy': small })).rejects.toThrow(
      /x.npy .* is cut off/,
    );
    await expect(
      importZip({ 'x.npy': npy('|u1', [4, 8, 8], Buffer.alloc(256)), 'y.npy': npy('<i8', [1e12], Buffer.alloc(8)) }),
    ).rejects.toThrow(/too large for labels/);
    await expect(
      importZip({ 'x.npy': npy('|u1', [4, 8, 8], Buffer.alloc(120 * 2 ** 20)), 'y.npy': small }),
    ).rejects.toThrow(/100 times its size/);
  });
});

describe('Parquet, as Hugging Face keeps sets', () => {
  async function file(part: string, labels: readonly number[]): Promise<Buffer> {
    const writer = new ByteWriter();
    const images = await Promise.all(labels.map((_, at) => png(`${part} ${at}`)));
    parquetWrite({
      writer,
      columnData: [
        { name: 'image', data: images.map((bytes) => new Uint8Array(bytes)), type: 'BYTE_ARRAY' },
        { name: 'label', data: [...labels], type: 'INT32' },
      ],
      kvMetadata: [
        {
          key: 'huggingface',
          value: JSON.stringify({
            info: { features: { label: { names: ['ant', 'bee'], _type: 'ClassLabel' } } },
          }),
        },
      ],
    });
    return Buffer.from(writer.getBytes());
  }

  test('images and names of classes, in parts of several files', async () => {
    const imported = await importFiles(
      {
        'data/train-00000-of-00002.parquet': await file('train', [0, 1, 0, 1]),
        'data/train-00001-of-00002.parquet': await file('more', [0, 1]),
        'data/test-00000-of-00001.parquet': await file('test', [0, 1]),
        'README.md': Buffer.from('x'),
      },
      8,
    );
    expect(imported.index).toMatchObject({ classes: ['ant', 'bee'], trainCounts: [3, 3], heldOutCounts: [1, 1] });
    expect(pixelsOf(imported, 'bee', 1)).toEqual([planar(noise('test 1', 8))]);
  });

  test('a file that is cut off, or whose lengths are made up, is one sentence', async () => {
    const whole = await file('train', [0, 1, 0, 1]);
    const damaged = Buffer.from(whole);
    damaged.fill(0xff, whole.length - 200, whole.length - 60);
    for (const bytes of [whole.subarray(0, whole.length - 30), damaged])
      await expect(importFiles({ 'train.parquet': bytes }, 8)).rejects.toThrow(/can't be read as Parquet/);
  });
});

test('WebDataset: a label beside each image, in a tar for each part', async () => {
  const shard = async (part: string) => {
    const files: Files = {};
    for (let at = 0; at < 6; at++) {
      files[`${part}${at}.png`] = await png(`${part} ${at}`);
      files[`${part}${at}.cls`] = Buffer.from(String(at % 2));
      files[`${part}${at}.json`] = Buffer.from('{}');
    }
    return tar(files);
  };
  const imported = await importFiles({ 'train/0.tar': await shard('a'), 'val/0.tar': await shard('b') }, 8);
  expect(imported.index).toMatchObject({ classes: ['0', '1'], trainCounts: [3, 3], heldOutCounts: [3, 3] });
  expect(pixelsOf(imported, '1', 1)).toContainEqual(planar(noise('b 1', 8)));
});

/** Numbers of four bytes, the highest first, as IDX begins. */
const head = (numbers: readonly number[]): Buffer => {
  const bytes = Buffer.alloc(4 * numbers.length);
  numbers.forEach((value, at) => bytes.writeUInt32BE(value, 4 * at));
  return bytes;
};

test('the doubles of MNIST that Kaggle and torchvision leave are one set', async () => {
  const files: Files = {};
  for (const part of ['train', 't10k']) {
    const images = [0, 1, 2, 3].map((at) => noise(`${part}${at}`, 8).subarray(0, 64));
    const [pixels, labels] = [
      Buffer.concat([head([0x803, 4, 8, 8]), ...images]),
      Buffer.concat([head([0x801, 4]), Buffer.from([1, 2, 1, 2])]),
    ];
    for (const [kind, dimensions, bytes] of [
      ['images', 3, pixels],
      ['labels', 1, labels],
    ] as const) {
      const name = `${part}-${kind}-idx${dimensions}-ubyte`;
      files[`kaggle/${name}/${name}`] = bytes;
      files[`kaggle/${name.replace('-idx', '.idx')}`] = bytes;
      files[`kaggle/${name}.gz`] = gzipSync(bytes);
    }
  }
  const { index } = await importFiles(files, 8);
  expect(index).toMatchObject({ classes: ['1', '2'], trainCounts: [2, 2], heldOutCounts: [2, 2] });
});

test('EMNIST is turned upright, and its classes are characters', async () => {
  const upright = (name: string) => noise(name, 8).subarray(0, 64);
  const sideways = (image: Buffer) => Buffer.from(image.map((_, at) => image[(at % 8) * 8 + Math.floor(at / 8)]));
  const files: Files = { 'emnist-letters-mapping.txt': Buffer.from('1 65 97\n2 66 98\n') };
  for (const part of ['train', 'test']) {
    const images = [0, 1, 2, 3].map((at) => sideways(upright(`${part}${at}`)));
    files[`emnist-letters-${part}-images-idx3-ubyte.gz`] = gzipSync(Buffer.concat([head([0x803, 4, 8, 8]), ...images]));
    files[`emnist-letters-${part}-labels-idx1-ubyte.gz`] = gzipSync(
      Buffer.concat([head([0x801, 4]), Buffer.from([1, 2, 1, 2])]),
    );
  }
  const imported = await importFiles(files, 8);
  expect(imported.index).toMatchObject({ classes: ['Aa', 'Bb'], trainCounts: [2, 2], heldOutCounts: [2, 2] });
  const one = upright('train1');
  expect(pixelsOf(imported, 'Bb', 0)).toContainEqual(Buffer.concat([one, one, one]));
});

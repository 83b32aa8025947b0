import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Answers } from '../../src-main/data/import/structure/choices.ts';
import { readStructure, type Structure } from '../../src-main/data/import/structure/structure.ts';
import '../property-seed.ts';

/** Files of these paths, each of another size. */
const listing = (paths: readonly string[]) => paths.map((path, at) => ({ path, bytes: 100 + at }));

const images = (folder: string, count: number, ending = 'png') =>
  Array.from({ length: count }, (_, at) => `${folder}/im${at}.${ending}`);

function read(paths: readonly string[], texts: Record<string, string> = {}, answers: Answers = {}): Structure {
  const all = [...paths, ...Object.keys(texts)].sort();
  return readStructure(listing(all), new Map(Object.entries(texts)), answers);
}

/** `class train+held` of every class. */
function classes({ images }: Structure): Record<string, [number, number]> {
  const found: Record<string, [number, number]> = {};
  for (const { className, heldOut } of images) (found[className] ??= [0, 0])[heldOut ? 1 : 0]++;
  return found;
}

const two = (train: string, test: string) =>
  ['cat', 'dog'].flatMap((name) => [...images(`${train}/${name}`, 3), ...images(`${test}/${name}`, 2)]);

const bothParts = { cat: [3, 2], dog: [3, 2] };

describe('parts', () => {
  test.each([
    ['training_set', 'test_set'],
    ['seg_train/seg_train', 'seg_test/seg_test'],
    ['train', 'dev'],
    ['train', 'eval'],
    ['Train', 'Test'],
    ['Training', 'Testing'],
    ['birds_train', 'birds_val'],
    ['images/TrainImages', 'images/TestImages'],
  ])('%s and %s are a part to train on and one that is held out', (train, heldOut) => {
    expect(classes(read(two(train, heldOut)))).toEqual(bothParts);
  });

  test('parts that are both held out by name: a person says which is trained on', () => {
    const paths = two('val', 'test');
    expect(read(paths)).toMatchObject({ images: [], open: { id: 'train' } });
    expect(classes(read(paths, {}, { train: 'val' }))).toEqual(bothParts);
  });

  test('words of parts in the names of classes make no parts of them', () => {
    const names = ['train_station', 'test_tube', 'bullet train'];
    expect(Object.keys(classes(read(names.flatMap((name) => images(name, 2)))))).toEqual(names.sort());
  });

  test('one folder named like a part, among classes without folders, is a class with a word about it', () => {
    const paths = ['cat', 'dog', 'train'].flatMap((name) => images(name, 2));
    const found = read(paths);
    expect(Object.keys(classes(found))).toEqual(['cat', 'dog', 'train']);
    expect(found.notes).toMatchObject([expect.stringContaining('"train" is taken for a class')]);
    expect(found.choices).toMatchObject([{ id: 'folder:train', chosen: 'class', said: false }]);
    expect(Object.keys(classes(read(paths, {}, { 'folder:train': 'out' })))).toEqual(['cat', 'dog']);
    expect(read([...paths, ...images('test', 2)])).toMatchObject({ images: [], open: { id: 'folder:test' } });
  });

  test('parts below classes, and a part without labels', () => {
    const below = ['cat', 'dog'].flatMap((name) => [...images(`${name}/train`, 3), ...images(`${name}/test`, 2)]);
    expect(classes(read(below))).toEqual(bothParts);
    const { leftOut } = read([...two('train', 'test'), ...images('pred', 5)]);
    expect(leftOut).toMatchObject([{ path: 'pred/', files: 5 }]);
  });

  test('which part is held out can be chosen', () => {
    const paths = [...two('train', 'test'), ...['cat', 'dog'].flatMap((name) => images(`val/${name}`, 1))];
    expect(classes(read(paths))).toEqual({ cat: [3, 1], dog: [3, 1] });
    expect(classes(read(paths, {}, { 'held-out': 'test' }))).toEqual(bothParts);
    expect(() => read(paths, {}, { 'held-out': 'nothing' })).toThrow('val, test or drawn');
  });
});

describe('folders', () => {
  const pets = [...images('cat', 3), ...images('dog', 3)];
  const three = { cat: [3, 0], dog: [3, 0] };
  const below = (folder: string, paths = pets) => paths.map((path) => `${folder}/${path}`);

  test('classes stand below images/, beside what has none', () => {
    const found = read([...below('CUB/images'), 'CUB/attributes/a.txt', 'CUB/images.txt']);
    expect(classes(found)).toEqual(three);
    expect(found.leftOut.map(({ path }) => path)).toEqual(['CUB/attributes/', 'CUB/images.txt']);
    const strange = read([...pets, 'bird/0.x', 'bird/1.x']);
    expect(strange.leftOut).toMatchObject([{ path: 'bird/', reason: expect.stringContaining('(such as 0.x)') }]);
  });

  test('a second copy is told and left out, beside the set or in it', () => {
    const files = (folder: string) => pets.map((path, at) => ({ path: `${folder}/${path}`, bytes: at }));
    for (const copy of ['plant/copy/Plant', 'plant/Plant/Plant']) {
      const found = readStructure([...files('plant/Plant'), ...files(copy)], new Map());
      expect(classes(found), copy).toEqual(three);
      expect(found.notes, copy).toMatchObject([expect.stringContaining('second copy')]);
    }
  });

  test('masks in every class are left out with a word, or taken', () => {
    const paths = ['ill', 'well'].flatMap((name) => [...images(`${name}/images`, 3), ...images(`${name}/masks`, 3)]);
    expect(classes(read(paths))).toEqual({ ill: [3, 0], well: [3, 0] });
    expect(read(paths).leftOut).toMatchObject([{ path: 'ill/masks/', files: 3 }, { path: 'well/masks/' }]);
    expect(classes(read(paths, {}, { 'folder:masks': 'class' }))).toEqual({ ill: [6, 0], well: [6, 0] });
  });

  test('two levels of classes are asked about, and the outer ones are groups of the inner', () => {
    const paths = [...images('animals/cat', 2), ...images('animals/dog', 2), ...images('plants/oak', 2)];
    expect(read(paths)).toMatchObject({ images: [], open: { id: 'levels' } });
    expect(classes(read(paths, {}, { levels: 'outer' }))).toEqual({ animals: [4, 0], plants: [2, 0] });
    const inner = read(paths, {}, { levels: 'inner' });
    expect(inner.groups).toEqual({ cat: 'animals', dog: 'animals', oak: 'plants' });
    expect(Object.keys(classes(read(paths, {}, { levels: 'both' })))).toContain('plants/oak');
  });

  test('litter is named and left out, and can be kept', () => {
    const litter = ['@eaDir/cat/a.jpg', 'lost+found/b.png', '_unlabeled/c.png', '_unlabeled/d.png', 'cat/Thumbs.db'];
    const found = read([...pets, ...litter]);
    expect(classes(found)).toEqual(three);
    expect(found.leftOut.map(({ path }) => path)).toEqual(['@eaDir/', '_unlabeled/', 'cat/Thumbs.db', 'lost+found/']);
    expect(Object.keys(classes(read([...pets, ...litter], {}, { 'folder:_unlabeled': 'class' })))).toContain(
      '_unlabeled',
    );
    expect(() => read(pets, {}, { 'folder:mouse': 'out' })).toThrow('no folder "mouse"');
  });
});

describe('labels', () => {
  const rows = (ending = '') =>
    ['a', 'b', 'c', 'd'].map((name, at) => `${name}${ending},${at % 2 ? 'cat' : 'dog'}`).join('\n');
  const four = ['a', 'b', 'c', 'd'].map((name) => `train/${name}.png`);

  test.each([
    ['without ending', 'labels.csv', `id,breed\n${rows()}`],
    ['with ending', 'train.csv', `image_id,label\n${rows('.png')}`],
    ['without a line of names', 'train/labels.txt', rows('.png').replaceAll(',', ' ')],
    ['Hugging Face', 'train/metadata.csv', `file_name,label\n${rows('.png')}`],
    [
      'Hugging Face in JSON',
      'train/metadata.jsonl',
      ['a', 'b', 'c', 'd']
        .map((n, i) => JSON.stringify({ file_name: `${n}.png`, label: i % 2 ? 'cat' : 'dog' }))
        .join('\n'),
    ],
    ['an object', 'labels.json', JSON.stringify({ 'a.png': 'dog', 'b.png': 'cat', 'c.png': 'dog', 'd.png': 'cat' })],
    ['semicolons', 'labels.csv', `id;breed\n${rows().replaceAll(',', ';')}`],
    [
      'one column for each class',
      'train/_classes.csv',
      'filename, cat, dog\na.png,0,1\nb.png,1,0\nc.png,0,1\nd.png,1,0',
    ],
  ])('from a table: %s', (_, path, text) => {
    expect(classes(read([...four, 'test/x.png'], { [path]: text }))).toEqual({ cat: [2, 0], dog: [2, 0] });
  });

  test('a column of parts, images that no row names, rows that name none, and an example of what to hand in', () => {
    const text = 'file,class,split\na,dog,train\nb,cat,train\nc,dog,test\nz,cat,test';
    const found = read(four, { 'labels.csv': text, 'sample_submission.csv': 'id,class\nd,dog' });
    expect(classes(found)).toEqual({ dog: [1, 1], cat: [1, 0] });
    expect(found.leftOut).toMatchObject([
      { path: 'sample_submission.csv' },
      { files: 1, reason: 'not named in labels.csv' },
    ]);
    expect(found.notes).toEqual(['1 row of labels.csv name no image that is here.']);
  });

  test('a flat held-out part has its labels in a table, as those of ImageNet and Tiny ImageNet', () => {
    const train = ['n01', 'n02'].flatMap((name) => [
      ...images(`train/${name}/images`, 2),
      `train/${name}/${name}_boxes.txt`,
    ]);
    const val = ['val/images/v0.png', 'val/images/v1.png'];
    const tiny = read([...train, ...val], {
      'val/val_annotations.txt': 'v0.png\tn01\t0\t0\t1\t1\nv1.png\tn02\t0\t0\t1\t1',
    });
    expect(classes(tiny)).toEqual({ n01: [2, 1], n02: [2, 1] });
    const solution = 'ImageId,PredictionString\nv0,n02 1 2 3 4\nv1,n01 5 6 7 8 n01 1 2 3 4';
    expect(classes(read([...train, ...val], { 'LOC_val_solution.csv': solution }))).toEqual({
      n01: [2, 1],
      n02: [2, 1],
    });
  });

  test('the class in the names of the files is asked about, with a pattern that can be another', () => {
    const pets = ['images/cat.0.png', 'images/cat.1.png', 'images/dog.0.png', 'images/dog.1.png'];
    expect(read(pets).open).toMatchObject({ id: 'pattern', options: [{ value: '{class}.#' }] });
    expect(classes(read(pets, {}, { pattern: '{class}.*' }))).toEqual({ cat: [2, 0], dog: [2, 0] });
    expect(() => read(pets, {}, { pattern: 'x' })).toThrow('{class}');
    expect(read(images('photos', 9)).nothing).toContain('only one class folder, "photos"');
  });

  test('detection sets are refused by name', () => {
    const yolo = ['train', 'val'].flatMap((part) => images(`images/${part}`, 3));
    const boxes = yolo.map((path) => path.replace('images', 'labels').replace('png', 'txt'));
    expect(read([...yolo, ...boxes]).nothing).toContain('YOLO');
    const coco = JSON.stringify({ images: [], annotations: [{ bbox: [0, 0, 1, 1] }], categories: [] });
    expect(read(images('train2017', 3), { 'annotations/instances.json': coco }).nothing).toContain('COCO');
  });

  test('a table that contradicts the folders is asked about', () => {
    const paths = [...images('monday', 3), ...images('tuesday', 3)];
    const text = `file,label\n${paths.map((path, at) => `${path},${at % 2 ? 'cat' : 'dog'}`).join('\n')}`;
    expect(read(paths, { 'labels.csv': text }).open).toMatchObject({ id: 'labels' });
    expect(classes(read(paths, { 'labels.csv': text }, { labels: 'labels.csv' }))).toEqual({
      cat: [3, 0],
      dog: [3, 0],
    });
    expect(Object.keys(classes(read(paths, { 'labels.csv': text }, { labels: 'folders' })))).toEqual([
      'monday',
      'tuesday',
    ]);
  });
});

test('of a thousand made-up sets what is read is what was meant, or a question is asked; no file goes unmentioned', () => {
  const name = fc.constantFrom(
    'ant',
    'bee',
    'cow',
    'train_station',
    'test tube',
    'Äpfel',
    'n01440764',
    '7',
    'images_of_x',
    'A b',
  );
  const part = fc.constantFrom(
    ['train', 'val'],
    ['training_set', 'test_set'],
    ['Train', 'Test'],
    ['seg_train/seg_train', 'seg_test/seg_test'],
    ['train', 'dev'],
    undefined,
  );
  const model = fc.record({
    classes: fc.uniqueArray(name, { minLength: 2, maxLength: 6 }),
    part,
    wrapper: fc.constantFrom('', 'set/', 'a/b/', 'x/images/'),
    inner: fc.constantFrom('', 'images/'),
    count: fc.integer({ min: 1, max: 4 }),
    ending: fc.constantFrom('png', 'JPG', 'jpeg', 'tif'),
    litter: fc.subarray([
      '@eaDir/x/a.jpg',
      'lost+found/1.png',
      'README.md',
      'meta/classes.txt',
      'labels.csv',
      '.git/a',
      '_unlabeled/u.png',
      '__MACOSX/._a.png',
    ]),
    labels: fc.boolean(),
  });
  let asked = 0;
  fc.assert(
    fc.property(model, ({ classes: names, part, wrapper, inner, count, ending, litter, labels }) => {
      const parts = part ?? [''];
      const truth: Record<string, [number, number]> = {};
      const paths: string[] = [];
      const table: string[] = ['file,label'];
      for (const [at, folder] of parts.entries())
        for (const one of names) {
          for (let k = 0; k < count; k++) {
            const flat = labels && part === undefined;
            const path = flat
              ? `${wrapper}pool/${one}${k}.${ending}`
              : `${wrapper}${folder && `${folder}/`}${one}/${inner}${k}.${ending}`;
            paths.push(path);
            if (flat) table.push(`${one}${k}.${ending},${one}`);
          }
          (truth[one] ??= [0, 0])[at] = count;
        }
      const rest = litter.filter((path) => path !== 'labels.csv').map((path) => wrapper + path);
      const texts: Record<string, string> = table.length > 1 ? { [`${wrapper}truth.csv`]: table.join('\n') } : {};
      const found = read([...paths, ...rest], texts);
      if (found.open !== undefined || found.nothing !== undefined) return void asked++;
      expect(classes(found)).toEqual(
        Object.fromEntries(Object.entries(truth).map(([key, value]) => [key.normalize('NFC'), value])),
      );
      expect(found.images).toHaveLength(paths.length);
      const told = (path: string) =>
        found.leftOut.some((one) => one.path === path || (one.path.endsWith('/') && path.startsWith(one.path)));
      for (const path of rest) expect(told(path), path).toBe(true);
    }),
    { numRuns: 1000 },
  );
  expect(asked).toBeLessThan(100);
});

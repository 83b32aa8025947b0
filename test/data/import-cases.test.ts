import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { ImportReading } from '../../src-main/common/contract/import-reading.ts';
import { decoders } from '../../src-main/data/import/decoders.ts';
import { readImport } from '../../src-main/data/import/import.ts';
import type { Answers } from '../../src-main/data/import/structure/choices.ts';
import { messageOf } from '../../src-main/errors.ts';

/**
 * Inputs in the shape of public bug reports of other programs, made by scripts that are not part of this project (they need Python
 * and its libraries): TRANSPLANT_TEST_CASES is the folder that they were made in. What they are about is tested without them, too.
 */
const FOLDER = process.env.TRANSPLANT_TEST_CASES ?? '';
const has = existsSync(join(FOLDER, 'odd_images', 'expected.json'));

/** `cat 6+3`: its training images and held-out ones. */
const classesOf = ({ classes }: ImportReading): string[] =>
  classes.map(({ name, train, heldOut }) => `${name} ${train}+${heldOut}`);

const each = (count: string, ...names: string[]): string[] => names.map((name) => `${name} ${count}`);
const PETS = each('6+3', 'cat', 'dog', 'owl');
const TWO = each('6+0', 'cat', 'dog');
const BIRDS = ['001.Black_footed_Albatross', '002.Laysan_Albatross', '003.Sooty_Albatross', '004.Groove_billed_Ani'];
const MANY = Array.from({ length: 330 }, (_, at) => `${`${at}`.padStart(3, '0')}.bird 200+0`);
const DIGITS = ['1 20+7', '2 20+7', '3 20+6'];

interface Row {
  readonly input: string;
  readonly classes: readonly string[];
  readonly leftOut: readonly string[];
  readonly answers: Answers;
}

const row = (
  input: string,
  classes: readonly string[],
  leftOut: readonly string[] = [],
  answers: Answers = {},
): Row => ({ input, classes, leftOut, answers });

/** What is read, and what is named as left out. */
const READ: readonly Row[] = [
  row('part_names/udemy', PETS),
  row('part_names/dev', PETS),
  row('part_names/eval', PETS),
  row('part_names/capital', PETS),
  row('part_names/tinytest', PETS),
  row('part_names/intel', each('6+3', 'buildings', 'forest', 'glacier'), ['seg_pred/']),
  row('part_names/onlyvaltest', PETS, [], { train: 'val' }),
  row('labels_in_csv/cats', each('8+0', 'cat', 'dog'), ['test1/0.png'], { pattern: '{class}.#' }),
  row('other_layouts/hf', each('10+10', 'a', 'b', 'c')),
  row('other_layouts/webdataset.tar', each('4+0', '0', '1')),
  row('other_layouts/pets', each('4+0', 'Abyssinian', 'beagle'), ['annotations/list.txt'], { pattern: '{class}_#' }),
  row('zip_count_overflow/mac.zip', MANY),
  row('zip_count_overflow/good64.zip', MANY),
  row('zip_utf8_names/mac-nfd.zip', each('5+0', 'Café', 'niño', 'Äpfel')),
  row('zip_utf8_names/mac-utf8.zip', each('5+0', 'さくら', 'ひまわり', 'バラ')),
  ...['deflate.zip', 'backslash.zip', 'prefix.zip', 't.tar', 't.tar.gz', 't.tar.bz2', 't.tar.xz', 't.tar.zst'].map(
    (name) => row(`archives/${name}`, TWO),
  ),
  row('archives/outer.zip', each('6+0', 'cat-samples', 'dog-samples')),
  row('archives/perclass', each('6+0', 'cat-samples', 'dog-samples')),
  row('nested_copies/plant', each('8+0', 'Pepper_bell', 'Potato_Early', 'Tomato_healthy'), ['plantvillage/']),
  row('nested_copies/plant2', each('8+0', 'Pepper_bell', 'Potato_Early', 'Tomato_healthy'), [
    'PlantVillage/PlantVillage/',
  ]),
  row('nested_copies/two', each('6+0', 'cat', 'dog', 'oak', 'rose'), [], { levels: 'inner' }),
  // The table of labels of the first is empty, and that of the second has one row.
  row('nested_copies/inflat', each('8+0', 'n01', 'n02', 'n03'), ['val/', 'LOC_val_solution.csv']),
  row('nested_copies/tiny', ['n01 8+1', 'n02 8+0', 'n03 8+0'], ['val/', 'test/']),
  row('litter/set', TWO, [
    '@eaDir/',
    'cat/@eaDir/',
    'lost+found/',
    '.ipynb_checkpoints/',
    '__MACOSX/',
    'cat/Thumbs.db',
  ]),
  row('litter/unl', TWO, ['_unlabeled/']),
  row('extra_folders/CUB_200_2011', each('6+0', ...BIRDS), ['attributes/', 'parts/', 'images.txt']),
  row('extra_folders/food-101', each('6+0', 'apple_pie', 'baklava', 'ramen', 'sushi'), ['meta/']),
  row('extra_folders/radiography', each('6+0', 'COVID', 'Normal', 'Pneumonia'), ['COVID/masks/', 'Normal/masks/']),
  row('idx_layouts/kaggle', DIGITS),
  row('idx_layouts/torchvision', DIGITS),
  row('idx_layouts/mnist.npz', DIGITS),
  row('idx_layouts/emnist', ['Aa 20+7', 'Bb 20+7', 'Cc 20+6']),
  row('imbalance/set', ['a1 270+0', 'a2 15+0', 'a3 15+0', 'b1 270+0', 'b2 15+0', 'b3 15+0']),
];

/** What is not imported, and why: a question with its options, or what the input is and the way out. */
const SAID: readonly (readonly [input: string, words: RegExp])[] = [
  ['part_names/onlyvaltest', /"test" and "val" are held-out parts.*--train test .*--train val /],
  ['labels_in_csv/cats', /names of the files may tell the class.*--pattern/],
  // Each has one row of labels, so that only one class has any.
  ['labels_in_csv/breeds', /labels in labels\.csv \(column breed\), but only of the class "boston_bull"/],
  ['labels_in_csv/one', /labels in train\.csv \(column label\), but only of the class "healthy"/],
  ['labels_in_csv/roboflow', /_classes\.csv \(a column for each class\), but only of the class "cat"/],
  ['labels_in_csv/yolo', /detection set in YOLO's format/],
  ['labels_in_csv/yolo2', /detection set in YOLO's format/],
  ['other_layouts/hfmeta', /train\/metadata\.csv \(column label\), but only of the class "cat"/],
  ['other_layouts/ham', /HAM10000_metadata\.csv \(column dx\), but only of the class "bkl"/],
  ['other_layouts/pets', /names of the files may tell the class.*--pattern/],
  ['other_layouts/flat', /12 files but no class folder.*labels\.csv/],
  ['nested_copies/two', /"animals" has "cat", "dog".*--levels outer .*--levels inner .*--levels both/],
  ['idx_layouts/one.gz', /IDX file of images alone, whose labels are in another/],
  ['archives/lzma.zip', /compressed by LZMA.*Unpack it/],
  ['archives/encrypted.zip', /encrypted with a password.*Unpack it/],
  ['archives/t.7z', /7z archive.*7-Zip/],
  ['archives/cut.zip', /cut off, damaged or not a zip archive.*again/],
];

describe.skipIf(!has)('inputs as people have them', () => {
  test.each(READ)('$input is read', async ({ input, classes, leftOut, answers }) => {
    const { reading } = await readImport({ path: join(FOLDER, input), answers });
    expect(reading.problem).toBeNull();
    expect(classesOf(reading)).toEqual(classes);
    expect(reading.leftOut.map(({ path }) => path)).toEqual(expect.arrayContaining([...leftOut]));
    if (leftOut.length === 0) expect(reading.leftOut).toEqual([]);
  });

  test.each(SAID)('%s is not, and says why', async (input, words) => {
    const said = await readImport({ path: join(FOLDER, input) }).then(({ reading }) => reading.problem, messageOf);
    expect(said).toMatch(words);
  });
});

/** Mean colours of three files of a kind; null for one that can't be read; words for what must be seen. */
type Expected = readonly (readonly number[] | string | null)[];
const readExpected = () => JSON.parse(readFileSync(join(FOLDER, 'odd_images', 'expected.json'), 'utf8')) as object;
const expected = Object.entries(has ? readExpected() : {}) as [kind: string, colours: Expected][];

/** Kinds that are refused although others can read them, and the reason that is said. */
const REFUSED: Readonly<Record<string, RegExp>> = {
  heic: /an HEIC photograph.*convert it/,
  heic_as_jpg: /an HEIC photograph.*convert it/,
  tiff_i16gray: /signed numbers.*save it with 8 or 16 bits/,
  lab_tiff: /L\*a\*b\* colours.*convert it to RGB/,
};

/** Levels of 255 that a mean colour may be off. */
const LEVELS = 2;

describe.skipIf(!has)('odd images', () => {
  test.each(expected)('%s has its right colours, or a true reason', async (kind, colours) => {
    const folder = join(FOLDER, 'odd_images', 'set', kind);
    for (const [at, name] of readdirSync(folder).sort().entries()) {
      const decoding = decoders.decode(readFileSync(join(folder, name)), { size: 32 });
      const colour = colours[at];
      if (kind in REFUSED) await expect(decoding, kind).rejects.toThrow(REFUSED[kind]);
      else if (colour === null) await expect(decoding, kind).rejects.toThrow(/\w/);
      else expectColour((await decoding).pixels, colour, `${kind}/${name}`);
    }
  });
});

/** @param wanted mean colours, or what must be seen */
function expectColour(pixels: Uint8Array, wanted: readonly number[] | string, file: string): void {
  const off = (found: readonly number[], colour: readonly number[]) =>
    Math.max(...found.map((value, channel) => Math.abs(value - colour[channel])));
  if (wanted === 'left blue right red') {
    expect(off(meansOf(pixels, 0, 8).slice(0, 2), [0, 0]), file).toBeLessThanOrEqual(LEVELS);
    expect(off(meansOf(pixels, 24, 32), [255, 0, 0]), file).toBeLessThanOrEqual(LEVELS);
  } else if (typeof wanted === 'string') expect(new Set(pixels).size, wanted).toBeGreaterThan(1);
  else expect(off(meansOf(pixels), wanted), file).toBeLessThanOrEqual(LEVELS);
}

/** Mean of red, green and blue over some columns of [3, 32, 32]. */
function meansOf(pixels: Uint8Array, from = 0, to = 32): number[] {
  return [0, 1, 2].map((channel) => {
    const values = pixels
      .subarray(channel * 1024, (channel + 1) * 1024)
      .filter((_, at) => at % 32 >= from && at % 32 < to);
    return values.reduce((sum, value) => sum + value, 0) / values.length;
  });
}

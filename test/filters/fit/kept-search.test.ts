import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { bankShape } from '../../../src-main/filters/bank.ts';
import { fitBank } from '../../../src-main/filters/fit/bank-fit.ts';
import type { Calibration } from '../../../src-main/filters/fit/calibration.ts';
import {
  cachedSearch,
  removeCachedSearches,
  removeOrphanSearches,
  UNTRAINED,
} from '../../../src-main/filters/fit/fit-cache.ts';
import {
  type BankSearch,
  type FitParameters,
  SEARCH_VERSION,
  searchBank,
  SPACES,
} from '../../../src-main/filters/fit/search.ts';
import type { Tensor } from '../../../src-main/network/weights.ts';
import { RandomStream } from '../../../src-main/random.ts';
import { temporaryFolder } from '../../store/temporary-folder.ts';
import { blob, drawn, grey, pure, stripes } from '../drawn.ts';

const RUN = 'a'.repeat(64);
const OTHER = 'b'.repeat(64);

/** Stripes, a colour, noise, nothing. */
const bank = (): Tensor => {
  const colour = pure(40);
  return drawn(
    5,
    grey((x, y) => blob(1.5)(x, y) * stripes(30, 0.3, 1)(x, y)),
    (x, y) => colour.map((value) => value * blob(1.2)(x, y)),
    grey((x, y) => stripes(0, 0.3)(x, y) + stripes(90, 0.3)(x, y)),
    grey(() => 0),
  );
};
const calibration = { shape: [3, 5, 5], least: { gabor: 0.8, blob: 0.7 } } as unknown as Calibration;

/** A search that is kept in a home, and how often it had to be done. */
function counted(home: string, owner = RUN, { search = searchBank, version = SEARCH_VERSION } = {}) {
  const counter = { done: 0 };
  const counting: BankSearch = (weight) => {
    counter.done += 1;
    return search(weight);
  };
  return Object.assign(counter, { search: cachedSearch(home, owner, { search: counting, version }) });
}

/** One that takes no time. */
const quick: BankSearch = (weight) => {
  const [filters, , rows, columns] = bankShape(weight);
  const starts = Object.entries(SPACES).map(([name, spaceOf]) => [name, spaceOf({ rows, columns }).starts[0]]);
  return Array.from({ length: filters }, () => Object.fromEntries(starts) as FitParameters);
};

const folderOf = (home: string, owner = RUN) => join(home, 'filter-fits', owner);
const fileOf = (home: string) => join(folderOf(home), readdirSync(folderOf(home))[0]);

describe('what was found in filters', () => {
  test('is read again instead of searched for, to the bit', () => {
    const home = temporaryFolder();
    const first = counted(home);
    const fresh = fitBank(bank(), calibration);
    expect(fitBank(bank(), calibration, first.search)).toEqual(fresh);
    const second = counted(home);
    expect(fitBank(bank(), calibration, second.search)).toEqual(fresh);
    expect([first.done, second.done]).toEqual([1, 0]);
  });

  test('is of the version that it says: who changes what a search comes to has to raise it', () => {
    const [lines, spot] = searchBank(bank());
    expect(SEARCH_VERSION).toBe(5);
    const close = (values: readonly number[]) => values.map((value) => expect.closeTo(value, 2) as number);
    expect(lines.gabor).toEqual(close([0.524, -1.204, -0.799, 0.405, 0, 0]));
    expect(lines.blob).toEqual(close([-0.693, 1.04, 0.47, -0.388]));
    expect(spot.blob).toEqual(close([-0.202, 0.384, 0, 0]));
  });

  test('is searched for again by another version, in other weights, in another shape, and for another run', () => {
    const home = temporaryFolder();
    const weight = { shape: [2, 3, 2, 2], data: Float32Array.from({ length: 24 }, (_, place) => Math.sin(place)) };
    const changed = { ...weight, data: weight.data.map((value, place) => (place === 7 ? value + 1e-6 : value)) };
    const again = (options: { version?: number } = {}, of: Tensor = weight, owner = RUN) => {
      const one = counted(home, owner, { search: quick, ...options });
      one.search(of);
      return one.done;
    };
    expect(again()).toBe(1);
    expect(again()).toBe(0);
    expect(again({ version: SEARCH_VERSION + 1 })).toBe(1);
    expect(again({}, changed)).toBe(1);
    expect(again({}, { ...weight, shape: [2, 3, 4, 1] })).toBe(1);
    expect(again({}, weight, OTHER)).toBe(1);
    expect(again({}, weight, UNTRAINED)).toBe(1);
    expect(again()).toBe(0);
  });

  test.each<[string, (file: string) => void]>([
    [
      'one byte is another',
      (file) =>
        writeFileSync(
          file,
          readFileSync(file).map((byte, at) => (at === 99 ? ~byte : byte)),
        ),
    ],
    ['it is cut off', (file) => writeFileSync(file, readFileSync(file).subarray(0, 100))],
    ['it is empty', (file) => writeFileSync(file, '')],
    ['it goes on', (file) => writeFileSync(file, Buffer.concat([readFileSync(file), Buffer.alloc(8)]))],
  ])('is searched for again where %s, and then kept', (_, spoil) => {
    const home = temporaryFolder();
    const fresh = quick(bank());
    counted(home, RUN, { search: quick }).search(bank());
    spoil(fileOf(home));
    const again = counted(home, RUN, { search: quick });
    expect(again.search(bank())).toEqual(fresh);
    expect(again.search(bank())).toEqual(fresh);
    expect(again.done).toBe(1);
  });

  test('is not believed where no search could come to it, however well it is signed', () => {
    const home = temporaryFolder();
    const forged: BankSearch = (weight) => quick(weight).map((found) => ({ ...found, gabor: [0, 1e9, 0, 0, 0, NaN] }));
    counted(home, RUN, { search: forged }).search(bank());
    const honest = counted(home, RUN, { search: quick });
    expect(honest.search(bank())).toEqual(quick(bank()));
    expect(honest.done).toBe(1);
  });

  test('is kept of so many banks, the newest', () => {
    const home = temporaryFolder();
    const random = new RandomStream('banks');
    const banks = Array.from({ length: 70 }, () => ({
      shape: [1, 1, 2, 2],
      data: Float32Array.from({ length: 4 }, () => random.gaussian()),
    }));
    const all = counted(home, RUN, { search: quick });
    for (const weight of banks) all.search(weight);
    expect(readdirSync(folderOf(home)).length).toBe(64);
    all.search(banks.at(-1)!);
    expect(all.done).toBe(70);
  });

  test('goes with its run, and with no other', () => {
    const home = temporaryFolder();
    for (const owner of [RUN, OTHER, UNTRAINED]) cachedSearch(home, owner, { search: quick })(bank());
    removeCachedSearches(home, RUN);
    removeCachedSearches(home, RUN);
    expect(readdirSync(join(home, 'filter-fits')).sort()).toEqual([OTHER, UNTRAINED]);
    removeOrphanSearches(home, (key) => key === OTHER);
    expect(readdirSync(join(home, 'filter-fits')).sort()).toEqual([OTHER, UNTRAINED]);
    removeOrphanSearches(home, () => false);
    expect(readdirSync(join(home, 'filter-fits'))).toEqual([UNTRAINED]);
  });

  test('is neither written nor removed outside of the home', () => {
    const [home, outside] = [temporaryFolder(), temporaryFolder()];
    writeFileSync(join(outside, 'mine'), 'content');
    mkdirSync(join(home, 'filter-fits'));
    symlinkSync(outside, folderOf(home));
    cachedSearch(home, RUN, { search: quick })(bank());
    cachedSearch(home, '../../elsewhere', { search: quick })(bank());
    removeCachedSearches(home, RUN);
    removeCachedSearches(home, '..');
    removeCachedSearches(home, UNTRAINED);
    removeOrphanSearches(home, () => false);
    expect(readdirSync(outside)).toEqual(['mine']);
    rmSync(join(home, 'filter-fits'), { recursive: true });
    symlinkSync(outside, join(home, 'filter-fits'));
    cachedSearch(home, RUN, { search: quick })(bank());
    removeOrphanSearches(home, () => false);
    expect(readdirSync(outside)).toEqual(['mine']);
  });

  test('is searched for each time where nothing can be kept', () => {
    const home = join(temporaryFolder(), 'file');
    writeFileSync(home, '');
    const both = counted(home, RUN, { search: quick });
    expect(both.search(bank())).toEqual(both.search(bank()));
    expect(both.done).toBe(2);
    expect(existsSync(folderOf(home))).toBe(false);
  });
});

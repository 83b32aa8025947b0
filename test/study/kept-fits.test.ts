import { expect, test } from 'vitest';
import { cachedSearch } from '../../src-main/filters/fit/fit-cache.ts';
import { searchBank, type BankSearch } from '../../src-main/filters/fit/search.ts';
import { RandomStream } from '../../src-main/random.ts';
import { analyseFirstLayers } from '../../src-main/study/analysis/first-layer.ts';
import { temporaryFolder } from '../store/temporary-folder.ts';

/** Some seconds on a quiet machine. */
const patience = { timeout: 240_000 };

test('a second report fits nothing that is kept, and says the same; another version fits all again', patience, () => {
  const home = temporaryFolder();
  const random = new RandomStream(2, 'kept');
  // Of a size whose calibration is not known already.
  const bank = () => ({ shape: [2, 3, 6, 6], data: Float32Array.from({ length: 216 }, () => random.gaussian()) });
  const history = [{ step: 0, weight: bank() }];
  const filters = ['baseA', 'baseB'].map((name, place) => {
    return { name, replicate: 0, run: String(place).repeat(64), step: 9, weight: bank(), history };
  });
  const analysed = (version: number) => {
    let fitted = 0;
    const search: BankSearch = (weight) => {
      fitted += 1;
      return searchBank(weight);
    };
    const layers = analyseFirstLayers(filters, (owner) => cachedSearch(home, owner, { search, version }));
    return { fitted, layers };
  };
  const first = analysed(1);
  // Both banks of both bases, and untrained ones for the thresholds, for the shares and of each null.
  expect(first.fitted).toBe(9);
  expect(analysed(1)).toEqual({ fitted: 0, layers: first.layers });
  expect(analysed(2)).toEqual({ fitted: 4, layers: first.layers });
});

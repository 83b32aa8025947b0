import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { fitAhead } from '../../src-main/app/tasks/fit-ahead.ts';
import { Cancelled } from '../../src-main/errors.ts';
import { isCached, cachedSearch, UNTRAINED } from '../../src-main/filters/fit/fit-cache.ts';
import { searchBank } from '../../src-main/filters/fit/search.ts';
import { RandomStream } from '../../src-main/random.ts';

const [A, B] = ['a'.repeat(64), 'b'.repeat(64)];
const bank = (owner: string, seed: number, filters = 100) => {
  const random = new RandomStream('fit ahead', seed);
  const data = Float32Array.from({ length: 9 * filters }, () => random.gaussian());
  return { owner, weight: { shape: [filters, 1, 3, 3], data } };
};
const banks = [bank(A, 1), bank(A, 2, 60), bank(B, 3), bank(UNTRAINED, 4, 40)];
const emptyHome = () => mkdtempSync(join(tmpdir(), 'fit-ahead-'));

it('fits all filters of a report in processes beside it, as the report would itself', async () => {
  const home = emptyHome();
  await fitAhead(home, banks, { cores: 2 });
  for (const { owner, weight } of banks) {
    expect(isCached(home, owner, weight)).toBe(true);
    const nothingNew = () => expect.fail('searched again');
    expect(cachedSearch(home, owner, { search: nothingNew })(weight)).toEqual(searchBank(weight));
  }
});

it('leaves to the report what is too little for two processes, or to be done on one core', async () => {
  const home = emptyHome();
  await fitAhead(home, banks.slice(0, 1), { cores: 2 });
  await fitAhead(home, banks, { cores: 1 });
  expect(banks.filter(({ owner, weight }) => isCached(home, owner, weight))).toEqual([]);
});

it('stops when it is told to', async () => {
  const work = fitAhead(emptyHome(), banks, { cores: 2, signal: AbortSignal.abort() });
  await expect(work).rejects.toBeInstanceOf(Cancelled);
});

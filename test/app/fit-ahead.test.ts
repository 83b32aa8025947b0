import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { fitAhead } from '../../src-main/app/tasks/fit-ahead.ts';
import { Cancelled } from '../../src-main/errors.ts';
import { isCached, cachedSearch } from '../../src-main/filters/fit/fit-cache.ts';
import { searchBank } from '../../src-main/filters/fit/search.ts';
import { RandomStream } from '../../src-main/random.ts';

const [A, B] = ['a'.repeat(64), 'b'.repeat(64)];
const bank = (seed: number) => {
  const random = new RandomStream('fit ahead', seed);
  return { shape: [100, 1, 3, 3], data: Float32Array.from({ length: 900 }, () => random.gaussian()) };
};
const filters = [
  { name: 'baseA', replicate: 0, run: A, step: 9, weight: bank(1), history: [{ step: 3, weight: bank(2) }] },
  { name: 'baseB', replicate: 0, run: B, step: 9, weight: bank(3), history: [] },
];
const banks = filters.flatMap(({ run, weight, history }) =>
  [...history, { weight }].map(({ weight }) => ({ run, weight })),
);
const emptyHome = () => mkdtempSync(join(tmpdir(), 'fit-ahead-'));

it('fits all filters of a report in processes beside it, as the report would itself', async () => {
  const home = emptyHome();
  await fitAhead(home, filters, { cores: 2 });
  for (const { run, weight } of banks) {
    expect(isCached(home, run, weight)).toBe(true);
    const nothingNew = () => expect.fail('searched again');
    expect(cachedSearch(home, run, { search: nothingNew })(weight)).toEqual(searchBank(weight));
  }
});

it('leaves to the report what is too little for two processes, or to be done on one core', async () => {
  const home = emptyHome();
  await fitAhead(home, [filters[1]], { cores: 2 });
  await fitAhead(home, filters, { cores: 1 });
  expect(banks.filter(({ run, weight }) => isCached(home, run, weight))).toEqual([]);
});

it('stops when it is told to', async () => {
  const work = fitAhead(emptyHome(), filters, { cores: 2, signal: AbortSignal.abort() });
  await expect(work).rejects.toBeInstanceOf(Cancelled);
});

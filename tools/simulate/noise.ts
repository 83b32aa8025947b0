import { fitBank } from '../../src-main/filters/fit/bank-fit.ts';
import { calibrate } from '../../src-main/filters/fit/calibration.ts';
import { searchBank } from '../../src-main/filters/fit/search.ts';
import { RandomStream } from '../../src-main/random.ts';

/**
 * What filters of white noise are named, in banks of several sizes, and where the noise of a bank's filters has several strengths, which
 * the estimate from the bank does not expect.
 */

const FILTERS = 512;
/** Filters of a bank, and the standard deviation of the logarithms of their noise. */
const BANKS = [
  { of: 512, spread: 0 },
  { of: 64, spread: 0 },
  { of: 8, spread: 0 },
  { of: 1, spread: 0 },
  { of: 64, spread: 0.3 },
  { of: 64, spread: 0.6 },
  { of: 64, spread: 1 },
];

/** Shares of the classes of `FILTERS` filters, the largest first. */
function namesOf(channels: number, size: number, { of, spread }: (typeof BANKS)[number], seed: string) {
  const random = new RandomStream(seed, channels, size, of, spread);
  const each = channels * size * size;
  const names = Array.from({ length: FILTERS / of }, () => {
    const strengths = Array.from({ length: of }, () => Math.exp(spread * random.gaussian()));
    const data = Float32Array.from({ length: of * each }, (_, place) => {
      return strengths[Math.floor(place / each)] * random.gaussian();
    });
    const bank = { shape: [of, channels, size, size], data };
    return fitBank(bank, calibrate([channels, size, size]), searchBank).map((fit) => fit.class);
  }).flat();
  return [...Map.groupBy(names, (name) => name)]
    .map(([name, all]) => [name, all.length / names.length] as const)
    .sort((one, other) => other[1] - one[1]);
}

const seed = process.argv[2] ?? 'noise alone';
console.log(
  '| size | channels | filters of a bank | spread of their noise | named % |\n| --- | --- | --- | --- | --- |',
);
for (const size of [5, 7])
  for (const channels of [1, 3])
    for (const bank of BANKS) {
      const named = namesOf(channels, size, bank, seed).map(([name, share]) => `${name} ${(100 * share).toFixed(1)}`);
      console.log(`| ${[size, channels, bank.of, bank.spread, named.join(', ')].join(' | ')} |`);
    }

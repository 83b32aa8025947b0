import { type FittedPlane, THRESHOLDS } from './classes.ts';

/** What a structure must be better by than noise, in units of BIC, to take part in the estimate as one. */
const CERTAIN = 12;
/** Levels that are tried, by the median of the filters' mean squares: four decades below and one above it, in steps of 12%. */
const [LOWEST, HIGHEST, STEPS] = [-80, 20, 20];

/**
 * The variance of the noise that the filters of a bank have in common, of each pixel of their dominant components: the likeliest,
 * where each filter is noise of this level, noise of a level of its own, or a structure with noise of this level. What is left of
 * all filters tells it from many times the numbers that one filter has left. Undefined without filters.
 */
export function noiseLevel(filters: readonly FittedPlane[]): number | undefined {
  const means = filters.map(({ energy, pixels }) => energy / pixels).sort((a, b) => a - b);
  const median = means[means.length >> 1];
  if (!(median > 0)) return undefined;
  let [level, least] = [median, Infinity];
  for (let step = LOWEST; step <= HIGHEST; step++) {
    const tried = median * 10 ** (step / STEPS);
    const cost = filters.reduce((sum, filter) => sum + readingAt(filter, tried).cost, 0);
    if (cost < least) [level, least] = [tried, cost];
  }
  // The likeliest is too low by the numbers that were fitted.
  let [squares, numbers] = [0, 0];
  for (const filter of filters) {
    const { left, free } = readingAt(filter, level);
    squares += left;
    numbers += free;
  }
  return numbers > 0 ? squares / numbers : level;
}

/** What a filter is taken for at a level: -2 log likelihood with its penalty, and what tells of the level: a sum of squares, of so many numbers. */
function readingAt({ energy, pixels, models }: FittedPlane, level: number) {
  const log = Math.log(pixels);
  const ofLevel = (left: number) => left / level + pixels * Math.log(level);
  const noise = { cost: ofLevel(energy), left: energy, free: pixels };
  const other = { cost: pixels * Math.log(energy / pixels) + pixels + log + CERTAIN, left: 0, free: 0 };
  let best = other.cost < noise.cost ? other : noise;
  for (const { explained, parameters } of models) {
    const left = Math.max(THRESHOLDS.leastNoise, 1 - explained) * energy;
    const cost = ofLevel(left) + parameters * log + CERTAIN;
    if (cost < best.cost) best = { cost, left, free: pixels - parameters };
  }
  return best;
}

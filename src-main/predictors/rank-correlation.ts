import { RandomStream } from '../random.ts';

/** The ranks of values, 1..N. Equal values share the mean of their ranks. */
export function ranks(values: readonly number[]): number[] {
  const order = values.map((_, place) => place).sort((a, b) => values[a] - values[b]);
  const result = new Array<number>(values.length);
  for (let start = 0; start < order.length;) {
    let end = start;
    while (end < order.length && values[order[end]] === values[order[start]]) end += 1;
    for (let place = start; place < end; place++) result[order[place]] = (start + end + 1) / 2;
    start = end;
  }
  return result;
}

/**
 * Spearman's ρ (1904), the correlation of the ranks, -1 to 1. Undefined if there are fewer than three pairs, or if all
 * x or all y are the same.
 */
export function spearman(x: readonly number[], y: readonly number[]): number | undefined {
  const [one, other] = [rankDeviations(x), rankDeviations(y)];
  return one && other && product(one, other) / Math.sqrt(product(one, one) * product(other, other));
}

/** The ranks less their mean; undefined if there are fewer than three, or all are the same. */
function rankDeviations(values: readonly number[]): number[] | undefined {
  const middle = (values.length + 1) / 2;
  const deviations = ranks(values).map((rank) => rank - middle);
  return values.length >= 3 && deviations.some((value) => value !== 0) ? deviations : undefined;
}

const product = (one: readonly number[], other: readonly number[]): number =>
  one.reduce((sum, value, place) => sum + value * other[place], 0);

/**
 * Kendall's τ-b (1945), -1 to 1: the share of pairs in the same order less those in the opposite one, corrected for
 * ties. Undefined where Spearman's ρ is.
 */
export function kendall(x: readonly number[], y: readonly number[]): number | undefined {
  if (x.length < 3) return undefined;
  let [score, untiedX, untiedY] = [0, 0, 0];
  for (let i = 0; i < x.length; i++)
    for (let j = 0; j < i; j++) {
      const [a, b] = [Math.sign(x[i] - x[j]), Math.sign(y[i] - y[j])];
      score += a * b;
      untiedX += a * a;
      untiedY += b * b;
    }
  return untiedX > 0 && untiedY > 0 ? score / Math.sqrt(untiedX * untiedY) : undefined;
}

/** Pairs of values of one replicate, which are compared only with each other. */
export interface Group {
  readonly x: readonly number[];
  readonly y: readonly number[];
}

/** The mean ρ of the groups in which it is defined; undefined if there are none. */
export function meanSpearman(groups: readonly Group[]): number | undefined {
  const defined = groups.flatMap(({ x, y }) => spearman(x, y) ?? []);
  return defined.length > 0 ? defined.reduce((sum, value) => sum + value, 0) / defined.length : undefined;
}

const DRAWS = 5000;

/**
 * The p-value of the mean ρ: how often it is at least as far from 0 if y is permuted within each group, in 5,000 random
 * permutations (two-sided; the observed order counts as one, Phipson and Smyth 2010). Undefined where the mean ρ is.
 *
 * @param seed names the random stream
 */
export function permutationP(groups: readonly Group[], seed: string): number | undefined {
  const ranked = groups.flatMap(({ x, y }) => {
    const [one, other] = [rankDeviations(x), rankDeviations(y)];
    return one && other ? [{ one, other, scale: Math.sqrt(product(one, one) * product(other, other)) }] : [];
  });
  if (ranked.length === 0) return undefined;
  const sum = () => ranked.reduce((total, { one, other, scale }) => total + product(one, other) / scale, 0);
  const observed = Math.abs(sum());
  const random = new RandomStream(seed, 'permutation');
  let asFar = 0;
  for (let draw = 0; draw < DRAWS; draw++) {
    for (const { other } of ranked) random.shuffle(other);
    if (Math.abs(sum()) >= observed - 1e-9) asFar += 1;
  }
  return (asFar + 1) / (DRAWS + 1);
}

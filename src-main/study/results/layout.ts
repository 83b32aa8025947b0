import type { Interval, IntervalSource } from '../../common/results/intervals.ts';
import type { Protocol } from '../plan/protocol.ts';
import { mean, studentInterval } from './statistics.ts';

/**
 * Which replicates share a split of the classes. Networks of one split have their classes and held-out images in
 * common, so their seeds are not independent of each other where one asks about other splits.
 */
export type SplitOf = (replicate: number) => number;

/** The splits of a protocol. Halves that were chosen are one split, whichever seed cuts them to equal numbers. */
export const splitsOf = ({ split, replicates }: Pick<Protocol, 'split' | 'replicates'>): SplitOf =>
  split.kind === 'random' ? (replicate) => replicates[replicate].splitSeed : () => 0;

/** How many splits a protocol has. */
export function countSplits(protocol: Pick<Protocol, 'split' | 'replicates'>): number {
  return new Set(protocol.replicates.map((_, replicate) => splitsOf(protocol)(replicate))).size;
}

/** Every replicate has a split of its own. */
export const OWN_SPLITS: SplitOf = (replicate) => replicate;

/** The mean of values of several replicates. */
export interface Replicated {
  readonly mean: number;
  /** Independent values behind the interval. */
  readonly units: number;
  /** 95%; null for a single value. */
  readonly interval: Interval | null;
  readonly how: IntervalSource;
}

/**
 * The mean and its interval under the mixed model: value = mean + split + seed within the split, both normal. The means
 * of splits are independent and have all of its variance, so Student's t over them covers 95% whatever the two variances
 * are (exactly if splits have equally many seeds). With one split there is nothing to tell splits apart: the interval is
 * over its seeds and covers no other split.
 */
export function replicated(values: readonly { readonly split: number; readonly value: number }[]): Replicated {
  const splits = [...Map.groupBy(values, ({ split }) => split).values()];
  const seeds = splits.length === 1;
  const units = seeds ? values.map(({ value }) => value) : splits.map((of) => mean(of.map(({ value }) => value)));
  const several = units.length >= 2;
  return {
    mean: mean(units),
    units: units.length,
    interval: several ? studentInterval(units) : null,
    how: several ? (seeds ? 'seeds of one split' : 'splits') : 'held-out images',
  };
}

import type { Half } from '../../common/treatments/treatments.ts';
import type { Protocol } from '../plan/protocol.ts';
import { countOf, type RunResult } from '../results/curves.ts';
import { type Pair, pairsOf } from '../results/effects.ts';
import type { Statement } from './statements.ts';
import { type ImageDifference, imageDifference } from '../results/paired.ts';
import { mean } from '../results/statistics.ts';

/** One independent value of a difference. */
export interface Measured extends ImageDifference {
  /** Points of top-1. */
  readonly points: number;
  /** Held-out images of each side. */
  readonly images: number;
}

/** The differences of one independent unit (a seed or a split) by n. */
export type Unit = ReadonlyMap<number, Measured>;

/** Runs of one kind of halves, and which of their replicates are independent of each other. */
export interface Runs {
  readonly results: readonly RunResult[];
  /** Replicate -> its unit. Replicates of one unit are averaged before anything else. */
  readonly unitOf: (replicate: number) => number;
  /** What the units are: several splits, or the seeds of one, which say nothing about other splits. */
  readonly unit: 'split' | 'seed';
  /** Whether there are replicates with some n only, which were drawn (focus.ts). */
  readonly drawn?: boolean;
}

/** The differences minuend - subtrahend of the same replicate, target and n, by unit. Both directions count together. */
export function measure({ results, unitOf }: Runs, minuend: RunResult['kind'], subtrahend: RunResult['kind']): Unit[] {
  const pairs = pairsOf(results, minuend, subtrahend);
  return [...Map.groupBy(pairs, ({ replicate }) => unitOf(replicate)).values()].map((ofUnit) => {
    const layers = Map.groupBy(ofUnit, ({ n }) => n);
    return new Map(
      [...layers].map(([n, ofLayer]) => {
        const replicates = [...Map.groupBy(ofLayer, ({ replicate }) => replicate).values()];
        return [n, average(replicates.map(difference))];
      }),
    );
  });
}

/** The mean difference of pairs of one replicate, whose directions count together. */
export function difference(pairs: readonly Pair[]): Measured {
  const [minuend, subtrahend] = [
    countOf(pairs.map((pair) => pair.minuend)),
    countOf(pairs.map((pair) => pair.subtrahend)),
  ];
  return {
    points: 100 * (minuend.correct / minuend.total - subtrahend.correct / subtrahend.total),
    ...imageDifference(pairs),
    images: Math.min(minuend.total, subtrahend.total),
  };
}

/**
 * The mean of values of one unit, over layers or replicates. They share their images and often their base, so the
 * bounds are averaged, as if all errors were the same.
 */
export function average(values: readonly Measured[]): Measured {
  if (values.length === 1) return values[0];
  return {
    points: mean(values.map(({ points }) => points)),
    interval: {
      low: mean(values.map(({ interval }) => interval.low)),
      high: mean(values.map(({ interval }) => interval.high)),
    },
    paired: values.every(({ paired }) => paired),
    // Of several tests on the same images there is no exact one.
    p: undefined,
    images: Math.min(...values.map(({ images }) => images)),
  };
}

/** The runs that statements are tested on, of networks trained on one half (or on both, if directions are pooled). */
export interface Evidence {
  readonly target: Half;
  /** Weight layers of the network. */
  readonly depth: number;
  /** False if a base is no better than guessing, because transplanting can then lose or gain nothing. */
  readonly learnt: boolean;
  /** The study's own runs. */
  readonly own: Runs;
  /** Runs with random halves: the study's own, or those of its companion. */
  readonly near: Runs;
  /** Runs with halves chosen by meaning: the study's own, or those of its companion. */
  readonly distant: Runs;
  /** Those that the study can test at all; absent: all. */
  readonly statements?: readonly Statement[];
}

export const NO_RUNS: Runs = { results: [], unitOf: (replicate) => replicate, unit: 'seed' };

/**
 * Results with their independent units. With several random splits the unit is the split, because its replicates
 * share classes and images. Otherwise it is the training seed, and the results say nothing about other splits.
 */
export function runsOf(results: readonly RunResult[], protocol: Pick<Protocol, 'split' | 'replicates'>): Runs {
  const { replicates } = protocol;
  const bySplit = protocol.split.kind === 'random' && new Set(replicates.map(({ splitSeed }) => splitSeed)).size > 1;
  return {
    results,
    unitOf: (replicate) => replicates[replicate][bySplit ? 'splitSeed' : 'trainingSeed'],
    unit: bySplit ? 'split' : 'seed',
    drawn: replicates.some(({ drawn }) => drawn),
  };
}

/**
 * Near and distant halves by split. The distant halves were chosen once: however many seeds they have, they are one
 * unit, whose split differs from others as random ones do (assumed). Random splits are taken with no more seeds than
 * it has, so that their means vary at least as much as its own; the seeds of a single random split are one unit too.
 */
export function splitsApart(
  near: Runs,
  distant: Runs,
  minuend: RunResult['kind'],
  subtrahend: RunResult['kind'],
): [near: Unit[], distant: Unit[]] {
  const seeds = new Set(pairsOf(distant.results, minuend, subtrahend).map(({ replicate }) => replicate)).size;
  const splitOf = (replicate: number) => (near.unit === 'split' ? near.unitOf(replicate) : 0);
  const replicates = [...new Set(pairsOf(near.results, minuend, subtrahend).map(({ replicate }) => replicate))];
  const taken = new Set(
    [...Map.groupBy(replicates, splitOf).values()].flatMap((ofSplit) => ofSplit.sort((a, b) => a - b).slice(0, seeds)),
  );
  const results = near.results.filter(({ replicate }) => taken.has(replicate));
  return [
    measure({ results, unitOf: splitOf, unit: 'split' }, minuend, subtrahend),
    measure({ ...distant, unitOf: () => 0 }, minuend, subtrahend),
  ];
}

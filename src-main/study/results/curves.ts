import { compareKinds, curveName, type Half, type TreatmentKind } from '../../common/treatments/treatments.ts';
import type { AccuracyCurve, AccuracyPoint, HeldOutAnswers } from '../../common/results/accuracy.ts';
import type { Protocol } from '../plan/protocol.ts';
import { OWN_SPLITS, replicated, type SplitOf, splitsOf } from './layout.ts';
import { balancedAccuracy } from './balance.ts';
import { mean as average, wilsonInterval } from './statistics.ts';

/** One finished run, tested on the held-out images of its target half. */
export interface RunResult {
  readonly name: string;
  readonly kind: TreatmentKind | 'base';
  /** Layers copied or frozen; 0 for a base. */
  readonly n: number;
  readonly target: Half;
  /** One split x training seed. */
  readonly replicate: number;
  readonly correct: number;
  readonly total: number;
  /** Held-out mean cross-entropy, nats. */
  readonly loss: number;
  /** What it says of each held-out image; absent where that is not stored. */
  readonly answers?: HeldOutAnswers;
}

/**
 * Whether transfers from B to A count as transfers from A to B. With random halves A and B are alike in expectation and
 * the paper collects them under the names of target B (Figure 2's caption); with halves chosen by meaning (Figure 3,
 * left) they are different questions and stay apart.
 */
export interface Pooling {
  readonly directions: 'pooled' | 'apart';
  /** Absent: every replicate has a split of its own. */
  readonly splitOf?: SplitOf;
}

/** How the directions of a study count. */
export const poolingOf = (protocol: Pick<Protocol, 'bothDirections' | 'split' | 'replicates'>): Pooling => ({
  directions: protocol.bothDirections && protocol.split.kind === 'random' ? 'pooled' : 'apart',
  splitOf: splitsOf(protocol),
});

/** Random halves are near each other; halves chosen by meaning are assumed to be distant. */
export const isNear = ({ split }: Pick<Protocol, 'split'>): boolean => split.kind === 'random';

const pooledTarget = (run: RunResult, { directions }: Pooling): Half => (directions === 'pooled' ? 'B' : run.target);

/** One curve per treatment kind (and target where directions stay apart), in the paper's order. */
export function accuracyCurves(results: readonly RunResult[], pooling: Pooling): AccuracyCurve[] {
  const curves = Map.groupBy(results, (run) => curveName({ kind: run.kind, target: pooledTarget(run, pooling) }));
  return [...curves]
    .map(([name, runs]) => ({
      name,
      kind: runs[0].kind,
      target: pooledTarget(runs[0], pooling),
      points: [...Map.groupBy(runs, (run) => run.n).values()]
        .map((of) => accuracyPoint(of, pooling))
        .sort((a, b) => a.n - b.n),
      dots: runs.map(({ name, n, replicate, target, correct, total }) => {
        return { name, n, replicate, target, accuracy: correct / total };
      }),
    }))
    .sort((a, b) => b.target.localeCompare(a.target, 'en') || compareKinds(a.kind, b.kind));
}

/**
 * The target halves of transplanted networks, in the order of the curves. Only `B` if directions are pooled or there
 * are none.
 */
export function targetsOf(curves: readonly AccuracyCurve[]): Half[] {
  const targets = [...new Set(curves.filter(({ kind }) => kind !== 'base').map(({ target }) => target))];
  return targets.length > 0 ? targets : ['B'];
}

/**
 * Mean and interval of runs of one treatment. Both directions of a replicate share their split and their base networks,
 * so they are pooled first (correct of all their held-out images). The interval ends at 0 and 1.
 */
function accuracyPoint(runs: readonly RunResult[], { splitOf = OWN_SPLITS }: Pooling): AccuracyPoint {
  const replicates = [...Map.groupBy(runs, (run) => run.replicate)].map(([replicate, of]) => {
    return { split: splitOf(replicate), ...countOf(of) };
  });
  const { mean, units, interval, how } = replicated(
    replicates.map(({ split, correct, total }) => ({ split, value: correct / total })),
  );
  return {
    n: runs[0].n,
    accuracy: mean,
    balanced: balancedOf(runs),
    runs: runs.length,
    replicates: replicates.length,
    units,
    interval: interval
      ? { low: Math.max(0, interval.low), high: Math.min(1, interval.high) }
      : wilsonInterval(replicates[0].correct, replicates[0].total),
    how,
  };
}

function balancedOf(runs: readonly RunResult[]): number | null {
  const values = runs.flatMap(({ answers }) => (answers && balancedAccuracy(answers)) ?? []);
  return values.length === runs.length ? average(values) : null;
}

/** Correct answers and images of several tests taken together. */
export function countOf(runs: readonly { correct: number; total: number }[]): { correct: number; total: number } {
  return {
    correct: runs.reduce((sum, run) => sum + run.correct, 0),
    total: runs.reduce((sum, run) => sum + run.total, 0),
  };
}

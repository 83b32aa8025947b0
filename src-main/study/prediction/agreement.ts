import { kendall, meanSpearman, permutationP, spearman, type Group } from '../../predictors/rank-correlation.ts';
import { holm, mean, studentInterval } from '../results/statistics.ts';
import { PREDICTORS, type PredictorId } from '../../predictors/predictors.ts';
import type { Interval } from '../../common/results/intervals.ts';
import type { MeasuredAccuracy, Transfer } from './transfers.ts';
import type { MeasuredPrediction } from './transfer-prediction.ts';

/** The accuracies that a predictor is compared with: AnB or AnB+. */
export type PredictedKind = Exclude<keyof MeasuredAccuracy, 'n'>;

/**
 * `tells`: it orders the layers as their accuracies do. `misleads`: it gives the opposite order. `undecided`: its
 * order is no better than chance. `undefined`: there are fewer than three values, or all are the same.
 */
export type PredictorVerdict = 'tells' | 'misleads' | 'undecided' | 'undefined';

/** How well a predictor's order agrees with that of the measured accuracies. Null: not defined. */
export interface Agreement {
  readonly predictor: PredictorId;
  readonly kind: PredictedKind;
  /** Rank correlations over n within a transfer, averaged over the transfers. */
  readonly rho: number | null;
  readonly tau: number | null;
  /** The 95% interval of ρ over replicates, if there are at least three. */
  readonly interval: Interval | null;
  /** ρ over the points of all transfers together. */
  readonly pooled: number | null;
  /** ρ over the transfers' means over n, if there are at least three. */
  readonly across: number | null;
  /** The p-value of `rho`, or for LEEP of `across`: two-sided, by permutation, corrected for all predictors (Holm). */
  readonly p: number | null;
  readonly verdict: PredictorVerdict;
}

const LEVEL = 0.05;
const FEWEST = 3;

/** The values of one predictor and the accuracies of a transfer, for layers that have both. */
interface Paired extends Group {
  readonly replicate: number;
}

/** Every predictor against every kind of accuracy that was measured. */
export function agreements(transfers: readonly Transfer[]): Agreement[] {
  return (['transfer', 'transfer+'] as const).flatMap((kind) => {
    const rows = PREDICTORS.map(({ id }) => agreementOf(transfers, id, kind));
    if (rows.every(({ pairs }) => pairs === 0)) return [];
    const tested = rows.filter(({ agreement }) => agreement.p !== null && agreement.predictor !== 'depth');
    const adjusted = holm(tested.map(({ agreement }) => agreement.p!));
    return rows.map((row) => {
      const place = tested.indexOf(row);
      const p = place < 0 ? row.agreement.p : adjusted[place];
      return { ...row.agreement, p, verdict: verdictOf(row.agreement, p) };
    });
  });
}

function agreementOf(transfers: readonly Transfer[], predictor: PredictorId, kind: PredictedKind) {
  const paired = transfers.flatMap((transfer): Paired[] => {
    const { state, replicate } = transfer;
    return state.state === 'measured'
      ? [{ replicate, ...pairs(transfer.measured, state.prediction, predictor, kind) }]
      : [];
  });
  const perLayer = predictor !== 'leep';
  const means = {
    x: paired.filter(({ x }) => x.length > 0).map(({ x }) => mean(x)),
    y: paired.filter(({ y }) => y.length > 0).map(({ y }) => mean(y)),
  };
  const all = { x: paired.flatMap(({ x }) => x), y: paired.flatMap(({ y }) => y) };
  const taus = paired.flatMap(({ x, y }) => kendall(x, y) ?? []);
  const tested = perLayer ? paired : [means];
  const agreement = {
    predictor,
    kind,
    rho: perLayer ? (meanSpearman(paired) ?? null) : null,
    tau: perLayer && taus.length > 0 ? mean(taus) : null,
    interval: perLayer ? intervalOf(paired) : null,
    pooled: perLayer ? (spearman(all.x, all.y) ?? null) : null,
    // Depth is the same for all transfers.
    across: predictor === 'depth' ? null : (spearman(means.x, means.y) ?? null),
    p: permutationP(tested, `${predictor} ${kind}`) ?? null,
  };
  return { agreement, pairs: all.x.length };
}

function pairs(
  measured: readonly MeasuredAccuracy[],
  prediction: MeasuredPrediction,
  predictor: PredictorId,
  kind: PredictedKind,
): Group {
  const both = measured.flatMap((accuracy) => {
    const [x, y] = [valueOf(prediction, predictor, accuracy.n), accuracy[kind]];
    return x === null || y === null ? [] : [{ x, y }];
  });
  return { x: both.map(({ x }) => x), y: both.map(({ y }) => y) };
}

/** The value of a predictor for the first n layers; null if it is not defined. */
export function valueOf({ leep, layers }: MeasuredPrediction, predictor: PredictorId, n: number): number | null {
  if (predictor === 'depth') return -n;
  if (predictor === 'leep') return leep;
  return layers.find((layer) => layer.n === n)?.values[predictor] ?? null;
}

/**
 * The interval of the replicates' mean ρ. Both directions of a replicate are averaged, because they share their
 * networks.
 */
function intervalOf(paired: readonly Paired[]): Interval | null {
  const each = [...Map.groupBy(paired, ({ replicate }) => replicate).values()].flatMap(
    (own) => meanSpearman(own) ?? [],
  );
  if (each.length < FEWEST) return null;
  const { low, high } = studentInterval(each);
  return { low: Math.max(-1, low), high: Math.min(1, high) };
}

function verdictOf({ predictor, rho, across }: Omit<Agreement, 'verdict'>, p: number | null): PredictorVerdict {
  const correlation = predictor === 'leep' ? across : rho;
  if (correlation === null || p === null) return 'undefined';
  if (p > LEVEL) return 'undecided';
  return correlation > 0 ? 'tells' : 'misleads';
}

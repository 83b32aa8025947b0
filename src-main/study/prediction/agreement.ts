import { kendall, meanSpearman, permutationP, spearman, type Group } from '../../predictors/rank-correlation.ts';
import { holm, mean, studentInterval } from '../results/statistics.ts';
import { PREDICTORS, type PredictorId } from '../../predictors/predictors.ts';
import type { Interval } from '../../common/results/intervals.ts';
import type { MeasuredAccuracy, Transfer } from './transfers.ts';
import type { MeasuredPrediction } from './transfer-prediction.ts';

/** What accuracies a predictor is held against: AnB or AnB+. */
export type PredictedKind = Exclude<keyof MeasuredAccuracy, 'n'>;

/**
 * `tells`: its order of the layers is that of the accuracies. `misleads`: it is the opposite order. `undecided`: chance
 * would do as well. `undefined`: fewer than three values to put in order, or all the same.
 */
export type PredictorVerdict = 'tells' | 'misleads' | 'undecided' | 'undefined';

/** How well a predictor's order is that of the measured accuracies. Null: not defined. */
export interface Agreement {
  readonly predictor: PredictorId;
  readonly kind: PredictedKind;
  /** Over n within a transfer, averaged over the transfers. */
  readonly rho: number | null;
  readonly tau: number | null;
  /** Of ρ, over replicates; from three on. */
  readonly interval: Interval | null;
  /** Of all points of all transfers together. */
  readonly pooled: number | null;
  /** Of transfers, by their means over n; from three on. */
  readonly across: number | null;
  /** Two-sided, by permutation, corrected for all predictors (Holm); of `rho`, or for LEEP of `across`. */
  readonly p: number | null;
  readonly verdict: PredictorVerdict;
}

const LEVEL = 0.05;
const FEWEST = 3;

/** A transfer with its values of one predictor where there is an accuracy, too. */
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
    // The depth of a transfer is the same for all.
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

/** What a predictor says of the first n layers; null where it is not defined. */
export function valueOf({ leep, layers }: MeasuredPrediction, predictor: PredictorId, n: number): number | null {
  if (predictor === 'depth') return -n;
  if (predictor === 'leep') return leep;
  return layers.find((layer) => layer.n === n)?.values[predictor] ?? null;
}

/** Of the mean ρ of each replicate; both directions of one share their networks. */
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

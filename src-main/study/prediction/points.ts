import type { Half } from '../../common/treatments/treatments.ts';
import { valueOf } from './agreement.ts';
import { PREDICTORS, type PredictorId } from '../../predictors/predictors.ts';
import type { Transfer } from './transfers.ts';

/** What one predictor says of one layer of one transfer, beside what was measured there. */
export interface PredictedPoint {
  readonly replicate: number;
  readonly target: Half;
  readonly n: number;
  readonly predictor: PredictorId;
  readonly value: number;
  /** Top-1 of AnB and AnB+, fractions; null: no result. */
  readonly transfer: number | null;
  readonly 'transfer+': number | null;
}

export function pointsOf({ replicate, target, state, measured }: Transfer): PredictedPoint[] {
  if (state.state !== 'measured') return [];
  const { prediction } = state;
  return PREDICTORS.flatMap(({ id }) =>
    prediction.layers.flatMap(({ n }) => {
      const value = valueOf(prediction, id, n);
      const { transfer = null, 'transfer+': fineTuned = null } = measured.find((point) => point.n === n) ?? {};
      return value === null ? [] : [{ replicate, target, n, predictor: id, value, transfer, 'transfer+': fineTuned }];
    }),
  );
}

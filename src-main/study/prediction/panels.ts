import { hundredths } from '../../common/numbers.ts';
import type { PredictorPanel } from '../../common/results/predictors.ts';
import type { Half } from '../../common/treatments/treatments.ts';
import { type PredictorId, PREDICTORS } from '../../predictors/predictors.ts';
import { type Agreement, type PredictedKind, valueOf } from './agreement.ts';
import type { Transfer } from './transfers.ts';

/** A panel for every predictor that has a value per layer, and the kind of accuracy that it is compared with. */
export function predictorPanels(
  points: readonly PredictedPoint[],
  agreements: readonly Agreement[],
): { readonly kind: PredictedKind; readonly panels: readonly PredictorPanel[] } {
  const kind = agreements.some((one) => one.kind === 'transfer') ? 'transfer' : 'transfer+';
  const panels = PREDICTORS.filter(({ id }) => id !== 'leep' && id !== 'depth').map(({ id, name }) => {
    const rho = agreements.find((one) => one.predictor === id && one.kind === kind)?.rho ?? null;
    return {
      title: name,
      correlation: rho === null ? '–' : `ρ = ${hundredths(rho)}`,
      points: points.flatMap(({ predictor, replicate, target, n, value, [kind]: accuracy }) =>
        predictor === id && accuracy !== null ? [{ replicate, target, n, value, accuracy }] : [],
      ),
    };
  });
  return { kind, panels: panels.filter((panel) => panel.points.length > 0) };
}

/** The value of one predictor for one layer of one transfer, beside the measured accuracies. */
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

import type { PredictorPanel } from '../../common/results/predictors.ts';
import type { Agreement, PredictedKind } from './agreement.ts';
import { PREDICTORS } from '../../predictors/predictors.ts';
import { correlation } from './findings.ts';
import type { PredictedPoint } from './points.ts';

/** A panel for every predictor that tells layers apart, and the kind of accuracy that they are held against. */
export function predictorPanels(
  points: readonly PredictedPoint[],
  agreements: readonly Agreement[],
): { readonly kind: PredictedKind; readonly panels: readonly PredictorPanel[] } {
  const kind = agreements.some((one) => one.kind === 'transfer') ? 'transfer' : 'transfer+';
  const panels = PREDICTORS.filter(({ id }) => id !== 'leep' && id !== 'depth').map(({ id, name }) => {
    const rho = agreements.find((one) => one.predictor === id && one.kind === kind)?.rho ?? null;
    return {
      title: name,
      correlation: rho === null ? '–' : `ρ = ${correlation(rho)}`,
      points: points.flatMap(({ predictor, replicate, target, n, value, [kind]: accuracy }) =>
        predictor === id && accuracy !== null ? [{ replicate, target, n, value, accuracy }] : [],
      ),
    };
  });
  return { kind, panels: panels.filter((panel) => panel.points.length > 0) };
}

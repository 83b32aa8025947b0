import { hundredths } from '../../common/numbers.ts';
import type { Agreement, PredictedKind } from './agreement.ts';
import { PREDICTORS, type PredictorId } from '../../predictors/predictors.ts';

export const predictorName = (id: PredictorId): string => PREDICTORS.find((predictor) => predictor.id === id)!.name;

export const CURVE_NAMES: Readonly<Record<PredictedKind, string>> = { transfer: 'AnB', 'transfer+': 'AnB+' };

/** Which cheap number would have told you, in a sentence or two for each kind of accuracy. */
export function findingsOf(agreements: readonly Agreement[]): string[] {
  const kinds = [...new Set(agreements.map(({ kind }) => kind))];
  return kinds.map((kind) =>
    findingOf(
      agreements.filter((one) => one.kind === kind),
      CURVE_NAMES[kind],
    ),
  );
}

function findingOf(agreements: readonly Agreement[], curve: string): string {
  const cheap = agreements.filter(({ predictor }) => predictor !== 'depth');
  const depth = agreements.find(({ predictor }) => predictor === 'depth')!;
  const named = (verdict: Agreement['verdict']) =>
    cheap
      .filter((one) => one.verdict === verdict)
      .map((one) => ({ name: predictorName(one.predictor), value: (one.rho ?? one.across)! }))
      .sort((a, b) => Math.abs(b.value) - Math.abs(a.value));
  const list = (values: ReturnType<typeof named>) =>
    values.map(({ name, value }, place) => `${name} (${place === 0 ? 'ρ = ' : ''}${hundredths(value)})`).join(', ');
  const [told, misled] = [named('tells'), named('misleads')];
  if (cheap.every(({ verdict }) => verdict === 'undefined'))
    return `${curve}: the layers can’t be ranked, which takes at least three n with a result.`;
  const sentences = [
    told.length > 0
      ? `For ${curve}, ${list(told)} would have told you how accuracy goes with n.`
      : `For ${curve}, no cheap number would have told you: none orders the layers by their accuracy better than chance.`,
    ...(misled.length > 0 ? [`${list(misled)} would have told you the opposite.`] : []),
    ...(told.length > 0 && depth.rho !== null ? [beside(depth.rho, told[0].value)] : []),
  ];
  return sentences.join(' ');
}

/** Compares the best measure with depth, which knows nothing but n. */
function beside(depth: number, best: number): string {
  const told = `Saying “the deeper, the worse” without looking at anything has ρ = ${hundredths(depth)}`;
  return best > depth + 0.005 ? `${told}.` : `${told}: no measure tells more.`;
}

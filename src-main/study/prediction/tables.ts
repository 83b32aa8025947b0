import type { Table } from '../report/tables.ts';
import { mean } from '../statistics.ts';
import { agreements, valueOf, type Agreement, type PredictorVerdict } from './agreement.ts';
import { PREDICTORS } from './catalogue.ts';
import { correlation, CURVE, nameOf } from './findings.ts';
import type { Transfer } from './transfers.ts';

const GAP = '–';

export const PREDICTOR_VERDICTS: Readonly<Record<PredictorVerdict, string>> = {
  tells: 'would have told you',
  misleads: 'says the opposite',
  undecided: 'no more than chance',
  undefined: 'not defined',
};

/** What each predictor says of each n, below the accuracies that it is to predict: means over the transfers. */
export function valuesTable(transfers: readonly Transfer[]): Table {
  const measured = transfers.flatMap(({ state, ...transfer }) =>
    state.state === 'measured' ? [{ ...transfer, prediction: state.prediction }] : [],
  );
  const layers = [...new Set(measured.flatMap(({ prediction }) => prediction.layers.map(({ n }) => n)))].sort(
    (a, b) => a - b,
  );
  const cell = (values: readonly (number | null)[], digits: number) => {
    const numbers = values.filter((value) => value !== null);
    return numbers.length === 0 ? GAP : mean(numbers).toFixed(digits).replace('-', '−');
  };
  const accuracy = (kind: 'transfer' | 'transfer+') => [
    `${CURVE[kind]}, measured`,
    ...layers.map((n) =>
      cell(
        measured.map((one) => one.measured.find((point) => point.n === n)?.[kind] ?? null),
        3,
      ),
    ),
  ];
  const perLayer = PREDICTORS.filter(({ id }) => id !== 'leep' && id !== 'depth').map(({ id, name, digits }) => [
    name,
    ...layers.map((n) =>
      cell(
        measured.map(({ prediction }) => valueOf(prediction, id, n)),
        digits,
      ),
    ),
  ]);
  const leep = cell(
    measured.map(({ prediction }) => prediction.leep),
    3,
  );
  const [images] = measured.map(({ prediction }) => prediction.images);
  return {
    title: 'What the cheap predictors say',
    caption: `Means over ${measured.length === 1 ? 'one transfer' : `${measured.length} transfers`}. Worked out without training on the target: the base of the other half reads ${images?.train ?? 0} training images of the target (accuracies: ${images?.heldOut ?? 0} held-out ones), and maps are averaged to at most 512 values a layer. Accuracies are fractions. LEEP is of the whole network, not of a layer: ${leep}.`,
    head: ['', ...layers.map((n) => `n = ${n}`)],
    rows: [accuracy('transfer'), accuracy('transfer+'), ...perLayer].filter((row) =>
      row.slice(1).some((one) => one !== GAP),
    ),
    words: 1,
  };
}

/** How far the order that each predictor gives is that of the measured accuracies, and what of it. */
export function agreementTable(
  transfers: readonly Transfer[],
  all: readonly Agreement[] = agreements(transfers),
): Table {
  const kinds = [...new Set(all.map(({ kind }) => kind))];
  const shown = (value: number | null) => (value === null ? GAP : correlation(value));
  const rows = PREDICTORS.map(({ id, what }) => {
    const cells = kinds.flatMap((kind) => {
      const one = all.find(({ predictor, kind: other }) => predictor === id && other === kind)!;
      const { rho, tau, interval, pooled, across, p, verdict } = one;
      const range = interval ? `\n${correlation(interval.low)} to ${correlation(interval.high)}` : '';
      return [
        `${shown(rho)}${range}`,
        ...[tau, pooled, across].map(shown),
        p === null ? GAP : p < 0.001 ? '< 0.001' : p.toFixed(3),
        id === 'depth' ? GAP : PREDICTOR_VERDICTS[verdict],
      ];
    });
    return [`${nameOf(id)}\n${what}`, ...cells];
  });
  return {
    title: 'Which cheap number would have told you?',
    caption:
      'Rank correlation of each predictor with measured accuracy. ρ (Spearman) and τ-b (Kendall): over n within a transfer, averaged over transfers, with ρ’s 95 % interval over replicates from three on. Pooled: ρ of all points together. Across: ρ of the transfers’ means over n, from three transfers on; the only one that LEEP has. p: by permuting accuracies over n, corrected for all predictors (Holm); neighbouring layers are alike, so it flatters. CKA and SVCCA need the target’s own base, so only half as cheap.',
    head: [
      'Predictor',
      ...kinds.flatMap((kind) => [`ρ with ${CURVE[kind]}`, 'τ-b', 'pooled', 'across', 'p', 'verdict']),
    ],
    rows: kinds.length > 0 ? rows : [],
    words: 1,
  };
}

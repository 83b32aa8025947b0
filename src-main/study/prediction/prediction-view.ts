import { nameAt, type Cut } from '../../common/cuts.ts';
import { hundredths } from '../../common/numbers.ts';
import type { Predictors } from '../../common/results/predictors.ts';
import type { Table } from '../../common/results/tables.ts';
import { resolveNetwork } from '../../network/network.ts';
import { LEEP } from '../../predictors/leep.ts';
import { LAYER_PREDICTORS, PREDICTORS } from '../../predictors/predictors.ts';
import type { Store } from '../../store/records.ts';
import { readProtocol } from '../plan/protocol.ts';
import { mean } from '../results/statistics.ts';
import { type Agreement, agreements, type PredictorVerdict, valueOf } from './agreement.ts';
import { CURVE_NAMES, findingsOf, predictorName } from './findings.ts';
import { pointsOf, type PredictedPoint, predictorPanels } from './panels.ts';
import { obstacleSentences, type Transfer, transfersOf } from './transfers.ts';

/** Everything that is known of a study's cheap predictors: what is shown, and the numbers behind it. */
export interface PredictionView extends Predictors {
  readonly agreements: readonly Agreement[];
  readonly points: readonly PredictedPoint[];
}

export function predictionView(store: Store, study: string): PredictionView {
  const transfers = transfersOf(store, study);
  const found = agreements(transfers);
  const points = transfers.flatMap(pointsOf);
  const count = (state: string) => transfers.filter((transfer) => transfer.state.state === state).length;
  const tables = points.length === 0 ? [] : [...agreementTables(found), valuesTable(transfers, cutsOf(store, study))];
  return {
    transfers: transfers.length,
    measured: count('measured'),
    waiting: count('waiting'),
    problems: [
      ...(transfers.length === 0 ? fromFile(store, study) : []),
      ...obstacleSentences(transfers.flatMap(({ state }) => (state.state === 'problem' ? [state.obstacle] : []))),
    ],
    findings: findingsOf(found),
    agreements: found,
    points,
    chart: predictorPanels(points, found),
    tables: tables.filter(({ rows }) => rows.length > 0),
  };
}

const cutsOf = (store: Store, study: string): readonly Cut[] =>
  resolveNetwork(readProtocol(store.findStudy(study)!).network, 2).cuts;

/** Predictions are kept by the two trainings that they come from, and a file is none; a quick look measures the same of it. */
function fromFile(store: Store, study: string): string[] {
  const { pretrained } = readProtocol(store.findStudy(study)!);
  if (!pretrained) return [];
  return [
    `Features of this study come from the file ${pretrained.name} and not from a training, beside which these predictors are kept. The quick look at the file (on Study, or “study look --from ${pretrained.name}”) has all of them but CKA and SVCCA.`,
  ];
}

const GAP = '–';

export const PREDICTOR_VERDICTS: Readonly<Record<PredictorVerdict, string>> = {
  tells: 'would have told you',
  misleads: 'says the opposite',
  undecided: 'no more than chance',
  undefined: 'not defined',
};

/** The value of each predictor at each n, below the accuracies that it should predict; means over the transfers. */
export function valuesTable(transfers: readonly Transfer[], cuts: readonly Cut[]): Table {
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
    `${CURVE_NAMES[kind]}, measured`,
    'top-1 on held-out images',
    ...layers.map((n) =>
      cell(
        measured.map((one) => one.measured.find((point) => point.n === n)?.[kind] ?? null),
        3,
      ),
    ),
  ];
  const perLayer = PREDICTORS.filter(({ id }) => id !== 'depth').map(({ id, name, what, digits }) => [
    name,
    what,
    ...layers.map((n) =>
      cell(
        measured.map(({ prediction }) => valueOf(prediction, id, n)),
        digits,
      ),
    ),
  ]);
  const [images] = measured.map(({ prediction }) => prediction.images);
  return {
    title: 'Values of the cheap predictors',
    caption: `Means over ${measured.length === 1 ? 'one transfer' : `${measured.length} transfers`}. The base of the other half reads ${images?.train ?? 0} training images of the target, and probes are tested on ${images?.heldOut ?? 0} others of them; no held-out image, on which the accuracies were measured, takes part. ${sawWords()} Feature maps are averaged to at most 512 values per layer. Accuracies are fractions.`,
    head: ['Predictor', 'What it is', ...layers.map((n) => [`n = ${n}`, nameAt(cuts, n) ?? []].flat().join('\n'))],
    rows: [accuracy('transfer'), accuracy('transfer+'), ...perLayer].filter((row) =>
      row.slice(2).some((one) => one !== GAP),
    ),
    words: 2,
  };
}

/**
 * How well the order of each predictor agrees with that of the measured accuracies, and the verdict: one table per
 * curve.
 */
export function agreementTables(all: readonly Agreement[]): Table[] {
  return [...Map.groupBy(all, ({ kind }) => kind)].map(([kind, own], place) => ({
    title: `Which cheap number would have told you ${CURVE_NAMES[kind]}?`,
    caption: place === 0 ? CAPTION : `The same for ${CURVE_NAMES[kind]}.`,
    head: ['Predictor', 'Verdict', 'ρ', 'τ-b', 'pooled', 'across', 'p'],
    rows: own.map(({ predictor, rho, tau, interval, pooled, across, p, verdict }) => {
      const range = interval ? `\n${hundredths(interval.low)} to ${hundredths(interval.high)}` : '';
      return [
        predictorName(predictor),
        predictor === 'depth' ? GAP : PREDICTOR_VERDICTS[verdict],
        `${shown(rho)}${range}`,
        ...[tau, pooled, across].map(shown),
        p === null ? GAP : p < 0.001 ? '< 0.001' : p.toFixed(3),
      ];
    }),
    words: 2,
  }));
}

/** What each predictor saw beside the source network and images of the target. */
function sawWords(): string {
  const own = LAYER_PREDICTORS.filter((one) => 'needsOwnBase' in one).map(({ name }) => name);
  const labels = LAYER_PREDICTORS.filter((one) => !('needsOwnBase' in one)).map(({ name }) => name);
  return `${[...labels, LEEP.name].join(', ')} saw the labels of the target’s images; ${own.join(' and ')} saw no labels, but the base that was trained on the target.`;
}

const NEED_OWN = LAYER_PREDICTORS.flatMap((one) => ('needsOwnBase' in one ? one.name : []));

const CAPTION = `Rank correlation of each predictor with measured accuracy. ρ (Spearman) and τ-b (Kendall) are over n within a transfer, averaged over transfers; ρ has a 95% interval over replicates if there are at least three. Pooled: ρ over all points together. Across: ρ over the transfers’ means over n, if there are at least three transfers; LEEP has no other. p is by permuting accuracies over n, corrected for all predictors (Holm); it is optimistic, because neighbouring layers are alike. ${NEED_OWN.join(' and ')} need the target’s own base, which is not cheap. Depth alone knows only n, and says “the deeper, the worse”; a predictor should at least do better than that.`;

const shown = (value: number | null): string => (value === null ? GAP : hundredths(value));

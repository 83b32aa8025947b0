import { hundredths } from '../../common/numbers.ts';
import type { LookSection } from '../../common/results/look-section.ts';
import type { Table } from '../../common/results/tables.ts';
import { generalityOf } from '../../filters/matching/generality.ts';
import { orthogonality, sparsity } from '../../network/layer-quality.ts';
import { correlationOf } from '../results/correlation.ts';
import { evenIndices, GROWTH_STEPS } from '../results/filters-over-time.ts';
import { mean } from '../results/statistics.ts';
import type { FirstLayers } from './first-layer.ts';
import type { ReportedFilters, ReportedLooks } from './study-report.ts';

/** How layers are called that are measured while a network learns. */
export const LOOK_NAMES = {
  gabor: 'Gabor share',
  generality: 'Generality',
  sparsity: 'Sparsity',
  orthogonality: 'Orthogonality',
} as const;
type LookName = (typeof LOOK_NAMES)[keyof typeof LOOK_NAMES];

/** A layer n at a step of the bases of the first replicate, means of the two. */
export interface LookAtStep {
  readonly step: number;
  readonly n: number;
  readonly values: Readonly<Partial<Record<LookName, number>>>;
}

/**
 * Layers at the steps that are stored of both bases of the first replicate, ascending by step and n. Sparsity and orthogonality are of
 * every layer that has kernels, Gabor share and generality of the first alone, whose filters are stored.
 */
export function looksAtSteps(
  looks: readonly ReportedLooks[],
  filters: readonly ReportedFilters[],
  firstLayers: FirstLayers | undefined,
): LookAtStep[] {
  const first = firstLayerAtSteps(filters, firstLayers);
  const history = looks.find(({ replicate }) => replicate === 0)?.history ?? [];
  const measured = history.flatMap(({ step, layers }) =>
    layers.map(({ n, sparsity, orthogonality }): LookAtStep => {
      const drawn = n === 1 ? first.find((one) => one.step === step)?.values : undefined;
      const values = { [LOOK_NAMES.sparsity]: sparsity, [LOOK_NAMES.orthogonality]: orthogonality };
      return { step, n, values: { ...drawn, ...values } };
    }),
  );
  const only = first.filter(({ step }) => !measured.some((one) => one.n === 1 && one.step === step));
  return [...measured, ...only].sort((one, other) => one.step - other.step || one.n - other.n);
}

/** The first layer at the steps whose filters are fitted. */
function firstLayerAtSteps(filters: readonly ReportedFilters[], firstLayers: FirstLayers | undefined): LookAtStep[] {
  const [a, b] = ['baseA', 'baseB'].map((name) => {
    const found = filters.find((one) => one.name === name && one.replicate === 0);
    const growth = firstLayers?.growth.find((one) => one.name === name);
    return found && growth && { growth, banks: [...found.history, found] };
  });
  if (!a || !b) return [];
  return a.banks.flatMap(({ step, weight }): LookAtStep[] => {
    const other = b.banks.find((bank) => bank.step === step)?.weight;
    if (!other) return [];
    const gabor = [a, b].map(({ growth }) => growth.points.find((point) => point.step === step)!.shares.gabor);
    const both = (of: (bank: typeof weight) => number) => mean([of(weight), of(other)]);
    const values = {
      [LOOK_NAMES.gabor]: mean(gabor),
      [LOOK_NAMES.generality]: generalityOf(weight, other).generality,
      [LOOK_NAMES.sparsity]: both(sparsity),
      [LOOK_NAMES.orthogonality]: both(orthogonality),
    };
    return [{ step, n: 1, values }];
  });
}

/** AnB − BnB of a layer n of a replicate. */
interface Cost {
  readonly replicate: number;
  readonly n: number;
  readonly accuracy: number;
}

/**
 * How well sparsity and orthogonality of the layers at each step go with what their transfer costs in the end: Pearson's r over the
 * layers' means, as at the end. Of steps that are stored of all replicates; empty where fewer than four layers have kernels.
 */
export function correlationsOverSteps(
  looks: readonly ReportedLooks[],
  costs: readonly Cost[],
): LookSection['overSteps'] {
  const compared = looks.filter(({ replicate }) => costs.some((cost) => cost.replicate === replicate));
  const histories = compared.map(({ replicate, history = [] }) => ({
    replicate,
    steps: new Map(history.map(({ step, layers }) => [step, layers])),
  }));
  const steps = [...(histories[0]?.steps.keys() ?? [])].filter((step) => histories.every((one) => one.steps.has(step)));
  return (['sparsity', 'orthogonality'] as const).flatMap((measure) =>
    steps.flatMap((step) => {
      const points = costs.flatMap(({ replicate, n, accuracy }) => {
        const layers = histories.find((one) => one.replicate === replicate)?.steps.get(step);
        const value = layers?.find((layer) => layer.n === n)?.[measure];
        return value === undefined ? [] : [{ n, value, accuracy }];
      });
      const layers = [...Map.groupBy(points, ({ n }) => n).values()];
      const { r, interval } = correlationOf(
        layers.map((of) => [mean(of.map(({ value }) => value)), mean(of.map(({ accuracy }) => accuracy))]),
      );
      return r === undefined || !interval ? [] : [{ measure: LOOK_NAMES[measure], step, r, interval }];
    }),
  );
}

/** The layers at some of the steps: those whose filters are fitted, where there are any. */
export function growthTable(growth: readonly LookAtStep[]): Table[] {
  const fitted = growth.filter(({ values }) => values[LOOK_NAMES.generality] !== undefined).map(({ step }) => step);
  const all = [...new Set(growth.map(({ step }) => step))];
  const steps = fitted.length > 0 ? fitted : evenIndices(all.length, GROWTH_STEPS).map((place) => all[place]);
  if (steps.length === 0) return [];
  const names = Object.values(LOOK_NAMES).filter((name) => growth.some(({ values }) => values[name] !== undefined));
  return [
    {
      title: 'How layers look while the bases learn',
      caption:
        'Means of baseA and baseB of replicate 1, at steps that both have. Gabor share and generality are of layer 1 alone: of layers above, no weights are kept before the end, but sparsity and orthogonality, the latter of 64 filters, drawn, where a layer has more.',
      head: ['step', 'n', ...names],
      rows: growth
        .filter(({ step }) => steps.includes(step))
        .map(({ step, n, values }) => [
          String(step),
          String(n),
          ...names.map((name) => (values[name] === undefined ? '–' : hundredths(values[name]))),
        ]),
      words: 1,
    },
  ];
}

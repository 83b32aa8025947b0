import { hundredths, signed } from '../../common/numbers.ts';
import type { LookSection } from '../../common/results/look-section.ts';
import type { Interval } from '../../common/results/intervals.ts';
import type { Table } from '../../common/results/tables.ts';
import { correlationOf } from '../results/correlation.ts';
import { mean } from '../results/statistics.ts';
import type { RunResult } from '../results/curves.ts';
import { pairsOf } from '../results/effects.ts';
import type { FirstLayers } from './first-layer.ts';
import { correlationsOverSteps, growthTable, LOOK_NAMES, type LookAtStep, looksAtSteps } from './looks-over-steps.ts';
import type { ReportedFilters, ReportedLooks } from './study-report.ts';

/** What a layer looks like, held against what its transfer costs: AnB − BnB. */
export interface LookTransfer extends Omit<LookSection, 'sentence'> {
  readonly measures: readonly MeasuredLook[];
  /** Layers at steps of the bases of the first replicate; empty without a history. */
  readonly growth: readonly LookAtStep[];
}

interface MeasuredLook {
  readonly name: string;
  /** Layers n, each with its mean over replicates of the measure and of AnB − BnB, in points of top-1. */
  readonly layers: readonly { readonly n: number; readonly value: number; readonly points: number }[];
  /** Pearson's correlation over these layers, and its 95% interval by Fisher's transformation; absent below four layers. */
  readonly r?: number;
  readonly interval?: Interval;
}

const MEASURES = {
  depth: { name: 'n itself', of: ({ n }) => n },
  gabor: { name: LOOK_NAMES.gabor, of: ({ gabor }) => gabor?.trained },
  generality: { name: LOOK_NAMES.generality, of: ({ generality }) => generality },
  sparsity: { name: LOOK_NAMES.sparsity, of: ({ sparsity }) => sparsity },
  orthogonality: { name: LOOK_NAMES.orthogonality, of: ({ orthogonality }) => orthogonality },
} as const satisfies Record<
  string,
  { name: string; of: (look: ReportedLooks['layers'][number]) => number | undefined }
>;

/** Undefined where no layer has AnB, BnB and a look. */
export function lookTransfer(
  report: { readonly looks?: readonly ReportedLooks[]; readonly filters: readonly ReportedFilters[] },
  results: readonly RunResult[],
  firstLayers: FirstLayers | undefined,
): LookTransfer | undefined {
  const looks = withFirstLayers(report.looks ?? [], firstLayers);
  const pairs = pairsOf(results, 'transfer', 'selffer').filter(({ minuend: { target } }) => target === 'B');
  const points = Object.values(MEASURES).map(({ name, of }) => ({
    name,
    points: pairs.flatMap(({ replicate, n, minuend, subtrahend }) => {
      const look = looks.find((one) => one.replicate === replicate)?.layers.find((layer) => layer.n === n);
      const value = look && of(look);
      if (value === undefined || !Number.isFinite(value)) return [];
      const accuracy = minuend.correct / minuend.total - subtrahend.correct / subtrahend.total;
      return [{ replicate, target: 'B' as const, n, value, accuracy }];
    }),
  }));
  const known = points.filter(({ points }) => points.length > 0);
  if (known.length < 2) return undefined;
  const measures = known.map(({ name, points }): MeasuredLook => {
    const layers = [...Map.groupBy(points, ({ n }) => n)]
      .map(([n, of]) => ({
        n,
        value: mean(of.map(({ value }) => value)),
        points: 100 * mean(of.map(({ accuracy }) => accuracy)),
      }))
      .sort((one, other) => one.n - other.n);
    return { name, layers, ...correlationOf(layers.map(({ value, points }) => [value, points])) };
  });
  const panels = known.map(({ name, points }, place) => ({ title: name, correlation: words(measures[place]), points }));
  const growth = looksAtSteps(looks, report.filters, firstLayers);
  const overSteps = correlationsOverSteps(looks, points[0].points);
  return { measures, growth, overSteps, panels, tables: [lookTable(measures, looks), ...growthTable(growth)] };
}

/** The first layer's filters are fitted in their three colours, and by the first-layer analysis already. */
function withFirstLayers(looks: readonly ReportedLooks[], firstLayers: FirstLayers | undefined): ReportedLooks[] {
  return looks.map((look) => {
    const { replicate, layers } = look;
    const shares = firstLayers?.bases
      .filter((base) => base.replicate === replicate)
      .map(({ summary }) => summary.shares);
    if (!shares?.length) return look;
    const gabor = {
      trained: mean(shares.map((one) => one.gabor)),
      untrained: firstLayers!.calibration.shares.gabor,
    };
    return { ...look, layers: layers.map((layer) => (layer.n === 1 ? { ...layer, gabor } : layer)) };
  });
}

const words = ({ r, interval }: MeasuredLook): string =>
  r === undefined || !interval
    ? '–'
    : `r = ${hundredths(r)} (${hundredths(interval.low)} to ${hundredths(interval.high)})`;

/** `Generality: r = 0.93 (0.61 to 0.99)`, with what that allows to be said. */
export function lookSentence({ measures }: LookTransfer): string {
  const told = measures.filter(({ interval }) => interval && (interval.low > 0 || interval.high < 0));
  const looks = told.filter(({ name }) => name !== MEASURES.depth.name);
  const list = (some: readonly MeasuredLook[]) => some.map((one) => `${one.name} ${words(one)}`).join(', ');
  if (looks.length === 0) {
    const depth = told.length > 0 ? ` Its depth does: ${list(told)}.` : '';
    return `The look of a layer does not tell what its transfer costs: of no measure of it does the interval exclude 0.${depth}`;
  }
  const depth =
    told.length > looks.length ? ` So does depth alone: ${list(told.filter((one) => !looks.includes(one)))}.` : '';
  return `The look of a layer goes with AnB − BnB: ${list(looks)}.${depth}`;
}

function lookTable(measures: readonly MeasuredLook[], all: readonly ReportedLooks[]): Table {
  const untrained = all.flatMap(({ layers }) => layers.flatMap(({ gabor }) => gabor?.untrained ?? []));
  const most = untrained.length > 0 ? `, at most ${Math.max(...untrained).toFixed(2)} of untrained ones` : '';
  const layers = measures[0].layers.map(({ n }) => n);
  const looks = measures.slice(1);
  const valueOf = ({ layers }: MeasuredLook, n: number) => {
    const found = layers.find((layer) => layer.n === n);
    return found ? hundredths(found.value) : '–';
  };
  return {
    title: 'How each layer looks, and what its transfer costs',
    caption: `Means over replicates. AnB − BnB in points of top-1. Generality: filters of baseA and baseB matched one to one, 0 as with untrained filters and 1 the same; above the first layer the channels that they read are in the order of their own matches. Sparsity and orthogonality: Gavrikov and Keuper 2022. The last row has Pearson’s r with AnB − BnB over the layers and its 95% interval (Fisher), as if layers were independent. Gabor share: of the filters of layer 1, and above it of single kernels (what a filter does to one channel; some of each base, drawn)${most}. A dash: not defined, as in dense layers; of kernels below 5 × 5 no Gabor function can be told.`,
    head: ['n', 'AnB − BnB', ...looks.map(({ name }) => name)],
    rows: [
      ...layers.map((n) => [
        String(n),
        signed(measures[0].layers.find((layer) => layer.n === n)!.points),
        ...looks.map((one) => valueOf(one, n)),
      ]),
      ['correlation', words(measures[0]).replace('r', 'n: r'), ...looks.map(words)],
    ],
    words: 1,
  };
}

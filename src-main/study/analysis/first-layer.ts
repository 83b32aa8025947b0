import { count, counted, hundredths, inPercent } from '../../common/numbers.ts';
import { bankShape } from '../../filters/bank.ts';
import { type FilterSummary, fitBank, type FittedFilter, summarise } from '../../filters/fit/bank-fit.ts';
import { calibrate, calibrationBanks, type Calibration, sharesOf } from '../../filters/fit/calibration.ts';
import { THRESHOLDS } from '../../filters/fit/classes.ts';
import { type OwnedBank, type SearchOf, UNTRAINED } from '../../filters/fit/fit-cache.ts';
import { nullBanks, type NullFilters, nullsOf } from '../../filters/fit/nulls.ts';
import { searchBank } from '../../filters/fit/search.ts';
import { distributionsOf, placedFilters } from '../../common/results/filter-population.ts';
import { FILTER_CLASSES, NULL_NAMES } from '../../common/results/filters.ts';
import { generalityOf, type Generality } from '../../filters/matching/generality.ts';
import type { SharesAtStep } from '../../common/charts/class-share-chart.ts';
import {
  DISTRIBUTION_WORDS,
  gaborAgainstNulls,
  NULL_MEANINGS,
  NULL_WORDS,
  PLANE_WORDS,
  planeRows,
  planeSentence,
} from '../../common/charts/population-words.ts';
import { CLASS_NAMES, oddityWords } from '../../common/charts/filter-classes.ts';
import { resolveNetwork } from '../../network/network.ts';
import type { Tensor } from '../../network/weights.ts';
import type { ReportedFilters, StudyReport } from './study-report.ts';
import type { Table } from '../../common/results/tables.ts';

/** The fitted first-layer filters of the bases, and the similarity of those of A and B. */
export interface FirstLayers {
  readonly calibration: Calibration;
  readonly bases: readonly FittedBase[];
  /** What the filters of all bases together are held against. */
  readonly nulls: readonly NullFilters[];
  /** For bases with a history: the shares of the classes at some of its steps, ascending, and at the end. */
  readonly growth: readonly Growth[];
  /** One for each replicate whose two bases both have filters. */
  readonly matchings: readonly { readonly replicate: number; readonly generality: Generality }[];
}

interface FittedBase {
  readonly name: string;
  readonly replicate: number;
  readonly fits: readonly FittedFilter[];
  readonly summary: FilterSummary;
}

export interface Growth extends Pick<FittedBase, 'name' | 'replicate'> {
  readonly points: readonly SharesAtStep[];
}

/**
 * Fits and matches all filters. Takes seconds, or some tenths of a second if `searchOf` finds stored fits. Undefined
 * if there are no filters.
 */
export function analyseFirstLayers(
  filters: readonly ReportedFilters[],
  searchOf: SearchOf = () => searchBank,
): FirstLayers | undefined {
  if (filters.length === 0) return undefined;
  const [, ...shape] = bankShape(filters[0].weight);
  const calibration = calibrate(shape, { search: searchOf(UNTRAINED) });
  const bases = filters.map(({ name, replicate, run, weight }) => {
    const fits = fitBank(weight, calibration, searchOf(run));
    return { name, replicate, fits, summary: summarise(fits) };
  });
  const nulls = nullsOf(together(filters.map(({ weight }) => weight)), calibration, {
    search: searchOf(filters[0].run),
  });
  const growth = filters.flatMap(({ name, replicate, run, step, history }, place) => {
    if (history.length === 0) return [];
    const before = history.map(({ step, weight }) => {
      return { step, ...summarise(fitBank(weight, calibration, searchOf(run))) };
    });
    const points = [...before, { step, ...bases[place].summary }].map(({ step, shares }) => ({ step, shares }));
    return [{ name, replicate, points }];
  });
  const matchings = [...Map.groupBy(filters, ({ replicate }) => replicate)].flatMap(([replicate, [one, other]]) =>
    other ? [{ replicate, generality: generalityOf(one.weight, other.weight) }] : [],
  );
  return { calibration, bases, nulls, growth, matchings };
}

/** The banks that `analyseFirstLayers` fits. */
export function firstLayerBanks(filters: readonly ReportedFilters[]): OwnedBank[] {
  if (filters.length === 0) return [];
  const [, ...shape] = bankShape(filters[0].weight);
  const all = together(filters.map(({ weight }) => weight));
  return [
    ...calibrationBanks(shape).map((weight) => ({ owner: UNTRAINED, weight })),
    ...filters.flatMap(({ run: owner, weight, history }) =>
      [weight, ...history.map(({ weight }) => weight)].map((weight) => ({ owner, weight })),
    ),
    ...nullBanks(all).map(({ bank: weight }) => ({ owner: filters[0].run, weight })),
  ];
}

/** The filters of banks of one shape as one bank. */
function together(banks: readonly Tensor[]): Tensor {
  const [, ...shape] = bankShape(banks[0]);
  const data = new Float32Array(banks.reduce((sum, bank) => sum + bank.data.length, 0));
  let next = 0;
  for (const bank of banks) {
    data.set(bank.data, next);
    next += bank.data.length;
  }
  return { shape: [banks.reduce((sum, bank) => sum + bank.shape[0], 0), ...shape], data };
}

/**
 * One sentence for each problem with the filters of a base: those of a trained network are missing, or some are odd.
 */
export function filterNotes({ protocol, runs, filters }: StudyReport, layers: FirstLayers | undefined): string[] {
  const isConvolution = resolveNetwork(protocol.network, 2).layers[0].spec.type === 'conv';
  const has = ({ name, replicate }: Pick<FittedBase, 'name' | 'replicate'>) =>
    filters.some((one) => one.name === name && one.replicate === replicate);
  const missing = runs
    .filter((run) => run.kind === 'base' && run.status === 'finished' && isConvolution && !has(run))
    .map((run) => `The filters of ${baseOf(run)} are not here: its checkpoint is missing or damaged.`);
  const odd = (layers?.bases ?? []).flatMap((base) =>
    oddityWords(base.fits.map(({ oddity }) => oddity)).map((words) => `${baseOf(base)}: ${words}`),
  );
  return [...missing, ...odd];
}

const baseOf = ({ name, replicate }: Pick<FittedBase, 'name' | 'replicate'>): string =>
  `${name}, replicate ${replicate + 1}`;

/** Share of each class in each base, beside untrained filters. */
export function filterKindsTable({ calibration, bases, nulls }: FirstLayers): Table {
  const { shape, filters, least, seed } = calibration;
  const [channels, rows, columns] = shape;
  const cells = ({ shares }: Pick<FilterSummary, 'shares'>) => FILTER_CLASSES.map((name) => inPercent(shares[name]));
  return {
    title: 'Kinds of first-layer filters',
    caption: `Percent of the filters. Gabor functions, edges, blobs, gratings, plaids and checkerboards are fitted to the stronger of a filter's luminance and its main colour, and compared with each other and with white and smooth noise by BIC. A filter is named after the best one if it beats noise by ${least.toFixed(0)} and the others by ${THRESHOLDS.apart}; otherwise it is noise or “can’t tell”. Untrained: ${count(filters)} filters of white noise of ${rows} × ${columns} × ${channels}, which were not used to set the threshold (seed “${seed}”). ${NULL_NAMES.map((name) => NULL_MEANINGS[name]).join(' ')} ${count(nulls[0].filters)} filters each, of all bases together (seed “${nulls[0].seed}”). ${gaborAgainstNulls(meanShares(bases), nulls)}`,
    head: ['network', 'filters', ...FILTER_CLASSES.map((name) => CLASS_NAMES[name])],
    rows: [
      ...bases.map((base) => [baseOf(base), count(base.summary.filters), ...cells(base.summary)]),
      ['untrained', count(filters), ...cells(calibration)],
      ...nulls.map((one) => [NULL_WORDS[one.name], count(one.filters), ...cells(one)]),
    ],
    words: 1,
  };
}

/** The shares of all filters of the bases. */
const meanShares = (bases: readonly FittedBase[]) =>
  sharesOf(bases.flatMap(({ fits }) => fits.map((fit) => fit.class)));

/** The similarity of matched filters of baseA and baseB, beside matches with untrained networks. */
export function generalityTable({ matchings }: FirstLayers): Table {
  const draws = matchings[0]?.generality.draws ?? 0;
  return {
    title: 'How general is layer 1?',
    caption: `Filters of baseA and baseB are matched one to one so that they are as similar as possible. Similarity is the largest signed correlation over shifts of up to half a kernel; 1 means the same filter. Untrained: the mean similarity if each base is matched with ${counted(draws, 'untrained network')}. Generality is 0 if the filters are no more similar than to untrained ones, and 1 if they are the same. Trained filters are smoother than random ones, which alone makes them somewhat more similar.`,
    head: ['replicate', 'mean similarity', 'untrained', 'generality'],
    rows: matchings.map(({ replicate, generality: { mean, untrainedMean, generality } }) => [
      String(replicate + 1),
      ...[mean, untrainedMean, generality].map(hundredths),
    ]),
    words: 1,
  };
}

/** Tables of the figures about where the filters of all bases stand (report/first-layer-figures.ts). */
export function populationTables({ bases, nulls, calibration }: FirstLayers): Table[] {
  const filters = bases.flatMap(({ fits }) => fits);
  const untrained = nulls.find(({ name }) => name === 'white')?.plane ?? [];
  const placed = placedFilters(filters);
  return [
    {
      title: `${PLANE_WORDS.title}, by bin`,
      caption: `Filters of all bases by bin. ${planeSentence(placed, untrained)}`,
      head: [...PLANE_WORDS.head],
      rows: planeRows(placed, untrained),
      words: 2,
    },
    ...distributionsOf(filters)
      .filter(({ id }) => id !== 'colour' || calibration.shape[0] === 3)
      .map(({ id, bars }): Table => {
        const { title, axis, about } = DISTRIBUTION_WORDS[id];
        const rows = bars.map((bar) => [bar.name, count(bar.count)]);
        return { title: `${title} of the filters, by bin`, caption: about, head: [axis, 'filters'], rows, words: 1 };
      }),
  ];
}

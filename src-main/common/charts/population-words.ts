import type { FilterClass, NullName } from '../results/filters.ts';
import {
  type Distribution,
  PLANE_EDGES,
  planeCounts,
  type PlanePoint,
  shareAmongCells,
  V1_CELLS,
} from '../results/filter-population.ts';
import { count, percent } from '../numbers.ts';

/** What the nulls are called on charts and in tables. */
export const NULL_WORDS: Readonly<Record<NullName, string>> = {
  white: 'white noise',
  smoothed: 'noise as smooth as these',
  shuffled: 'these with phases shuffled',
};

/** What each null is, in a sentence. */
export const NULL_MEANINGS: Readonly<Record<NullName, string>> = {
  white: 'White noise: independent normal weights.',
  smoothed: 'Noise as smooth as these: normal noise with the mean power spectrum of these filters.',
  shuffled: 'These with phases shuffled: each filter’s own power at every frequency, other phases.',
};

interface NullShares {
  readonly name: NullName;
  readonly filters: number;
  readonly shares: Readonly<Record<FilterClass, number>>;
}

/** `Gabor-like: 41% of these filters; 0% of white noise, 3% of noise as smooth as these, 8% of these with phases shuffled.` */
export function gaborAgainstNulls(shares: Readonly<Record<FilterClass, number>>, nulls: readonly NullShares[]): string {
  const among = nulls.map(({ name, shares: { gabor } }) => `${percent(gabor, 0)} of ${NULL_WORDS[name]}`).join(', ');
  const filters = nulls[0]?.filters ?? 0;
  return `Gabor-like: ${percent(shares.gabor, 0)} of these filters; ${among} (${count(filters)} filters each).`;
}

export const PLANE_WORDS = {
  title: 'Where they stand among all: n_x and n_y',
  caption:
    'n_x and n_y are the widths of the fitted Gabor functions across and along their stripes, in cycles (Ringach 2002). Filled: Gabor-like; hollow: low-frequency edges. Crosses: the Gabor functions that fit white noise best. Squares, darker the more: 79 simple cells of macaque V1 measured by Ringach (2002, J. Neurophysiol. 88:455), as Dapello et al. (2020) count them by bin. The fit ends at n_x = 0.25 (dotted): what is rounder is called a blob here.',
  head: ['n_x', 'n_y', 'filters', 'V1 cells', 'white noise'],
} as const;

/** The counts of the plane by bin, of bins that have anything. */
export function planeRows(filters: readonly PlanePoint[], untrained: readonly PlanePoint[]): string[][] {
  const [own, random] = [planeCounts(filters), planeCounts(untrained)];
  const range = (bin: number) => `${PLANE_EDGES[bin].toFixed(2)}–${PLANE_EDGES[bin + 1].toFixed(2)}`;
  const rows = own.bins.flatMap((row, nx) =>
    row.flatMap((filters, ny) => {
      const numbers = [filters, V1_CELLS[nx][ny], random.bins[nx][ny]];
      return numbers.some((number) => number > 0) ? [[range(nx), range(ny), ...numbers.map(String)]] : [];
    }),
  );
  return [...rows, ['beyond', '', String(own.beyond), '–', String(random.beyond)]];
}

/** `23 of 32 (72%) are in bins that have simple cells, of white noise 12%.` */
export function planeSentence(filters: readonly PlanePoint[], untrained: readonly PlanePoint[]): string {
  if (filters.length === 0) return 'No filter is Gabor-like or an edge.';
  const share = shareAmongCells(filters);
  const noise = untrained.length > 0 ? `; of white noise ${percent(shareAmongCells(untrained), 0)}` : '';
  return `${count(Math.round(share * filters.length))} of ${count(filters.length)} filters with stripes or an edge (${percent(share, 0)}) are in bins that have simple cells of V1${noise}.`;
}

interface DistributionWords {
  readonly title: string;
  /** Name of the bottom axis, and of the first column of its table. */
  readonly axis: string;
  readonly about: string;
}

export const DISTRIBUTION_WORDS: Readonly<Record<Distribution['id'], DistributionWords>> = {
  orientation: { title: 'Orientation', axis: 'Direction of stripes', about: '0° is horizontal, 90° vertical.' },
  phase: {
    title: 'Phase',
    axis: 'Phase, folded',
    about: '0°: even, with a stripe in the middle. 90°: odd, an edge. Cells of V1 cluster at both ends (Ringach 2002).',
  },
  frequency: { title: 'Frequency', axis: 'Cycles per pixel', about: '0.5 is the finest that pixels can show.' },
  colour: {
    title: 'Colour opponency',
    axis: 'Axis',
    about:
      'The axis that a filter with a name varies along most, of the four that Rafegas and Vanrell (2018) find in a first layer.',
  },
};

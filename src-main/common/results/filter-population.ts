import { type FilterClass, type GaborFunction, OPPONENT_AXES, type OpponentAxis } from './filters.ts';

/** A filter as one of a population. */
export interface PopulationFilter {
  readonly class: FilterClass;
  readonly axis: OpponentAxis;
  readonly gabor: GaborFunction;
}

/**
 * Where a Gabor function is among all (Ringach 2002, J. Neurophysiol. 88:455): the standard deviations of its envelope across
 * its stripes (n_x) and along them (n_y), in cycles of the stripes. Round ones are near 0; n_x is larger the more stripes.
 */
export interface PlanePoint {
  readonly nx: number;
  readonly ny: number;
}

export const planePoint = ({ frequency, across, along }: GaborFunction): PlanePoint => {
  return { nx: frequency * across, ny: frequency * along };
};

/** Filters whose Gabor function means something, by their places in the bank. */
export interface PlacedFilter extends PlanePoint {
  /** 0-based. */
  readonly filter: number;
  readonly class: FilterClass;
}

export const placedFilters = (filters: readonly PopulationFilter[]): PlacedFilter[] =>
  filters.flatMap((one, filter) =>
    one.class === 'gabor' || one.class === 'edge' ? [{ filter, class: one.class, ...planePoint(one.gabor) }] : [],
  );

/** Edges of the bins of n_x and n_y: equal steps of the logarithm, 0.1 to 1.58. */
export const PLANE_EDGES = Array.from({ length: 6 }, (_, edge) => 10 ** (-1 + edge * 0.24));

/**
 * Simple cells of macaque V1 by bin, [n_x][n_y]: the measurements of Ringach (2002) as Dapello et al. (2020) count them for
 * their VOneBlock, 79 cells. The paper's figure itself was not read off anew.
 */
export const V1_CELLS: readonly (readonly number[])[] = [
  [2, 0, 1, 0, 0],
  [8, 9, 4, 1, 0],
  [1, 2, 19, 17, 3],
  [0, 0, 1, 7, 4],
  [0, 0, 0, 0, 0],
];

/** Where the fit of a Gabor function ends: rounder filters are fitted by blobs and edges (filters/fit/gabor.ts). */
export const LEAST_NX = 0.25;

/** How many points are in each bin, [n_x][n_y]; those beyond the bins are counted apart. */
export function planeCounts(points: readonly PlanePoint[]): { readonly bins: number[][]; readonly beyond: number } {
  const bins = V1_CELLS.map((row) => row.map(() => 0));
  const binOf = (value: number) => PLANE_EDGES.findLastIndex((edge) => value >= edge);
  let beyond = 0;
  for (const { nx, ny } of points) {
    const row = bins[binOf(nx)];
    if (row && binOf(ny) in row) row[binOf(ny)] += 1;
    else beyond += 1;
  }
  return { bins, beyond };
}

/** The share of the points in bins that have simple cells, 0 to 1; NaN without points. */
export function shareAmongCells(points: readonly PlanePoint[]): number {
  const { bins } = planeCounts(points);
  const among = bins.flatMap((row, nx) => row.filter((_, ny) => V1_CELLS[nx][ny] > 0));
  return among.reduce((sum, count) => sum + count, 0) / points.length;
}

/** A bar of a histogram. */
export interface Bar {
  readonly name: string;
  readonly count: number;
}

export interface Distribution {
  readonly id: 'orientation' | 'phase' | 'frequency' | 'colour';
  readonly bars: readonly Bar[];
}

const [ORIENTATION_STEP, PHASE_STEP, FREQUENCY_STEP] = [15, 15, 0.05];

/**
 * How often which orientation, phase and frequency occurs among filters with stripes or an edge, and which axis of
 * colour opponency among all that have a name. Phases are folded to 0 (even: a stripe in the middle) to 90 degrees (odd:
 * an edge), as polarity and side are a matter of sign.
 */
export function distributionsOf(filters: readonly PopulationFilter[]): Distribution[] {
  const directed = filters.filter((one) => one.class === 'gabor' || one.class === 'edge').map(({ gabor }) => gabor);
  const named = filters.filter((one) => !['unclear', 'noise', 'dead'].includes(one.class));
  const histogram = (bars: number, binOf: (gabor: GaborFunction) => number, name: (bar: number) => string): Bar[] => {
    const counts = new Array<number>(bars).fill(0);
    for (const gabor of directed) counts[Math.min(bars - 1, binOf(gabor))] += 1;
    return counts.map((count, bar) => ({ name: name(bar), count }));
  };
  return [
    {
      id: 'orientation',
      bars: histogram(
        180 / ORIENTATION_STEP,
        ({ orientation }) => Math.round(orientation / ORIENTATION_STEP) % (180 / ORIENTATION_STEP),
        (bar) => `${bar * ORIENTATION_STEP}°`,
      ),
    },
    {
      id: 'phase',
      bars: histogram(
        90 / PHASE_STEP,
        ({ phase }) => Math.floor(foldedPhase(phase) / PHASE_STEP),
        (bar) => `${bar * PHASE_STEP}–${(bar + 1) * PHASE_STEP}°`,
      ),
    },
    {
      id: 'frequency',
      bars: histogram(
        0.5 / FREQUENCY_STEP,
        ({ frequency }) => Math.floor(frequency / FREQUENCY_STEP + 1e-9),
        (bar) => `${(bar * FREQUENCY_STEP).toFixed(2)}–${((bar + 1) * FREQUENCY_STEP).toFixed(2)}`,
      ),
    },
    {
      id: 'colour',
      bars: OPPONENT_AXES.map((axis) => ({ name: axis, count: named.filter((one) => one.axis === axis).length })),
    },
  ];
}

/** A phase in (-180, 180] as its distance from the nearest even one, 0 to 90 degrees. */
const foldedPhase = (phase: number): number => 90 - Math.abs((Math.abs(phase) % 180) - 90);

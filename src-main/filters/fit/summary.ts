import { sharesOf } from './calibration.ts';
import type { FittedFilter } from './bank-fit.ts';
import type { FilterClass } from '../../common/results/filters.ts';

/** What the filters of a bank are together. */
export interface FilterSummary {
  readonly filters: number;
  /** Share of the filters in each class, 0 to 1. */
  readonly shares: Readonly<Record<FilterClass, number>>;
  /** How many filters with a direction, Gabor-like or edges, have theirs within 7.5 degrees of 0, 15, ... 165. */
  readonly orientations: readonly number[];
}

/** Degrees between the middles of two bars of the histogram of orientations. */
export const ORIENTATION_STEP = 15;

export function summarise(fits: readonly FittedFilter[]): FilterSummary {
  const bars = 180 / ORIENTATION_STEP;
  const orientations = new Array<number>(bars).fill(0);
  for (const { class: name, gabor } of fits)
    if (hasDirection(name)) orientations[Math.round(gabor.orientation / ORIENTATION_STEP) % bars] += 1;
  return { filters: fits.length, shares: sharesOf(fits.map((fit) => fit.class)), orientations };
}

/** Whether the orientation of its Gabor function says something about a filter. */
export const hasDirection = (name: FilterClass): boolean => name === 'gabor' || name === 'edge';

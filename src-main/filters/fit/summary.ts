import { sharesOf } from './calibration.ts';
import type { FittedFilter } from './bank-fit.ts';
import type { FilterClass } from '../../common/results/filters.ts';

/** A summary of the fits of a bank's filters. */
export interface FilterSummary {
  readonly filters: number;
  /** Share of the filters in each class, 0 to 1. */
  readonly shares: Readonly<Record<FilterClass, number>>;
  /** How many filters with a direction (Gabor or edge) have it within 7.5 degrees of 0, 15, ... 165. */
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

/** Whether filters of this class have a direction: that of the stripes of their Gabor function. */
export const hasDirection = (name: FilterClass): boolean => name === 'gabor' || name === 'edge';

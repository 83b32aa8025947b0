import type { FilterClass, Oddity, OpponentAxis } from '../../common/results/filters.ts';
import type { Tensor } from '../../network/weights.ts';
import { bankShape } from '../bank.ts';
import { type Component, opponentAxis } from '../colour.ts';
import { oddityOf } from '../measure.ts';
import { bankEvidence } from './bank-evidence.ts';
import { blobAt, type BlobFit } from './blob.ts';
import { type Calibration, sharesOf } from './calibration.ts';
import { classOf } from './classes.ts';
import { gaborAt, type GaborFit } from './gabor.ts';
import { type BankSearch, searchBank } from './search.ts';

/** The class of a filter, and the two functions fitted to its dominant component. */
export interface FittedFilter {
  readonly class: FilterClass;
  readonly oddity?: Oddity;
  readonly component: Component;
  /** The axis of colour opponency that it varies along. */
  readonly axis: OpponentAxis;
  readonly gabor: GaborFit;
  readonly blob: BlobFit;
}

/**
 * Fits each filter of a bank [filters, channels, rows, columns], in order. Weights that are not finite count as 0, so
 * all numbers of a fit are finite. Throws if the tensor is not a bank of filters, or if the calibration is for another
 * shape.
 */
export function fitBank(
  weight: Tensor,
  { shape, least }: Calibration,
  search: BankSearch = searchBank,
): FittedFilter[] {
  const [, channels, rows, columns] = bankShape(weight);
  if (shape.join() !== [channels, rows, columns].join())
    throw new Error(`calibrated for filters of ${shape.join('x')}, not ${[channels, rows, columns].join('x')}`);
  const found = search(weight);
  return bankEvidence(weight, found).map(({ component, dead, evidence }, filter) => {
    const gabor = gaborAt(component.plane, found[filter].gabor);
    const blob = blobAt(component.plane, found[filter].blob);
    const oddity = oddityOf(weight, filter);
    // A blob that is wide enough explains a constant filter, which has nothing round.
    const name = dead ? 'dead' : oddity === 'constant' ? 'noise' : classOf(evidence, least);
    return { class: name, oddity, component, axis: opponentAxis(weight, filter, component), gabor, blob };
  });
}

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

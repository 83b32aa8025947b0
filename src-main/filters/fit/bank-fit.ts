import type { Tensor } from '../../network/weights.ts';
import { bankShape, filterWeights } from '../bank.ts';
import { oddityOf } from '../oddity.ts';
import { dominantComponent, type Component } from '../component.ts';
import { blobAt, type BlobFit } from './blob.ts';
import type { Calibration } from './calibration.ts';
import { classOf, THRESHOLDS } from './classes.ts';
import type { FilterClass, Oddity } from '../../common/results/filters.ts';
import { gaborAt, type GaborFit } from './gabor.ts';
import { searchBank, type BankSearch } from './search.ts';

/** The class of a filter, and the two functions fitted to its dominant component. */
export interface FittedFilter {
  readonly class: FilterClass;
  readonly oddity?: Oddity;
  readonly component: Component;
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
  const [filters, channels, rows, columns] = bankShape(weight);
  if (shape.join() !== [channels, rows, columns].join())
    throw new Error(`calibrated for filters of ${shape.join('x')}, not ${[channels, rows, columns].join('x')}`);
  const norms = Array.from({ length: filters }, (_, filter) =>
    Math.hypot(...filterWeights(weight, filter).map((value) => (Number.isFinite(value) ? value : 0))),
  );
  const found = search(weight);
  const median = [...norms].sort((a, b) => a - b)[Math.floor(filters / 2)];
  return norms.map((norm, filter) => {
    const component = dominantComponent(weight, filter);
    const gabor = gaborAt(component.plane, found[filter].gabor);
    const blob = blobAt(component.plane, found[filter].blob);
    const dead = norm === 0 || norm < THRESHOLDS.norm * median;
    const evidence = { component: component.kind, gabor, blob, rows, columns };
    const oddity = oddityOf(weight, filter);
    // A blob that is wide enough explains a constant filter, which has nothing round.
    const name = dead ? 'dead' : oddity === 'constant' ? 'noise' : classOf(evidence, least);
    return { class: name, oddity, component, gabor, blob };
  });
}

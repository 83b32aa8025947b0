import type { Tensor } from '../network/weights.ts';
import { bankShape, filterWeights } from './bank.ts';
import { filterColour, type Colour } from './colour.ts';
import { dominantGrating, type Grating } from './grating.ts';
import { luminance, type Plane } from './luminance.ts';
import { oddityOf } from './oddity.ts';
import type { Oddity } from '../common/results/filters.ts';

/**
 * Measures that filters are sorted by. `orientation` and `frequency` are undefined for blobs and colours without
 * stripes.
 */
export interface FilterMeasures extends Colour, Partial<Grating> {
  /** L2 norm of all weights of the filter. */
  readonly norm: number;
  readonly oddity?: Oddity;
}

/** A share of the filter's energy. Stripes of luminance with less are too faint to count. */
const FAINT = 0.01;

/**
 * Measures each filter of a bank [filters, channels, rows, columns], in order. Weights that are not finite count as 0,
 * so all measures are finite. Throws if the tensor is not a bank of filters.
 */
export function measureFilters(weight: Tensor): FilterMeasures[] {
  const [filters, channels] = bankShape(weight);
  return Array.from({ length: filters }, (_, filter) => {
    const energy = filterWeights(weight, filter).reduce(
      (sum, value) => sum + (Number.isFinite(value) ? value ** 2 : 0),
      0,
    );
    const grey = luminance(weight, filter);
    const grating = channels * variation(grey) > FAINT * energy ? dominantGrating(grey) : undefined;
    return { norm: Math.sqrt(energy), oddity: oddityOf(weight, filter), ...grating, ...filterColour(weight, filter) };
  });
}

/** The sum of squares around the mean. */
function variation({ values }: Plane): number {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  return values.reduce((sum, value) => sum + (value - mean) ** 2, 0);
}

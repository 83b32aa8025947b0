import type { Oddity } from '../common/results/filters.ts';
import type { Tensor } from '../network/weights.ts';
import { bankShape, filterWeights, luminance, type Plane } from './bank.ts';
import { type Colour, filterColour } from './colour.ts';
import { dominantGrating, type Grating } from './grating.ts';

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

/** The oddity of one filter, 0-based, of a bank [filters, channels, rows, columns]; undefined if it has none. */
export function oddityOf(weight: Tensor, filter: number): Oddity | undefined {
  const [, channels, rows, columns] = bankShape(weight);
  const weights = filterWeights(weight, filter);
  if (!weights.every(Number.isFinite)) return 'not finite';
  if (weights.every((value) => value === 0)) return 'zero';
  const area = rows * columns;
  const isConstant = (channel: number) =>
    weights.subarray(channel * area, (channel + 1) * area).every((value) => value === weights[channel * area]);
  return area > 1 && Array.from({ length: channels }, (_, channel) => channel).every(isConstant)
    ? 'constant'
    : undefined;
}

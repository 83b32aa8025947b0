import type { FilterComponent } from '../common/results/filters.ts';
import type { Tensor } from '../network/weights.ts';
import { bankShape, filterWeights } from './bank.ts';
import { chromaOf, dominantAxis } from './colour.ts';
import { luminance, type Plane } from './luminance.ts';

/** The part of a filter with the most energy. Functions of two dimensions are fitted to it. */
export interface Component {
  readonly kind: FilterComponent;
  readonly plane: Plane;
  /** Its share of the filter's energy (sum of squares), 0 to 1. 0 if all weights are 0. */
  readonly share: number;
}

/**
 * A filter of red, green and blue has a luminance part, along grey, and a colour part in the plane at right angles to
 * grey, of which the main axis is used (such as red against green; positive towards the filter's hue). Filters with
 * other channels have only luminance. Planes are coordinates on axes of length 1, so their energies add up to that of
 * the filter less that of the colours off the main axis.
 */
export function dominantComponent(weight: Tensor, filter: number): Component {
  const [, channels, rows, columns] = bankShape(weight);
  const weights = Float64Array.from(filterWeights(weight, filter), (value) => (Number.isFinite(value) ? value : 0));
  const energy = energyOf(weights);
  const grey = luminance(weight, filter);
  const luminous = scaled(grey, Math.sqrt(channels));
  const colour = channels === 3 ? { rows, columns, values: mainColour(weights) } : undefined;
  const kind = colour && energyOf(colour.values) > energyOf(luminous.values) ? 'colour' : 'luminance';
  const plane = kind === 'colour' ? colour! : luminous;
  return { kind, plane, share: energy > 0 ? Math.min(1, energyOf(plane.values) / energy) : 0 };
}

export const energyOf = (values: Float64Array): number => values.reduce((sum, value) => sum + value * value, 0);

const scaled = ({ rows, columns, values }: Plane, factor: number): Plane => {
  return { rows, columns, values: values.map((value) => factor * value) };
};

/** The coordinates of the colours on their main axis, [rows, columns]. */
function mainColour(weights: Float64Array): Float64Array {
  const places = weights.length / 3;
  const chroma = Array.from({ length: places }, (_, place) =>
    chromaOf(weights[place], weights[places + place], weights[2 * places + place]),
  );
  const axis = dominantAxis(chroma);
  const [cos, sin] = [Math.cos(axis), Math.sin(axis)].map((part) => part * Math.sqrt(2 / 3));
  return Float64Array.from(chroma, ([x, y]) => x * cos + y * sin);
}

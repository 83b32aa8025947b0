import type { Tensor } from '../network/weights.ts';
import { bankShape, filterWeights } from './bank.ts';

export interface Colour {
  /** Share of the filter's energy (sum of squares) that is off the grey axis: 0 of a grey filter, 1 of one that does not answer to grey. */
  readonly colour: number;
  /**
   * Degrees in [0, 360) of the colour that it varies along: red is 0, green 120, blue 240. Of a filter between two opposite
   * colours, the one that is the stronger where it is the strongest. Undefined for what is grey.
   */
  readonly hue: number | undefined;
}

/** Less is rounding. */
const GREY = 1e-6;
const NO_COLOUR: Colour = { colour: 0, hue: undefined };

/** Of one filter of three channels: red, green, blue. Filters of other channels have no colour. */
export function filterColour(weight: Tensor, filter: number): Colour {
  const [, channels] = bankShape(weight);
  if (channels !== 3) return NO_COLOUR;
  const weights = filterWeights(weight, filter);
  const places = weights.length / 3;
  const finite = (index: number) => (Number.isFinite(weights[index]) ? weights[index] : 0);
  let [energy, colourful] = [0, 0];
  const chroma = Array.from({ length: places }, (_, place) => {
    const [red, green, blue] = [finite(place), finite(places + place), finite(2 * places + place)];
    const grey = (red + green + blue) / 3;
    energy += red ** 2 + green ** 2 + blue ** 2;
    colourful += (red - grey) ** 2 + (green - grey) ** 2 + (blue - grey) ** 2;
    return chromaOf(red, green, blue);
  });
  const colour = energy > 0 ? Math.min(1, colourful / energy) : 0;
  return colour < GREY ? NO_COLOUR : { colour, hue: ((dominantAxis(chroma) * 180) / Math.PI + 360) % 360 };
}

/** A colour as coordinates at right angles to grey. */
export type Chroma = readonly [x: number, y: number];

/** The colour as a direction around the grey axis, red along x; sqrt(3 / 2) as long as it is off grey. */
export const chromaOf = (red: number, green: number, blue: number): Chroma => [
  red - (green + blue) / 2,
  (Math.sqrt(3) / 2) * (green - blue),
];

/** The main axis of the colours, through grey, in radians; of its two ends the one that they reach out to the furthest. */
export function dominantAxis(chroma: readonly Chroma[]): number {
  let [xx, yy, xy] = [0, 0, 0];
  for (const [x, y] of chroma) {
    xx += x * x;
    yy += y * y;
    xy += x * y;
  }
  const axis = Math.atan2(2 * xy, xx - yy) / 2;
  // Cubes: a strong centre outweighs a wide, weak surround of the opposite colour.
  const side = chroma.reduce((sum, [x, y]) => sum + (x * Math.cos(axis) + y * Math.sin(axis)) ** 3, 0);
  return side < 0 ? axis + Math.PI : axis;
}

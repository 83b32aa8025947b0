import type { FilterComponent, OpponentAxis } from '../common/results/filters.ts';
import type { Tensor } from '../network/weights.ts';
import { bankShape, filterWeights, luminance, type Plane } from './bank.ts';

export interface Colour {
  /**
   * Share of the filter's energy (sum of squares) that is off the grey axis: 0 for a grey filter, 1 for one that does
   * not respond to grey.
   */
  readonly colour: number;
  /**
   * The hue that it varies along, in degrees in [0, 360): 0 is red, 120 green, 240 blue. A filter between two opposite
   * colours has the hue of the one that is stronger at its peak. Undefined for grey filters.
   */
  readonly hue: number | undefined;
}

/** A share of colour below this is a rounding error. */
const GREY = 1e-6;
const NO_COLOUR: Colour = { colour: 0, hue: undefined };

/** The colour of one filter of red, green and blue. Filters with another number of channels have none. */
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

/** Coordinates of a colour in the plane at right angles to grey. */
type Chroma = readonly [x: number, y: number];

/**
 * Projects a colour onto that plane, with red along x. The result is sqrt(3 / 2) times as long as the distance from
 * grey.
 */
const chromaOf = (red: number, green: number, blue: number): Chroma => [
  red - (green + blue) / 2,
  (Math.sqrt(3) / 2) * (green - blue),
];

/**
 * The direction, in radians, of the main axis of the colours through grey, towards the end that they reach furthest to.
 */
function dominantAxis(chroma: readonly Chroma[]): number {
  let [xx, yy, xy] = [0, 0, 0];
  for (const [x, y] of chroma) {
    xx += x * x;
    yy += y * y;
    xy += x * y;
  }
  const axis = Math.atan2(2 * xy, xx - yy) / 2;
  // With cubes, a strong centre outweighs a wide, weak surround of the opposite colour.
  const side = chroma.reduce((sum, [x, y]) => sum + (x * Math.cos(axis) + y * Math.sin(axis)) ** 3, 0);
  return side < 0 ? axis + Math.PI : axis;
}

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

/** The sum of squares. */
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

/** Where the three colours of opponency are, in degrees of hue; the opposite colour is 180 degrees further. */
const OPPONENTS = { 'red–cyan': 0, 'yellow–blue': 60, 'green–magenta': 120 } as const satisfies Partial<
  Record<OpponentAxis, number>
>;

/**
 * The axis along which a filter varies most, of the four that Rafegas and Vanrell (2018) find in a first layer: black and
 * white if its part with the most energy is luminance, else the colours whose hue is nearest.
 */
export function opponentAxis(weight: Tensor, filter: number, { kind }: Pick<Component, 'kind'>): OpponentAxis {
  const { hue } = filterColour(weight, filter);
  if (kind === 'luminance' || hue === undefined) return 'black–white';
  const away = (axis: keyof typeof OPPONENTS) => Math.abs(((hue - OPPONENTS[axis] + 270) % 180) - 90);
  return (Object.keys(OPPONENTS) as (keyof typeof OPPONENTS)[]).reduce((best, one) =>
    away(one) < away(best) ? one : best,
  );
}

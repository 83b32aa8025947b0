import type { Tensor } from '../../src-main/network/weights.ts';

/** Weights of a filter at a place: x to the right, y upwards, in pixels from the middle. One number a channel. */
export type Drawing = (x: number, y: number) => readonly number[];

/** A bank of filters [filters, channels, size, size], drawn as a person sees them. */
export function drawn(size: number, ...drawings: readonly Drawing[]): Tensor {
  const channels = drawings[0](0, 0).length;
  const data = new Float32Array(drawings.length * channels * size * size);
  const middle = (size - 1) / 2;
  drawings.forEach((drawing, filter) => {
    for (let row = 0; row < size; row++)
      for (let column = 0; column < size; column++)
        drawing(column - middle, middle - row).forEach((value, channel) => {
          data[((filter * channels + channel) * size + row) * size + column] = value;
        });
  });
  return { shape: [drawings.length, channels, size, size], data };
}

export const radians = (degrees: number): number => (degrees * Math.PI) / 180;

/** Stripes that run at this angle: 0 is horizontal, 45 from the lower left to the upper right. */
export function stripes(degrees: number, frequency: number, phase = 0): (x: number, y: number) => number {
  const [across, up] = [-Math.sin(radians(degrees)), Math.cos(radians(degrees))];
  return (x, y) => Math.cos(2 * Math.PI * frequency * (across * x + up * y) + phase);
}

export const blob =
  (width: number) =>
  (x: number, y: number): number =>
    Math.exp(-(x * x + y * y) / (2 * width * width));

/** The same in red, green and blue. */
export const grey =
  (value: (x: number, y: number) => number): Drawing =>
  (x, y) => [value(x, y), value(x, y), value(x, y)];

/** A colour of no grey at all, of this hue: red 0, green 120, blue 240. */
export const pure = (hue: number): [number, number, number] => [
  Math.cos(radians(hue)),
  Math.cos(radians(hue - 120)),
  Math.cos(radians(hue - 240)),
];

/** Degrees between two directions that repeat every so many degrees. */
export function apart(a: number, b: number, period: number): number {
  const difference = Math.abs(a - b) % period;
  return Math.min(difference, period - difference);
}

import type { Plane } from '../../../src-main/filters/bank.ts';
import { RandomStream } from '../../../src-main/random.ts';

/** x to the right, y upwards, in pixels from the middle. */
export function planeOf(rows: number, columns: number, value: (x: number, y: number) => number): Plane {
  const values = Float64Array.from({ length: rows * columns }, (_, pixel) =>
    value((pixel % columns) - (columns - 1) / 2, (rows - 1) / 2 - Math.floor(pixel / columns)),
  );
  return { rows, columns, values };
}

export interface KnownGabor {
  readonly orientation: number;
  readonly frequency: number;
  readonly phase: number;
  readonly along: number;
  readonly across: number;
  readonly x: number;
  readonly y: number;
}

export function gaborAt({ orientation, frequency, phase, along, across, x, y }: KnownGabor) {
  const radians = Math.PI / 180;
  const [cos, sin] = [Math.cos(orientation * radians), Math.sin(orientation * radians)];
  return (right: number, up: number): number => {
    const s = (right - x) * cos + (up - y) * sin;
    const t = (up - y) * cos - (right - x) * sin;
    const envelope = Math.exp(-((s / along) ** 2) / 2 - (t / across) ** 2 / 2);
    return envelope * Math.cos(2 * Math.PI * frequency * t + phase * radians);
  };
}

/** With independent normal noise; the signal's root mean square over the plane is so many times the noise's. */
export function noisy({ rows, columns, values }: Plane, ratio: number, seed: number): Plane {
  const random = new RandomStream(seed, 'noise');
  const deviation = Math.sqrt(values.reduce((sum, value) => sum + value * value, 0) / values.length) / ratio;
  return { rows, columns, values: values.map((value) => value + deviation * random.gaussian()) };
}

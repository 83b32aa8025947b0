import type { Features, Labels } from '../../src-main/predictors/features.ts';
import { RandomStream } from '../../src-main/random.ts';

/** Independent standard normal values. */
export function gaussianFeatures(rows: number, columns: number, seed: string): Features {
  const random = new RandomStream(seed);
  return { rows, columns, values: Float64Array.from({ length: rows * columns }, () => random.gaussian()) };
}

/** Every class in turn. */
export const evenLabels = (rows: number, classes: number): Labels => ({
  values: Int32Array.from({ length: rows }, (_, row) => row % classes),
  classes,
});

/** Gaussian classes around means that are `distance` apart or so. */
export function gaussianClasses(rows: number, columns: number, classes: number, distance: number, seed: string) {
  const labels = evenLabels(rows, classes);
  const means = gaussianFeatures(classes, columns, `${seed} means`);
  const noise = gaussianFeatures(rows, columns, seed);
  const values = noise.values.map((value, place) => {
    const label = labels.values[Math.floor(place / columns)];
    return value + distance * means.values[label * columns + (place % columns)];
  });
  return { features: { rows, columns, values } as Features, labels };
}

/** Every value through a function of value, row and column. */
export const mapped = (
  { rows, columns, values }: Features,
  work: (value: number, row: number, column: number) => number,
): Features => ({
  rows,
  columns,
  values: Float64Array.from(values, (value, place) => work(value, Math.floor(place / columns), place % columns)),
});

/** X Q with a rotation: products of reflections. */
export function rotated(features: Features, seed: string): Features {
  const { rows, columns } = features;
  let { values } = features;
  for (let turn = 0; turn < columns; turn++) {
    const direction = Float64Array.from(gaussianFeatures(1, columns, `${seed} ${turn}`).values);
    const norm = direction.reduce((sum, value) => sum + value * value, 0);
    const next = Float64Array.from(values);
    for (let row = 0; row < rows; row++) {
      let along = 0;
      for (let column = 0; column < columns; column++) along += values[row * columns + column] * direction[column];
      for (let column = 0; column < columns; column++)
        next[row * columns + column] -= (2 * along * direction[column]) / norm;
    }
    values = next;
  }
  return { rows, columns, values };
}

/** The columns of both, side by side. */
export function beside(one: Features, other: Features): Features {
  const columns = one.columns + other.columns;
  const values = new Float64Array(one.rows * columns);
  for (let row = 0; row < one.rows; row++) {
    values.set(one.values.subarray(row * one.columns, (row + 1) * one.columns), row * columns);
    values.set(other.values.subarray(row * other.columns, (row + 1) * other.columns), row * columns + one.columns);
  }
  return { rows: one.rows, columns, values };
}

export const rowsOf = ({ rows, columns, values }: Features): number[][] =>
  Array.from({ length: rows }, (_, row) => [...values.subarray(row * columns, (row + 1) * columns)]);

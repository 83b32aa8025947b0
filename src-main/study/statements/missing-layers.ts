import { Matrix, solve } from 'ml-matrix';
import { mean } from '../results/statistics.ts';
import { average, type Measured, type Unit } from './evidence.ts';

/** The mean over layers of each unit, as if it had all of them. */
export interface Evened {
  /** Rising n. */
  readonly layers: readonly number[];
  readonly sides: readonly (readonly Measured[])[];
}

/**
 * The means of units that have some of the layers only, which were drawn. A value is taken to be that of its unit and, added to
 * it, of its layer: what the layers of a unit are above the average of all, by least squares over units and layers, is taken from its
 * mean. Where no value is missing, that is nothing. Undefined where the layers can't be compared with each other, because no units
 * connect them.
 */
export function evened(sides: readonly (readonly Unit[])[], wanted: readonly number[]): Evened | undefined {
  const layers = wanted.filter((n) => sides.every((units) => units.some((unit) => unit.has(n))));
  const means = sides.map((units) => evenedSide(units, layers));
  return means.every((side) => side !== undefined) ? { layers, sides: means } : undefined;
}

function evenedSide(units: readonly Unit[], layers: readonly number[]): Measured[] | undefined {
  const having = units.map((unit) => layers.filter((n) => unit.has(n))).filter((own) => own.length > 0);
  if (layers.length === 0 || !areConnected(having, layers.length)) return undefined;
  // The normal equations of the layers, after the units have been eliminated; the ones make their sum zero.
  const equations = Matrix.ones(layers.length, layers.length);
  const sums = Matrix.zeros(layers.length, 1);
  for (const unit of units) {
    const own = layers.flatMap((n, place) => (unit.has(n) ? [{ place, points: unit.get(n)!.points }] : []));
    if (own.length === 0) continue;
    const centre = mean(own.map(({ points }) => points));
    for (const { place, points } of own) {
      sums.set(place, 0, sums.get(place, 0) + points - centre);
      equations.set(place, place, equations.get(place, place) + 1);
      for (const other of own) equations.set(place, other.place, equations.get(place, other.place) - 1 / own.length);
    }
  }
  const above = solve(equations, sums).to1DArray();
  return units.flatMap((unit) => {
    const places = layers.flatMap((n, place) => (unit.has(n) ? [place] : []));
    if (places.length === 0) return [];
    const own = average(places.map((place) => unit.get(layers[place])!));
    return [places.length === layers.length ? own : moved(own, -mean(places.map((place) => above[place])))];
  });
}

/** Whether each layer can be compared with each other one, by units that have both or by layers between them. */
function areConnected(having: readonly (readonly number[])[], layers: number): boolean {
  const reached = new Set(having[0]);
  for (let before = -1; before !== reached.size;) {
    before = reached.size;
    for (const own of having) if (own.some((n) => reached.has(n))) for (const n of own) reached.add(n);
  }
  return reached.size === layers;
}

const moved = (value: Measured, by: number): Measured => ({
  ...value,
  points: value.points + by,
  interval: { low: value.interval.low + by, high: value.interval.high + by },
});

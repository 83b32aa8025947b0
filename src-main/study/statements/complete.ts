import type { Unit } from './measured.ts';

/** Layers, and those units of each side that have all of them. */
export interface Complete {
  /** Rising n. */
  readonly layers: readonly number[];
  readonly sides: readonly (readonly Unit[])[];
}

/**
 * The largest part without gaps: of `wanted` the layers that the most units have, so that a failed run costs one n or one
 * replicate, not the statement. Decided by what is there, never by its values. Undefined where a side has nothing.
 */
export function completePart(sides: readonly (readonly Unit[])[], wanted: readonly number[]): Complete | undefined {
  const candidates = wanted.map((n): Complete => {
    const having = sides.map((units) => units.filter((unit) => unit.has(n)));
    const layers = wanted.filter((other) => having.flat().every((unit) => unit.has(other)));
    return { layers, sides: having };
  });
  const size = ({ sides }: Complete) => sides.flat().length;
  return candidates
    .filter((candidate) => candidate.sides.every((side) => side.length > 0))
    .sort((a, b) => size(b) - size(a) || b.layers.length - a.layers.length)[0];
}

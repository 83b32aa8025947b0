import { CholeskyDecomposition, Matrix } from 'ml-matrix';
import type { Plane, PlaneSize } from '../luminance.ts';
import { dot, unitOf, UnitProjection, type Basis, type Functions } from './projection.ts';

export interface SearchSpace {
  readonly least: readonly number[];
  readonly most: readonly number[];
  readonly starts: readonly (readonly number[])[];
}

/** Of all starts, so many are refined, the best of these to the end. */
const REFINED = 8;
const [FEW_STEPS, MANY_STEPS] = [12, 60];
/** Of the values' sum of squares: a step that gains less is the last. */
const LEAST_GAIN = 1e-9;
/** Of a step, in units of the mean diagonal element of the matrix that it is added to. */
const DAMPING = { first: 1e-2, least: 1e-7, most: 1e7, better: 1 / 6, worse: 5 };
/** So many numbers of functions at the starts are kept: those of usual kernels, 32 MB. */
const MOST_KEPT = 4e6;

/**
 * Searches the parameters at which two functions leave the least of the values of some pixels: from many starts, within
 * bounds, by Levenberg and Marquardt's method. The functions at the starts are the same for all values, and kept.
 */
class ParameterSearch {
  readonly #basis: Basis;
  readonly #space: SearchSpace;
  readonly #atStarts = new Map<readonly number[], Functions>();

  constructor(basis: Basis, space: SearchSpace) {
    this.#basis = basis;
    this.#space = space;
  }

  /** For values that are all 0, the first start. */
  find(values: Float64Array): readonly number[] {
    const { unit, length } = unitOf(values);
    if (length === 0 || values.length === 1) return this.#space.starts[0];
    const projection = new UnitProjection(unit, this.#basis);
    const refined = this.#space.starts
      .map((start) => ({ start, explained: projection.explained(start, this.#functionsAt(start, unit.length)) }))
      .sort((a, b) => b.explained - a.explained)
      .slice(0, REFINED)
      .map(({ start }) => descend(projection, start, this.#space, FEW_STEPS))
      .reduce((best, one) => (one.explained > best.explained ? one : best));
    return descend(projection, refined.parameters, this.#space, MANY_STEPS).parameters;
  }

  #functionsAt(start: readonly number[], pixels: number): Functions {
    const kept = this.#atStarts.get(start);
    if (kept) return kept;
    const functions = [new Float64Array(pixels), new Float64Array(pixels)] as const;
    this.#basis.write(start, ...functions);
    if (2 * pixels * this.#space.starts.length <= MOST_KEPT) this.#atStarts.set(start, functions);
    return functions;
  }
}

/** The search on planes of one size after the other; a search is kept until another size is asked for: a network has one. */
export function planeSearch(
  basisOf: (size: PlaneSize) => Basis,
  spaceOf: (size: PlaneSize) => SearchSpace,
): (plane: Plane) => readonly number[] {
  let last: (PlaneSize & { readonly search: ParameterSearch }) | undefined;
  return ({ rows, columns, values }) => {
    if (last?.rows !== rows || last.columns !== columns) {
      const size = { rows, columns };
      last = { ...size, search: new ParameterSearch(basisOf(size), spaceOf(size)) };
    }
    return last.search.find(values);
  };
}

/**
 * Steps of least squares, damped until they go downhill (Levenberg 1944, Marquardt 1963): with the tangents J and what is
 * left of the values r, a step d solves (J J^T + damping I) d = J r. Ours, because the library ml-levenberg-marquardt keeps
 * steps that go uphill, too: of 64 noisy Gabor functions of 5x5, 10 of its Gabor fits and 19 of its blobs were more than 0.1% of
 * the sum of squares short of the best that was found, with these steps 3 and 5.
 */
function descend(
  projection: UnitProjection,
  start: readonly number[],
  { least, most }: SearchSpace,
  steps: number,
): { readonly parameters: readonly number[]; readonly explained: number } {
  let parameters = start;
  let explained = projection.explained(start);
  let { products, gradient } = linearised(projection);
  let damping = DAMPING.first;
  for (let step = 0; step < steps && damping <= DAMPING.most; step++) {
    const d = solveDamped(products, gradient, damping);
    const next = parameters.map((value, place) => Math.min(most[place], Math.max(least[place], value + d[place])));
    const gain = projection.explained(next) - explained;
    if (!(gain > 0)) {
      damping *= DAMPING.worse;
      continue;
    }
    parameters = next;
    explained += gain;
    if (gain < LEAST_GAIN) break;
    damping = Math.max(DAMPING.least, damping * DAMPING.better);
    ({ products, gradient } = linearised(projection));
  }
  return { parameters, explained };
}

/** At the parameters that were asked for last: products of the tangents with each other, and with what is left of the values. */
function linearised(projection: UnitProjection) {
  const tangents = projection.tangents();
  const left = projection.left();
  return {
    products: tangents.map((one) => tangents.map((other) => dot(one, other))),
    gradient: tangents.map((tangent) => dot(tangent, left)),
  };
}

function solveDamped(products: readonly (readonly number[])[], gradient: readonly number[], damping: number): number[] {
  const mean = products.reduce((sum, row, place) => sum + row[place], 0) / products.length;
  const damped = new Matrix(products.map((row) => [...row]));
  for (let place = 0; place < damped.rows; place++)
    damped.set(place, place, damped.get(place, place) + damping * mean + Number.MIN_VALUE);
  return new CholeskyDecomposition(damped).solve(Matrix.columnVector([...gradient])).getColumn(0);
}

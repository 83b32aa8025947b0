import type { Plane, PlaneSize } from '../bank.ts';
import { productsWith, unitOf, UnitProjection, type Basis, type Functions } from './projection.ts';

/** Bounds of the parameters, and the points where the search begins. */
export interface SearchSpace {
  readonly least: readonly number[];
  readonly most: readonly number[];
  readonly starts: readonly (readonly number[])[];
}

/** So many of the best starts take FEW_STEPS each; the best of the results takes up to MANY_STEPS more. */
const REFINED = 8;
const [FEW_STEPS, MANY_STEPS] = [12, 60];
/** A step that gains less than this share of the values' sum of squares is the last. */
const LEAST_GAIN = 1e-9;
/** Damping of a step, in units of the mean diagonal element of the matrix that it is added to. */
const DAMPING = { first: 1e-2, least: 1e-7, most: 1e7, better: 1 / 6, worse: 5 };
/**
 * The functions at the starts are cached if they are at most so many numbers (32 MB), as they are for usual kernels.
 */
const MOST_CACHED = 4e6;

/**
 * Searches the parameters at which a sum of two functions fits the values of some pixels best: from many starts, within
 * bounds, by the method of Levenberg and Marquardt. The functions at the starts are the same for all values, and
 * cached.
 */
class ParameterSearch {
  readonly #basis: Basis;
  readonly #space: SearchSpace;
  #projection: UnitProjection | undefined;
  readonly #atStarts = new Map<readonly number[], Functions>();

  constructor(basis: Basis, space: SearchSpace) {
    this.#basis = basis;
    this.#space = space;
  }

  /** The parameters of the best fit. If all values are 0, they are the first start. */
  find(values: Float64Array): readonly number[] {
    const { unit, length } = unitOf(values);
    if (length === 0 || values.length === 1) return this.#space.starts[0];
    const projection = (this.#projection ??= new UnitProjection(unit.length, this.#basis)).of(unit);
    const { starts } = this.#space;
    const explained = starts.map((start) => projection.explained(start, this.#functionsAt(start, unit.length)));
    const refined = highest(explained, REFINED)
      .map((place) => descend(projection, starts[place], this.#space, FEW_STEPS))
      .reduce((best, one) => (one.explained > best.explained ? one : best));
    return descend(projection, refined.parameters, this.#space, MANY_STEPS).parameters;
  }

  #functionsAt(start: readonly number[], pixels: number): Functions {
    const cached = this.#atStarts.get(start);
    if (cached) return cached;
    const functions = [new Float64Array(pixels), new Float64Array(pixels)] as const;
    this.#basis.write(start, ...functions);
    if (2 * pixels * this.#space.starts.length <= MOST_CACHED) this.#atStarts.set(start, functions);
    return functions;
  }
}

/**
 * A search on planes of any size. It caches what depends on the size until it gets another one; a network has only one.
 */
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

/** The places of the highest values, from the highest on; of equal ones the first. */
export function highest(values: ArrayLike<number>, count: number): number[] {
  const places: number[] = [];
  for (let place = 0; place < values.length; place++) {
    let rank = places.length;
    while (rank > 0 && values[places[rank - 1]] < values[place]) rank -= 1;
    if (rank >= count) continue;
    places.splice(rank, 0, place);
    places.length = Math.min(count, places.length);
  }
  return places;
}

/** Values of some pixels and functions that are fitted to them, at one set of parameters after the other (`UnitProjection`). */
export type Fitting = Pick<UnitProjection, 'explained' | 'tangents' | 'residual'>;

/**
 * Takes steps of least squares, damped until they go downhill (Levenberg 1944, Marquardt 1963). With the tangents J and
 * the residual r, a step d solves (J J^T + damping I) d = J r. This is our own because the library
 * ml-levenberg-marquardt also keeps steps that go uphill: of 64 noisy Gabor functions of 5x5, 10 of its Gabor fits and
 * 19 of its blobs were short of the best fit found by more than 0.1% of the sum of squares; here 3 and 5 are.
 */
export function descend(
  projection: Fitting,
  start: readonly number[],
  { least, most }: SearchSpace,
  steps: number,
): { readonly parameters: readonly number[]; readonly explained: number } {
  const system = systemOf(start.length);
  let parameters = start;
  let explained = projection.explained(start);
  system.linearise(projection);
  let damping = DAMPING.first;
  for (let step = 0; step < steps && damping <= DAMPING.most; step++) {
    const d = system.solve(damping);
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
    system.linearise(projection);
  }
  return { parameters, explained };
}

/** One of each size, as steps are taken one after the other. */
const SYSTEMS = new Map<number, DampedSystem>();

function systemOf(size: number): DampedSystem {
  const system = SYSTEMS.get(size) ?? new DampedSystem(size);
  SYSTEMS.set(size, system);
  return system;
}

/**
 * The linear system of a step, solved by Cholesky's decomposition. A search solves a thousand of two to seven unknowns, which
 * is why none allocates anything.
 */
class DampedSystem {
  readonly #size: number;
  /** Products of the tangents with each other, row by row; of each row those up to the diagonal. */
  readonly #products: Float64Array;
  /** Products of the tangents with the residual. */
  readonly #gradient: Float64Array;
  /** The lower triangle L of the damped products, L L^T. */
  readonly #lower: Float64Array;
  readonly #solution: Float64Array;

  constructor(size: number) {
    this.#size = size;
    this.#products = new Float64Array(size * size);
    this.#lower = new Float64Array(size * size);
    this.#gradient = new Float64Array(size);
    this.#solution = new Float64Array(size);
  }

  /** Takes the tangents and the residual at the parameters of the last evaluation. */
  linearise(projection: Fitting): void {
    const size = this.#size;
    const tangents = projection.tangents();
    const residual = projection.residual();
    for (let row = 0; row < size; row++) {
      const tangent = tangents[row];
      // Two at once take as long as one, as a processor waits for no sum but its own.
      for (let column = 0; column < row; column += 2) {
        const { withFirst, withSecond } = productsWith(tangents[column], tangents[column + 1], tangent);
        this.#products[row * size + column] = withFirst;
        this.#products[row * size + column + 1] = withSecond;
      }
      const { withFirst: square, withSecond: gradient } = productsWith(tangent, residual, tangent);
      this.#products[row * size + row] = square;
      this.#gradient[row] = gradient;
    }
  }

  /** The step, valid until the next one is solved. */
  solve(damping: number): Float64Array {
    this.#decompose(damping);
    const [size, lower, x] = [this.#size, this.#lower, this.#solution];
    x.set(this.#gradient);
    for (let row = 0; row < size; row++) {
      for (let before = 0; before < row; before++) x[row] -= x[before] * lower[row * size + before];
      x[row] /= lower[row * size + row];
    }
    for (let row = size - 1; row >= 0; row--) {
      for (let after = row + 1; after < size; after++) x[row] -= x[after] * lower[after * size + row];
      x[row] /= lower[row * size + row];
    }
    return x;
  }

  #decompose(damping: number): void {
    const [size, products, lower] = [this.#size, this.#products, this.#lower];
    let mean = 0;
    for (let place = 0; place < size; place++) mean += products[place * size + place];
    mean /= size;
    for (let row = 0; row < size; row++) {
      let squares = 0;
      for (let column = 0; column < row; column++) {
        let sum = 0;
        for (let before = 0; before < column; before++)
          sum += lower[column * size + before] * lower[row * size + before];
        const value = (products[row * size + column] - sum) / lower[column * size + column];
        lower[row * size + column] = value;
        squares += value * value;
      }
      const left = products[row * size + row] + damping * mean + Number.MIN_VALUE - squares;
      if (!(left > 0)) throw new Error('the tangents of a fit are not numbers');
      lower[row * size + row] = Math.sqrt(left);
    }
  }
}

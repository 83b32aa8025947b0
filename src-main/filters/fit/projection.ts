/** Of each pixel, one number of either function. */
export type Functions = readonly [first: Float64Array, second: Float64Array];

/** Two functions of parameters that they are not linear in: of each pixel, one number each. */
export interface Basis {
  readonly parameters: number;
  readonly write: (parameters: readonly number[], first: Float64Array, second: Float64Array) => void;
  /**
   * How fast a times the first and b times the second function together grow with each of the parameters: writes
   * [parameters][pixels]. Given what `write` writes there.
   */
  readonly differentiate: (
    parameters: readonly number[],
    amplitudes: readonly [a: number, b: number],
    functions: Functions,
    into: readonly Float64Array[],
  ) => void;
}

export interface Projection {
  /** Of the two functions, in the unit of the values. */
  readonly amplitudes: readonly [number, number];
  /** Sum of the two functions at each pixel. */
  readonly fitted: Float64Array;
  /** Share of the sum of squares of the values, around zero, that `fitted` accounts for: 0 to 1. */
  readonly explained: number;
}

/** Beside the sum of squares of the functions: for where the two are the same, or one vanishes on every pixel. */
const RIDGE = 1e-9;

/**
 * The two functions at these parameters, with the best amplitudes: these have a closed form (variable projection, Golub and Pereyra
 * 1973), so that only the parameters need be searched (`parameter-search.ts`).
 */
export function projectionAt(values: Float64Array, basis: Basis, parameters: readonly number[]): Projection {
  const { unit, length } = unitOf(values);
  const projection = new UnitProjection(unit, basis);
  const explained = Math.min(1, Math.max(0, projection.explained(parameters)));
  const [first, second] = projection.amplitudes.map((amplitude) => amplitude * length);
  const fitted = projection.fitted().map((value) => value * length);
  return { amplitudes: [first, second], fitted, explained };
}

/** Values of length 1, so that tolerances mean the same for weak filters and strong ones; zeros stay zeros. */
export function unitOf(values: Float64Array): { unit: Float64Array; length: number } {
  const length = Math.sqrt(values.reduce((sum, value) => sum + value * value, 0));
  return { unit: length > 0 ? values.map((value) => value / length) : values, length };
}

/** The projection of values on the two functions, at one set of parameters after the other. */
export class UnitProjection {
  readonly #unit: Float64Array;
  readonly #basis: Basis;
  /** Where functions are written that are not yet. */
  readonly #own: Functions;
  readonly #tangents: readonly Float64Array[];
  /** Of the normal equations: products of the functions with themselves and with each other. */
  #squares: readonly [first: number, second: number, both: number] = [0, 0, 0];
  /** What was asked for last. */
  #parameters: readonly number[] = [];
  #functions: Functions;
  amplitudes: readonly [number, number] = [0, 0];

  constructor(unit: Float64Array, basis: Basis) {
    this.#unit = unit;
    this.#basis = basis;
    const pixels = () => new Float64Array(unit.length);
    this.#functions = this.#own = [pixels(), pixels()];
    this.#tangents = Array.from({ length: basis.parameters }, pixels);
  }

  /**
   * Share of the values' sum of squares, which is 1. Finds the best amplitudes by the normal equations.
   *
   * @param written the functions at these parameters, where they are known
   */
  explained(parameters: readonly number[], written?: Functions): number {
    if (!written) this.#basis.write(parameters, ...this.#own);
    this.#parameters = parameters;
    this.#functions = written ?? this.#own;
    const unit = this.#unit;
    const [first, second] = this.#functions;
    let [aa, bb, ab, va, vb] = [0, 0, 0, 0, 0];
    for (let pixel = 0; pixel < unit.length; pixel++) {
      const value = unit[pixel];
      const a = first[pixel];
      const b = second[pixel];
      aa += a * a;
      bb += b * b;
      ab += a * b;
      va += value * a;
      vb += value * b;
    }
    this.#squares = [aa, bb, ab];
    const [one, other] = (this.amplitudes = this.#solve(va, vb));
    return 2 * (one * va + other * vb) - (one * one * aa + 2 * one * other * ab + other * other * bb);
  }

  /** The multiples of the functions whose products with the functions are these. */
  #solve(withFirst: number, withSecond: number): [number, number] {
    const [aa, bb, ab] = this.#squares;
    const ridge = RIDGE * (aa + bb) + Number.MIN_VALUE;
    const determinant = (aa + ridge) * (bb + ridge) - ab * ab || 1;
    return [
      (withFirst * (bb + ridge) - withSecond * ab) / determinant,
      (withSecond * (aa + ridge) - withFirst * ab) / determinant,
    ];
  }

  /** At the parameters that were asked for last. */
  fitted(): Float64Array {
    const [a, b] = this.amplitudes;
    const [first, second] = this.#functions;
    return first.map((value, pixel) => a * value + b * second[pixel]);
  }

  /**
   * How the fitted values change with each of the parameters that were asked for last, [parameters][pixels], until the next
   * call: the derivatives less what the two functions can make of them, for the amplitudes follow (Kaufman 1975). What this
   * leaves out of the derivative is a sum of the two functions, at right angles to what is left of the values: the gradient
   * of the sum of squares is exact.
   */
  tangents(): readonly Float64Array[] {
    const [first, second] = this.#functions;
    this.#basis.differentiate(this.#parameters, this.amplitudes, this.#functions, this.#tangents);
    for (const tangent of this.#tangents) {
      const [one, other] = this.#solve(dot(first, tangent), dot(second, tangent));
      for (let pixel = 0; pixel < tangent.length; pixel++) tangent[pixel] -= one * first[pixel] + other * second[pixel];
    }
    return this.#tangents;
  }

  /** At the parameters that were asked for last: what the functions leave of the values. */
  left(): Float64Array {
    const fitted = this.fitted();
    return this.#unit.map((value, pixel) => value - fitted[pixel]);
  }
}

export function dot(a: Float64Array, b: Float64Array): number {
  let sum = 0;
  for (let pixel = 0; pixel < a.length; pixel++) sum += a[pixel] * b[pixel];
  return sum;
}

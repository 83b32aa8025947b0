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
    functions: readonly [first: Float64Array, second: Float64Array],
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
  readonly #first: Float64Array;
  readonly #second: Float64Array;
  readonly #tangents: readonly Float64Array[];
  /** Of the normal equations: products of the functions with themselves and with each other. */
  #squares: readonly [first: number, second: number, both: number] = [0, 0, 0];
  /** At the parameters that were asked for last. */
  amplitudes: readonly [number, number] = [0, 0];

  constructor(unit: Float64Array, basis: Basis) {
    this.#unit = unit;
    this.#basis = basis;
    const pixels = () => new Float64Array(unit.length);
    [this.#first, this.#second] = [pixels(), pixels()];
    this.#tangents = Array.from({ length: basis.parameters }, pixels);
  }

  /** Share of the values' sum of squares, which is 1. */
  explained(parameters: readonly number[]): number {
    this.#basis.write(parameters, this.#first, this.#second);
    return this.explainedBy(this.#first, this.#second);
  }

  /** The same by functions that are written already. Finds the best amplitudes by the normal equations. */
  explainedBy(first: Float64Array, second: Float64Array): number {
    const unit = this.#unit;
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
    const [first, second] = this.amplitudes;
    return this.#first.map((value, pixel) => first * value + second * this.#second[pixel]);
  }

  /**
   * How the fitted values change with each of the parameters, [parameters][pixels], until the next call: the derivatives less what the two functions
   * can make of them, for the amplitudes follow (Kaufman 1975). What this leaves out of the derivative is a sum of the two
   * functions, at right angles to what is left of the values: the gradient of the sum of squares is exact.
   */
  tangents(parameters: readonly number[]): readonly Float64Array[] {
    const [first, second] = [this.#first, this.#second];
    this.explained(parameters);
    this.#basis.differentiate(parameters, this.amplitudes, [first, second], this.#tangents);
    for (const tangent of this.#tangents) {
      let [withFirst, withSecond] = [0, 0];
      for (let pixel = 0; pixel < tangent.length; pixel++) {
        withFirst += first[pixel] * tangent[pixel];
        withSecond += second[pixel] * tangent[pixel];
      }
      const [one, other] = this.#solve(withFirst, withSecond);
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

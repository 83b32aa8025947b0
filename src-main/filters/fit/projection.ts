/** The values of the two functions at each pixel. */
export type Functions = readonly [first: Float64Array, second: Float64Array];

/** Two functions on the pixels that depend on parameters in a non-linear way. */
export interface Basis {
  /** How many parameters they have. */
  readonly parameters: number;
  /** Writes the values of both functions at each pixel. */
  readonly write: (parameters: readonly number[], first: Float64Array, second: Float64Array) => void;
  /**
   * Writes the derivatives of a times the first function plus b times the second by each of the parameters,
   * [parameters][pixels]. `functions` is what `write` has written for these parameters.
   */
  readonly differentiate: (
    parameters: readonly number[],
    amplitudes: readonly [a: number, b: number],
    functions: Functions,
    into: readonly Float64Array[],
  ) => void;
}

export interface Projection {
  /** Amplitudes of the two functions, in the unit of the values. */
  readonly amplitudes: readonly [number, number];
  /** The sum of the two functions, times their amplitudes, at each pixel. */
  readonly fitted: Float64Array;
  /** Share of the sum of squares of the values (around zero) that `fitted` explains, 0 to 1. */
  readonly explained: number;
}

/** A ridge, relative to the sum of squares of the functions, in case they are the same or one is 0 on every pixel. */
const RIDGE = 1e-9;

/**
 * Fits the amplitudes of the two functions at these parameters. The best amplitudes have a closed form (variable
 * projection, Golub and Pereyra 1973), so that only the parameters need to be searched (`parameter-search.ts`).
 */
export function projectionAt(values: Float64Array, basis: Basis, parameters: readonly number[]): Projection {
  const { unit, length } = unitOf(values);
  const projection = new UnitProjection(unit.length, basis).of(unit);
  const explained = Math.min(1, Math.max(0, projection.explained(parameters)));
  const [first, second] = projection.amplitudes.map((amplitude) => amplitude * length);
  const fitted = projection.fitted().map((value) => value * length);
  return { amplitudes: [first, second], fitted, explained };
}

/** Scales values to length 1, so that tolerances mean the same for weak and strong filters. Zeros stay zeros. */
export function unitOf(values: Float64Array): { unit: Float64Array; length: number } {
  const length = Math.sqrt(values.reduce((sum, value) => sum + value * value, 0));
  return { unit: length > 0 ? values.map((value) => value / length) : values, length };
}

/** The products of two functions with themselves and with each other, for the normal equations. */
export type Products = readonly [first: number, second: number, both: number];

/** The products of two functions with values. */
interface ProductsWith {
  readonly withFirst: number;
  readonly withSecond: number;
}

export function productsOf(
  first: Float64Array,
  second: Float64Array,
  values: Float64Array,
): ProductsWith & { readonly products: Products } {
  let [aa, bb, ab, va, vb] = [0, 0, 0, 0, 0];
  for (let pixel = 0; pixel < values.length; pixel++) {
    const value = values[pixel];
    const a = first[pixel];
    const b = second[pixel];
    aa += a * a;
    bb += b * b;
    ab += a * b;
    va += value * a;
    vb += value * b;
  }
  return { products: [aa, bb, ab], withFirst: va, withSecond: vb };
}

export function productsWith(first: Float64Array, second: Float64Array, values: Float64Array): ProductsWith {
  let [withFirst, withSecond] = [0, 0];
  for (let pixel = 0; pixel < values.length; pixel++) {
    withFirst += first[pixel] * values[pixel];
    withSecond += second[pixel] * values[pixel];
  }
  return { withFirst, withSecond };
}

/** The amplitudes for which the sum of two functions has these products with each of them. */
export function solved([aa, bb, ab]: Products, withFirst: number, withSecond: number): [number, number] {
  const ridge = RIDGE * (aa + bb) + Number.MIN_VALUE;
  const determinant = (aa + ridge) * (bb + ridge) - ab * ab || 1;
  return [
    (withFirst * (bb + ridge) - withSecond * ab) / determinant,
    (withSecond * (aa + ridge) - withFirst * ab) / determinant,
  ];
}

/** The projection of values on the two functions, at one set of parameters after the other. */
export class UnitProjection {
  #unit: Float64Array;
  readonly #basis: Basis;
  /** Where functions are written that the caller does not have. */
  readonly #own: Functions;
  #tangents: readonly Float64Array[] | undefined;
  #products: Products = [0, 0, 0];
  /** The parameters of the last evaluation. */
  #parameters: readonly number[] = [];
  #functions: Functions;
  readonly #residual: Float64Array;
  amplitudes: readonly [number, number] = [0, 0];

  constructor(length: number, basis: Basis) {
    const pixels = () => new Float64Array(length);
    this.#unit = pixels();
    this.#basis = basis;
    this.#functions = this.#own = [pixels(), pixels()];
    this.#residual = pixels();
  }

  /** Projects other values of length 1 from now on. */
  of(unit: Float64Array): this {
    this.#unit = unit;
    return this;
  }

  /**
   * Evaluates the functions at these parameters and finds their best amplitudes by the normal equations. Returns the
   * share of the values' sum of squares (which is 1) that they explain.
   *
   * @param written the functions at these parameters, if they are known already
   */
  explained(parameters: readonly number[], written?: Functions): number {
    if (!written) this.#basis.write(parameters, ...this.#own);
    this.#parameters = parameters;
    this.#functions = written ?? this.#own;
    const { products, withFirst, withSecond } = productsOf(...this.#functions, this.#unit);
    this.#products = products;
    const [a, b] = (this.amplitudes = solved(products, withFirst, withSecond));
    const [aa, bb, ab] = products;
    return 2 * (a * withFirst + b * withSecond) - (a * a * aa + 2 * a * b * ab + b * b * bb);
  }

  /** The sum of the two functions at the parameters of the last evaluation. */
  fitted(): Float64Array {
    const [a, b] = this.amplitudes;
    const [first, second] = this.#functions;
    return first.map((value, pixel) => a * value + b * second[pixel]);
  }

  /**
   * How the fitted values change with each parameter at the last evaluation, [parameters][pixels], valid until the next
   * call. These are the derivatives less their projection on the two functions, because the amplitudes follow the
   * parameters (Kaufman 1975). What is left out is a sum of the two functions and so at right angles to the residual:
   * the gradient of the sum of squares is exact.
   */
  tangents(): readonly Float64Array[] {
    const [first, second] = this.#functions;
    const tangents = (this.#tangents ??= Array.from({ length: this.#basis.parameters }, () => first.slice()));
    this.#basis.differentiate(this.#parameters, this.amplitudes, this.#functions, tangents);
    for (const tangent of tangents) {
      const { withFirst, withSecond } = productsWith(first, second, tangent);
      const [one, other] = solved(this.#products, withFirst, withSecond);
      for (let pixel = 0; pixel < tangent.length; pixel++) tangent[pixel] -= one * first[pixel] + other * second[pixel];
    }
    return tangents;
  }

  /** The values less the fitted ones, at the parameters of the last evaluation, valid until the next call. */
  residual(): Float64Array {
    const [unit, residual] = [this.#unit, this.#residual];
    const [a, b] = this.amplitudes;
    const [first, second] = this.#functions;
    for (let pixel = 0; pixel < unit.length; pixel++)
      residual[pixel] = unit[pixel] - (a * first[pixel] + b * second[pixel]);
    return residual;
  }
}

export function dot(a: Float64Array, b: Float64Array): number {
  let sum = 0;
  for (let pixel = 0; pixel < a.length; pixel++) sum += a[pixel] * b[pixel];
  return sum;
}

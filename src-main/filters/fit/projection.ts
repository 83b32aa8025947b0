import { levenbergMarquardt } from 'ml-levenberg-marquardt';

/** Writes two functions of parameters that they are not linear in: of each pixel, one number. */
export type Basis = (parameters: readonly number[], first: Float64Array, second: Float64Array) => void;

export interface SearchSpace {
  readonly least: readonly number[];
  readonly most: readonly number[];
  readonly starts: readonly (readonly number[])[];
}

export interface Projection {
  /** Of the two functions, in the unit of the values. */
  readonly amplitudes: readonly [number, number];
  /** Sum of the two functions at each pixel. */
  readonly fitted: Float64Array;
  /** Share of the sum of squares of the values, around zero, that `fitted` accounts for: 0 to 1. */
  readonly explained: number;
}

/** Of all starts, so many are refined; the best of these to the end. */
const REFINED = 5;
const [FEW_STEPS, MANY_STEPS] = [12, 40];
/** Beside the sum of squares of the functions: for where the two are the same, or one vanishes on every pixel. */
const RIDGE = 1e-9;

/**
 * Least squares of two functions with parameters (variable projection, Golub and Pereyra 1973): at any parameters the best
 * amplitudes have a closed form (`projectionAt`), so that only the parameters are searched: from many starts, within bounds,
 * by Levenberg and Marquardt's method. Of values that are all 0, the first start.
 */
export function searchParameters(values: Float64Array, basis: Basis, space: SearchSpace): readonly number[] {
  const { unit, length } = unitOf(values);
  return length > 0 && values.length > 1 ? searched(new UnitProjection(unit, basis), space) : space.starts[0];
}

/** The two functions at these parameters, with the best amplitudes. */
export function projectionAt(values: Float64Array, basis: Basis, parameters: readonly number[]): Projection {
  const { unit, length } = unitOf(values);
  const projection = new UnitProjection(unit, basis);
  const explained = Math.min(1, Math.max(0, projection.explained(parameters)));
  const [first, second] = projection.amplitudes.map((amplitude) => amplitude * length);
  const fitted = projection.fitted().map((value) => value * length);
  return { amplitudes: [first, second], fitted, explained };
}

/** Values of length 1, so that tolerances mean the same for weak filters and strong ones; zeros stay zeros. */
function unitOf(values: Float64Array): { unit: Float64Array; length: number } {
  const length = Math.sqrt(values.reduce((sum, value) => sum + value * value, 0));
  return { unit: length > 0 ? values.map((value) => value / length) : values, length };
}

function searched(projection: UnitProjection, space: SearchSpace): readonly number[] {
  const refined = space.starts
    .map((start) => ({ start, explained: projection.explained(start) }))
    .sort((a, b) => b.explained - a.explained)
    .slice(0, REFINED)
    .map(({ start }) => projection.refine(start, space, FEW_STEPS))
    .reduce((best, one) => (one.parameterError < best.parameterError ? one : best));
  return projection.refine(refined.parameterValues, space, MANY_STEPS).parameterValues;
}

/** The projection of values on the two functions, at one set of parameters after the other. */
class UnitProjection {
  readonly #unit: Float64Array;
  readonly #basis: Basis;
  readonly #first: Float64Array;
  readonly #second: Float64Array;
  /** At the parameters that were asked for last. */
  amplitudes: readonly [number, number] = [0, 0];

  constructor(unit: Float64Array, basis: Basis) {
    this.#unit = unit;
    this.#basis = basis;
    this.#first = new Float64Array(unit.length);
    this.#second = new Float64Array(unit.length);
  }

  /** Share of the values' sum of squares, which is 1. Finds the best amplitudes by the normal equations. */
  explained(parameters: readonly number[]): number {
    this.#basis(parameters, this.#first, this.#second);
    let [aa, bb, ab, va, vb] = [0, 0, 0, 0, 0];
    for (let pixel = 0; pixel < this.#unit.length; pixel++) {
      const value = this.#unit[pixel];
      const a = this.#first[pixel];
      const b = this.#second[pixel];
      aa += a * a;
      bb += b * b;
      ab += a * b;
      va += value * a;
      vb += value * b;
    }
    const ridge = RIDGE * (aa + bb) + Number.MIN_VALUE;
    const determinant = (aa + ridge) * (bb + ridge) - ab * ab || 1;
    const first = (va * (bb + ridge) - vb * ab) / determinant;
    const second = (vb * (aa + ridge) - va * ab) / determinant;
    this.amplitudes = [first, second];
    return 2 * (first * va + second * vb) - (first * first * aa + 2 * first * second * ab + second * second * bb);
  }

  fitted(): Float64Array {
    const [first, second] = this.amplitudes;
    const fitted = new Float64Array(this.#unit.length);
    for (let pixel = 0; pixel < fitted.length; pixel++)
      fitted[pixel] = first * this.#first[pixel] + second * this.#second[pixel];
    return fitted;
  }

  refine(start: readonly number[], { least, most }: SearchSpace, steps: number) {
    return levenbergMarquardt(
      { x: Array.from(this.#unit, (_, pixel) => pixel), y: this.#unit },
      (parameters) => {
        this.explained(parameters);
        const fitted = this.fitted();
        return (pixel) => fitted[pixel];
      },
      {
        initialValues: [...start],
        minValues: [...least],
        maxValues: [...most],
        gradientDifference: 1e-5,
        maxIterations: steps,
        errorTolerance: 1e-12,
      },
    );
  }
}

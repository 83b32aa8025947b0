import type { Plane, PlaneSize } from '../bank.ts';
import { descend, type SearchSpace } from './parameter-search.ts';
import { dot, type Functions, unitOf } from './projection.ts';
import { GRATING_PARAMETERS, gratingBasis, gratingSpace, isGrating } from './waves.ts';

/** Two gratings that cross: a wave vector (2), amplitude and phase each. */
export const PLAID_PARAMETERS = 2 * GRATING_PARAMETERS;

/** So many gratings, the best by themselves, are tried with each other one, and so many of the pairs are moved together. */
const FIRSTS = 24;
const PAIRS = 4;
const [FEW_STEPS, MANY_STEPS] = [15, 60];
/** As in `projection.ts`. */
const RIDGE = 1e-9;

/** Bounds of the wave vectors [u, v, u', v'] of two gratings. */
export function plaidSpace(size: PlaneSize): SearchSpace {
  const { least, most, starts } = gratingSpace(size);
  return { least: [...least, ...least], most: [...most, ...most], starts: [[...starts[0], ...starts[0]]] };
}

/** Whether both gratings repeat within the plane. */
export const isPlaid = ([u, v, otherU, otherV]: readonly number[], size: PlaneSize): boolean =>
  isGrating([u, v], size) && isGrating([otherU, otherV], size);

/** Searches the pair of gratings that explains most together. One after the other they would settle for less where they are alike. */
export function searchPlaid(plane: Plane): readonly number[] {
  const space = plaidSpace(plane);
  const { unit, length } = unitOf(plane.values);
  if (length === 0) return space.starts[0];
  const pair = new PairProjection(unit, plane);
  const best = bestPairs(unit, plane)
    .map((start) => descend(pair, start, space, FEW_STEPS))
    .reduce((best, one) => (one.explained > best.explained ? one : best));
  return descend(pair, best.parameters, space, MANY_STEPS).parameters;
}

/** The share of a plane's sum of squares that two gratings explain together. */
export function plaidExplained(plane: Plane, parameters: readonly number[]): number {
  const { unit, length } = unitOf(plane.values);
  if (length === 0) return 0;
  return Math.min(1, Math.max(0, new PairProjection(unit, plane).explained(parameters)));
}

/** A start of one grating, with its functions and their sums of squares. */
interface Start {
  readonly wave: readonly number[];
  readonly functions: Functions;
  readonly squares: readonly [cos: number, sin: number];
}

/** Those of the planes of the last size: a network has only one. */
let last: (PlaneSize & { readonly starts: readonly Start[] }) | undefined;

function startsOf({ rows, columns }: PlaneSize): readonly Start[] {
  if (last?.rows !== rows || last.columns !== columns) {
    const size = { rows, columns };
    const basis = gratingBasis(size);
    const starts = gratingSpace(size).starts.map((wave): Start => {
      const functions = [new Float64Array(rows * columns), new Float64Array(rows * columns)] as const;
      basis.write(wave, ...functions);
      return { wave, functions, squares: [dot(functions[0], functions[0]), dot(functions[1], functions[1])] };
    });
    last = { ...size, starts };
  }
  return last.starts;
}

/** Pairs of starts that explain most. */
function bestPairs(unit: Float64Array, size: PlaneSize): number[][] {
  const gratings = startsOf(size)
    .map(({ wave, functions, squares }) => {
      const values = [dot(functions[0], unit), dot(functions[1], unit)];
      const explained = values[0] ** 2 / (squares[0] || 1) + values[1] ** 2 / (squares[1] || 1);
      return { wave, functions, squares, values, explained };
    })
    .sort((one, other) => other.explained - one.explained);
  const together = (first: (typeof gratings)[number], second: typeof first): number => {
    let explained = 0;
    for (let part = 0; part < 2; part++) {
      const both = dot(first.functions[part], second.functions[part]);
      const [one, other] = [first.values[part], second.values[part]];
      const [a, b] = solved([first.squares[part], second.squares[part], both], one, other);
      explained += a * one + b * other;
    }
    return explained;
  };
  return gratings
    .slice(0, FIRSTS)
    .flatMap((first, place) =>
      gratings.slice(place + 1).map((second) => ({ first, second, explained: together(first, second) })),
    )
    .sort((one, other) => other.explained - one.explained)
    .slice(0, PAIRS)
    .map(({ first, second }) => [...first.wave, ...second.wave]);
}

/** Sums of squares of two functions, and of their product. */
type Products = readonly [first: number, second: number, both: number];

/** The amplitudes for which the sum of two functions has these products with each of them. */
function solved([first, second, both]: Products, withFirst: number, withSecond: number): [number, number] {
  const ridge = RIDGE * (first + second) + Number.MIN_VALUE;
  const determinant = (first + ridge) * (second + ridge) - both * both || 1;
  return [
    (withFirst * (second + ridge) - withSecond * both) / determinant,
    (withSecond * (first + ridge) - withFirst * both) / determinant,
  ];
}

/**
 * The projection of values on the cosines and sines of two gratings, as `UnitProjection` is on those of one. Around the middle of a
 * plane cosines are even and sines odd, so that each of the two pairs is fitted by itself.
 */
class PairProjection {
  readonly #unit: Float64Array;
  readonly #basis: ReturnType<typeof gratingBasis>;
  /** The cosines of both gratings, and their sines. */
  readonly #parts: readonly [cosines: Functions, sines: Functions];
  readonly #tangents: readonly Float64Array[];
  #products: readonly Products[] = [];
  #amplitudes: readonly (readonly [number, number])[] = [];

  constructor(unit: Float64Array, size: PlaneSize) {
    this.#unit = unit;
    this.#basis = gratingBasis(size);
    const pixels = () => new Float64Array(unit.length);
    this.#parts = [
      [pixels(), pixels()],
      [pixels(), pixels()],
    ];
    this.#tangents = Array.from({ length: 4 }, pixels);
  }

  explained([u, v, otherU, otherV]: readonly number[]): number {
    const [cosines, sines] = this.#parts;
    this.#basis.write([u, v], cosines[0], sines[0]);
    this.#basis.write([otherU, otherV], cosines[1], sines[1]);
    this.#products = this.#parts.map(([one, other]) => [dot(one, one), dot(other, other), dot(one, other)]);
    const values = this.#parts.map(([one, other]) => [dot(one, this.#unit), dot(other, this.#unit)] as const);
    this.#amplitudes = values.map(([one, other], part) => solved(this.#products[part], one, other));
    return this.#amplitudes.reduce((sum, [a, b], part) => {
      const [first, second, both] = this.#products[part];
      return (
        sum + 2 * (a * values[part][0] + b * values[part][1]) - (a * a * first + 2 * a * b * both + b * b * second)
      );
    }, 0);
  }

  /** Less their projection on the functions, because the amplitudes follow the wave vectors (Kaufman 1975). */
  tangents(): readonly Float64Array[] {
    const [cosines, sines] = this.#parts;
    const [even, odd] = this.#amplitudes;
    for (const wave of [0, 1])
      this.#basis.differentiate(
        [],
        [even[wave], odd[wave]],
        [cosines[wave], sines[wave]],
        this.#tangents.slice(2 * wave, 2 * wave + 2),
      );
    for (const tangent of this.#tangents) {
      const along = this.#parts.map(([one, other], part) =>
        solved(this.#products[part], dot(one, tangent), dot(other, tangent)),
      );
      this.#subtract(along, tangent);
    }
    return this.#tangents;
  }

  residual(): Float64Array {
    const rest = Float64Array.from(this.#unit);
    this.#subtract(this.#amplitudes, rest);
    return rest;
  }

  /** Takes the functions times these amplitudes from values. */
  #subtract([even, odd]: readonly (readonly [number, number])[], from: Float64Array): void {
    const [[cos, otherCos], [sin, otherSin]] = this.#parts;
    for (let pixel = 0; pixel < from.length; pixel++)
      from[pixel] -= even[0] * cos[pixel] + even[1] * otherCos[pixel] + odd[0] * sin[pixel] + odd[1] * otherSin[pixel];
  }
}

import type { Plane, PlaneSize } from '../bank.ts';
import { products } from '../../network/products.ts';
import { descend, highest, type SearchSpace } from './parameter-search.ts';
import { dot, type Functions, type Products, productsOf, productsWith, solved, unitOf } from './projection.ts';
import { GRATING_PARAMETERS, gratingBasis, gratingSpace, isGrating } from './waves.ts';

/** Two gratings that cross: a wave vector (2), amplitude and phase each. */
export const PLAID_PARAMETERS = 2 * GRATING_PARAMETERS;

/** So many gratings, the best by themselves, are tried with each other one, and so many of the pairs are moved together. */
const FIRSTS = 24;
const PAIRS = 4;
const [FEW_STEPS, MANY_STEPS] = [15, 60];

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

/** The starts of one grating: their functions, and the sums of squares of each. */
interface Starts extends PlaneSize {
  readonly waves: SearchSpace['starts'];
  readonly cosines: readonly Float64Array[];
  readonly sines: readonly Float64Array[];
  readonly squares: readonly [cosines: Float64Array, sines: Float64Array];
  /** Products of the functions of two starts, [starts][starts]; absent where there are so many that they would take long. */
  readonly crossed?: readonly [cosines: readonly Float64Array[], sines: readonly Float64Array[]];
}

/** Starts that all pairs are multiplied of beforehand, at most: those of kernels of 16 x 16. */
const MOST_CROSSED = 600;

/** Those of the planes of the last size: a network has only one. */
let last: Starts | undefined;

function startsOf({ rows, columns }: PlaneSize): Starts {
  if (last?.rows === rows && last.columns === columns) return last;
  const size = { rows, columns };
  const basis = gratingBasis(size);
  const waves = gratingSpace(size).starts;
  const [cosines, sines] = [0, 1].map(() => waves.map(() => new Float64Array(rows * columns)));
  waves.forEach((wave, place) => basis.write(wave, cosines[place], sines[place]));
  const squares = (of: readonly Float64Array[]) => Float64Array.from(of, (one) => dot(one, one));
  last = {
    ...{ ...size, waves, cosines, sines, squares: [squares(cosines), squares(sines)] },
    ...(waves.length <= MOST_CROSSED && { crossed: [products(cosines, cosines), products(sines, sines)] }),
  };
  return last;
}

/** Pairs of starts that explain most. */
function bestPairs(unit: Float64Array, size: PlaneSize): number[][] {
  const { waves, cosines, sines, squares, crossed } = startsOf(size);
  const parts = [cosines, sines].map((functions, part) => ({
    functions,
    squares: squares[part],
    values: Float64Array.from(functions, (one) => dot(one, unit)),
    crossed: crossed?.[part],
  }));
  const byItself = waves.map((_, place) =>
    parts.reduce((sum, { values, squares }) => sum + values[place] ** 2 / (squares[place] || 1), 0),
  );
  const order = waves.map((_, place) => place).sort((one, other) => byItself[other] - byItself[one]);
  const pairs: [first: number, second: number][] = [];
  const together: number[] = [];
  for (let rank = 0; rank < Math.min(FIRSTS, order.length); rank++)
    for (let next = rank + 1; next < order.length; next++) {
      const [first, second] = [order[rank], order[next]];
      let explained = 0;
      for (const { functions, squares, values, crossed } of parts) {
        const both = crossed ? crossed[first][second] : dot(functions[first], functions[second]);
        const [a, b] = solved([squares[first], squares[second], both], values[first], values[second]);
        explained += a * values[first] + b * values[second];
      }
      pairs.push([first, second]);
      together.push(explained);
    }
  return highest(together, PAIRS).map((place) => pairs[place].flatMap((start) => waves[start]));
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
  readonly #residual: Float64Array;
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
    this.#residual = pixels();
  }

  explained([u, v, otherU, otherV]: readonly number[]): number {
    const [cosines, sines] = this.#parts;
    this.#basis.write([u, v], cosines[0], sines[0]);
    this.#basis.write([otherU, otherV], cosines[1], sines[1]);
    const [even, odd] = this.#parts.map((functions) => productsOf(...functions, this.#unit));
    this.#products = [even.products, odd.products];
    this.#amplitudes = [
      solved(even.products, even.withFirst, even.withSecond),
      solved(odd.products, odd.withFirst, odd.withSecond),
    ];
    return [even, odd].reduce((sum, { products: [aa, bb, ab], withFirst, withSecond }, part) => {
      const [a, b] = this.#amplitudes[part];
      return sum + 2 * (a * withFirst + b * withSecond) - (a * a * aa + 2 * a * b * ab + b * b * bb);
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
      const along = this.#parts.map(([one, other], part) => {
        const { withFirst, withSecond } = productsWith(one, other, tangent);
        return solved(this.#products[part], withFirst, withSecond);
      });
      this.#subtract(along, tangent);
    }
    return this.#tangents;
  }

  residual(): Float64Array {
    this.#residual.set(this.#unit);
    this.#subtract(this.#amplitudes, this.#residual);
    return this.#residual;
  }

  /** Takes the functions times these amplitudes from values. */
  #subtract([even, odd]: readonly (readonly [number, number])[], from: Float64Array): void {
    const [[cos, otherCos], [sin, otherSin]] = this.#parts;
    const [ofCos, ofOtherCos] = even;
    const [ofSin, ofOtherSin] = odd;
    for (let pixel = 0; pixel < from.length; pixel++)
      from[pixel] -=
        ofCos * cos[pixel] + ofOtherCos * otherCos[pixel] + ofSin * sin[pixel] + ofOtherSin * otherSin[pixel];
  }
}

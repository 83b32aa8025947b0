import type { Network } from '../network/network.ts';
import { layerOfUnits } from '../network/receptive-field.ts';

/** The images that excite each unit of a layer most. A unit is a channel of a convolution or a unit of a dense layer. */
export interface LayerTops {
  readonly n: number;
  readonly units: number;
  /** Number of images that are kept for each unit. */
  readonly most: number;
  /** [units, most]: image numbers, best first, each once. */
  readonly images: Int32Array;
  /** [units, most]: the place of the unit's greatest response in the layer's output, row * columns + column. */
  readonly places: Int32Array;
  /** [units, most]: the output of its convolution or matrix product there, bias included, before its ReLU. */
  readonly responses: Float32Array;
  /** [units]: its least response to an image, each image being taken at its best place. */
  readonly least: Float32Array;
}

/** One of the images that excite a unit. */
export interface Exciting {
  readonly image: number;
  readonly row: number;
  readonly column: number;
  readonly response: number;
}

/**
 * `answers`: its responses differ between images. `silent`: they are never above zero, so that its ReLU is zero for every
 * image. `constant`: they are the same for every image. `broken`: they are not numbers.
 */
export type UnitState = 'answers' | 'silent' | 'constant' | 'broken';

/** Relative difference of responses that are the same: float32 sums in another order. */
const SAME = 1e-5;

/** The images that excite a unit most, best first. */
export function excitingOf({ most, images, places, responses }: LayerTops, unit: number, columns: number): Exciting[] {
  return Array.from({ length: most }, (_, place) => {
    const at = unit * most + place;
    const [row, column] = [Math.floor(places[at] / columns), places[at] % columns];
    return { image: images[at], row, column, response: responses[at] };
  });
}

export function unitState(network: Network, { n, most, responses, least }: LayerTops, unit: number): UnitState {
  const greatest = responses[unit * most];
  if (!Number.isFinite(greatest) || !Number.isFinite(least[unit])) return 'broken';
  if (greatest - least[unit] <= SAME * Math.max(Math.abs(greatest), Math.abs(least[unit]))) return 'constant';
  return isRectified(network, n) && greatest <= 0 ? 'silent' : 'answers';
}

/** Between a layer and its ReLU, these leave what is never above zero so. */
const SIGN_KEEPING: ReadonlySet<string> = new Set(['pool', 'lrn', 'dropout']);

/** Whether a ReLU reads the units of layer n. */
function isRectified(network: Network, n: number): boolean {
  const { place } = layerOfUnits(network, n);
  const origin = (at: number): number => {
    const layer = network.layers[at];
    return at !== place && layer && SIGN_KEEPING.has(layer.spec.type) ? origin(layer.sources[0]) : at;
  };
  return network.layers.some(({ spec, sources }) => spec.type === 'relu' && origin(sources[0]) === place);
}

/** Collects the most exciting images of each unit, image by image. */
export class TopsCollector {
  readonly #tops: LayerTops;

  constructor(n: number, units: number, most: number) {
    this.#tops = {
      ...{ n, units, most },
      images: new Int32Array(units * most).fill(-1),
      places: new Int32Array(units * most),
      responses: new Float32Array(units * most).fill(-Infinity),
      least: new Float32Array(units).fill(Infinity),
    };
  }

  /** @param values of one image, [units, area] */
  add(image: number, values: Float32Array): void {
    const { units, least } = this.#tops;
    const area = values.length / units;
    for (let unit = 0; unit < units; unit++) {
      let best = unit * area;
      for (let at = best + 1; at < (unit + 1) * area; at++) if (!(values[at] <= values[best])) best = at;
      const response = values[best];
      if (!(response >= least[unit])) least[unit] = response;
      this.#insert(unit, image, best - unit * area, response);
    }
  }

  result(): LayerTops {
    return this.#tops;
  }

  /** Of equal responses, the first image stays first. */
  #insert(unit: number, image: number, place: number, response: number): void {
    const { most, images, places, responses } = this.#tops;
    const first = unit * most;
    let at = first + most;
    while (at > first && !(response <= responses[at - 1])) at--;
    if (at === first + most) return;
    images.copyWithin(at + 1, at, first + most - 1);
    places.copyWithin(at + 1, at, first + most - 1);
    responses.copyWithin(at + 1, at, first + most - 1);
    images[at] = image;
    places[at] = place;
    responses[at] = response;
  }
}

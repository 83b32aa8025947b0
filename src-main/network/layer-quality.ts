import type { LayerQualities } from '../common/results/layer-quality.ts';
import { RandomStream } from '../random.ts';
import type { Network, Parameter } from './network.ts';
import { products, unitVectors } from './products.ts';
import type { Tensor } from './weights.ts';

/** Weights below this share of the layer's largest count as zero (Gavrikov and Keuper 2022, CNN Filter DB). */
const NEARLY_ZERO = 0.01;

/** The weights of the convolutions of a layer n, [filters, channels, rows, columns]; none, where it is dense. */
export const kernelsOf = ({ parameters }: Pick<Network, 'parameters'>, n: number): Parameter[] =>
  parameters.filter((one) => one.n === n && one.role === 'weight' && one.shape.length === 4);

/** Filters of a layer that are held against each other while a network learns, at most: some hundredths of a second. */
const MOST_FILTERS = 64;

/**
 * Sparsity and orthogonality of every layer n below the last that has kernels, at any step of a training; means, where it has several
 * convolutions.
 */
export async function layerQualities(
  network: Pick<Network, 'parameters' | 'depth'>,
  weightOf: (name: string) => Promise<Tensor>,
): Promise<LayerQualities> {
  const found: LayerQualities[number][] = [];
  for (let n = 1; n < network.depth; n++) {
    const kernels = kernelsOf(network, n);
    let [sparse, orthogonal] = [0, 0];
    for (const { name } of kernels) {
      const weight = await weightOf(name);
      sparse += sparsity(weight) / kernels.length;
      orthogonal += Math.max(0, orthogonality(someFilters(weight))) / kernels.length;
    }
    if (kernels.length > 0) found.push({ n, sparsity: sparse, orthogonality: orthogonal });
  }
  return found;
}

/** Filters of a layer, all or so many that are drawn by a fixed seed, the same of every network of its shape. */
function someFilters({ shape: [filters, ...each], data }: Tensor): Tensor {
  if (filters <= MOST_FILTERS) return { shape: [filters, ...each], data };
  const size = data.length / filters;
  const some = new Float32Array(MOST_FILTERS * size);
  const drawn = new RandomStream('filters', filters, ...each).shuffle(
    Uint32Array.from({ length: filters }, (_, i) => i),
  );
  for (let place = 0; place < MOST_FILTERS; place++)
    some.set(data.subarray(drawn[place] * size, (drawn[place] + 1) * size), place * size);
  return { shape: [MOST_FILTERS, ...each], data: some };
}

/** The share of a layer's kernels (one channel of one filter) all of whose weights are nearly zero, 0 to 1. */
export function sparsity({ shape: [filters, channels, rows, columns], data }: Tensor): number {
  const area = rows * columns;
  // Loops, as layers of millions of weights are measured while they learn.
  let most = 0;
  for (let place = 0; place < data.length; place++) if (Math.abs(data[place]) > most) most = Math.abs(data[place]);
  if (most === 0) return 1;
  const limit = NEARLY_ZERO * most;
  let sparse = 0;
  for (let kernel = 0; kernel < filters * channels; kernel++) {
    let place = kernel * area;
    const end = place + area;
    while (place < end && !(Math.abs(data[place]) >= limit)) place++;
    if (place === end) sparse += 1;
  }
  return sparse / (filters * channels);
}

/**
 * 1 if all filters of a layer are at right angles to each other, 0 if all are the same up to a factor: 1 less the root of
 * the mean squared cosine of two filters, after Gavrikov and Keuper (2022), Adversarial robustness through the lens of
 * convolutional filters. Filters of zeros are left out; 1 where fewer than two are left.
 */
export function orthogonality({ shape: [filters], data }: Tensor): number {
  const units = unitVectors(data, data.length / filters).filter((unit) => unit.some((value) => value !== 0));
  let [sum, pairs] = [0, 0];
  units.forEach((one, place) => {
    const [cosines] = products([one], units.slice(place + 1));
    for (const cosine of cosines) {
      sum += cosine * cosine;
      pairs += 1;
    }
  });
  return pairs > 0 ? 1 - Math.sqrt(sum / pairs) : 1;
}

import type { Tensor } from '../network/weights.ts';
import { bankShape, filterWeights } from './bank.ts';

/** Weights below this share of the layer's largest count as zero (Gavrikov and Keuper 2022, CNN Filter DB). */
const NEARLY_ZERO = 0.01;

/** The share of a layer's kernels (one channel of one filter) all of whose weights are nearly zero, 0 to 1. */
export function sparsity(weight: Tensor): number {
  const [filters, channels, rows, columns] = bankShape(weight);
  const area = rows * columns;
  const limit = NEARLY_ZERO * weight.data.reduce((most, value) => Math.max(most, Math.abs(value) || 0), 0);
  let sparse = 0;
  for (let kernel = 0; kernel < filters * channels; kernel++)
    if (weight.data.subarray(kernel * area, (kernel + 1) * area).every((value) => !(Math.abs(value) >= limit)))
      sparse += 1;
  return limit > 0 ? sparse / (filters * channels) : 1;
}

/**
 * 1 if all filters of a layer are at right angles to each other, 0 if all are the same up to a factor: 1 less the root of
 * the mean squared cosine of two filters, after Gavrikov and Keuper (2022), Adversarial robustness through the lens of
 * convolutional filters. Filters of zeros are left out; 1 where fewer than two are left.
 */
export function orthogonality(weight: Tensor): number {
  const units = Array.from({ length: weight.shape[0] }, (_, filter) => {
    const weights = Float64Array.from(filterWeights(weight, filter), (value) => (Number.isFinite(value) ? value : 0));
    const norm = Math.sqrt(weights.reduce((sum, value) => sum + value * value, 0));
    return norm > 0 ? weights.map((value) => value / norm) : undefined;
  }).filter((unit) => unit !== undefined);
  let [sum, pairs] = [0, 0];
  units.forEach((one, place) => {
    for (const other of units.slice(place + 1)) {
      let cosine = 0;
      for (let index = 0; index < one.length; index++) cosine += one[index] * other[index];
      sum += cosine * cosine;
      pairs += 1;
    }
  });
  return pairs > 0 ? 1 - Math.sqrt(sum / pairs) : 1;
}

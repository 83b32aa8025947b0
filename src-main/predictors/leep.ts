import type { Features, Labels, Predictor } from './features.ts';

/** Of the whole source network. */
export const LEEP = {
  id: 'leep',
  name: 'LEEP',
  what: 'source classes to labels, of the whole network: the same at every n (Nguyen et al. 2020)',
  digits: 3,
} as const satisfies Predictor;

/**
 * LEEP: Nguyen, Hassner, Seeger and Archambeau, "LEEP: A New Measure to Evaluate Transferability of Learned
 * Representations", ICML 2020, equations 1 and 2. It is the mean log likelihood of a classifier that needs no training:
 * a source class z is drawn from the source network's softmax, then a target class y from the empirical P(y | z).
 *
 * @param probabilities θ(x)_z, softmax of the source network on the target's training images, [N, source classes]
 * @returns nats, at most 0; larger is better
 */
export function leep({ rows, columns, values }: Features, labels: Labels): number {
  const joint = new Float64Array(labels.classes * columns);
  const marginal = new Float64Array(columns);
  for (let row = 0; row < rows; row++)
    for (let z = 0; z < columns; z++) {
      const value = values[row * columns + z] / rows;
      joint[labels.values[row] * columns + z] += value;
      marginal[z] += value;
    }
  let sum = 0;
  for (let row = 0; row < rows; row++) {
    let likelihood = 0;
    // P(y | z) = P(y, z) / P(z). A source class of probability 0 for all images adds nothing.
    for (let z = 0; z < columns; z++)
      if (marginal[z] > 0)
        likelihood += (joint[labels.values[row] * columns + z] / marginal[z]) * values[row * columns + z];
    sum += Math.log(likelihood);
  }
  return sum / rows;
}

/** The softmax of each row. */
export function softmax({ rows, columns, values }: Features): Features {
  const result = new Float64Array(values.length);
  for (let row = 0; row < rows; row++) {
    const logits = values.subarray(row * columns, (row + 1) * columns);
    const highest = Math.max(...logits);
    const powers = Float64Array.from(logits, (logit) => Math.exp(logit - highest));
    const total = powers.reduce((sum, power) => sum + power, 0);
    powers.forEach((power, column) => (result[row * columns + column] = power / total));
  }
  return { rows, columns, values: result };
}

import { classSums, gramSpectrum, ROUNDING, type Features, type Labels, type LayerPredictor } from './features.ts';

export const LOG_ME = {
  id: 'logMe',
  name: 'LogME',
  what: 'evidence of linear regression to the labels (You et al. 2021)',
  digits: 3,
  measure: ({ train }) => logMe(train.features, train.labels),
} as const satisfies LayerPredictor;

const MOST_ROUNDS = 100;
/** The fixed-point iteration ends when α / β changes by less than this fraction. */
const TOLERANCE = 1e-6;
/** Precisions are limited to this, so that features that explain the labels without any error don't overflow. */
const HIGHEST = 1e10;

/**
 * LogME: You, Liu, Wang and Long, "LogME: Practical Assessment of Pre-trained Models for Transfer Learning", ICML 2021,
 * section 4 and algorithm 1. It is the log evidence of Bayesian linear regression from the features F to each class's
 * 0-1 label y, maximised over the precisions α of the weights and β of the noise, per image and averaged over classes.
 *
 * @param features of the target's training images, [N, D]
 * @returns nats per image; larger is better
 */
export function logMe(features: Features, labels: Labels): number {
  const { rows, columns } = features;
  const { values, vectors } = gramSpectrum(features);
  // With 0-1 labels, Fᵀy is the sum of the class's rows. In the coordinates of the eigenvectors everything is diagonal.
  const { sums, counts } = classSums(features, labels);
  const projected = sums.mmul(vectors);
  const eigenvalues = values.map((value) => (value > ROUNDING * values[0] ? value : 0));
  let total = 0;
  for (let label = 0; label < labels.classes; label++)
    total += maximalEvidence({ eigenvalues, fy: projected.getRow(label), yy: counts[label], rows, columns });
  return total / labels.classes / rows;
}

interface Regression {
  /** The eigenvalues of FᵀF. */
  readonly eigenvalues: readonly number[];
  /** Fᵀy in the coordinates of its eigenvectors. */
  readonly fy: readonly number[];
  /** yᵀy */
  readonly yy: number;
  readonly rows: number;
  readonly columns: number;
}

/** The log evidence at the fixed point of α = γ / mᵀm, β = (N - γ) / ‖Fm - y‖² (MacKay 1992), with A = αI + βFᵀF. */
function maximalEvidence(regression: Regression): number {
  const { eigenvalues, rows } = regression;
  let [alpha, beta] = [1, 1];
  for (let round = 0; round < MOST_ROUNDS; round++) {
    const { weights, error } = posterior(regression, alpha, beta);
    const gamma = eigenvalues.reduce((sum, value) => sum + (beta * value) / (alpha + beta * value), 0);
    const before = alpha / beta;
    alpha = Math.min(HIGHEST, gamma / Math.max(weights, 1 / HIGHEST));
    beta = Math.min(HIGHEST, (rows - gamma) / Math.max(error, 1 / HIGHEST));
    if (!(alpha > 0 && beta > 0)) [alpha, beta] = [Math.max(alpha, 1 / HIGHEST), Math.max(beta, 1 / HIGHEST)];
    if (Math.abs(alpha / beta - before) <= TOLERANCE * before) break;
  }
  return logEvidence(regression, alpha, beta);
}

/** mᵀm and ‖Fm - y‖² of the posterior mean m = βA⁻¹Fᵀy. */
function posterior({ eigenvalues, fy, yy }: Regression, alpha: number, beta: number) {
  let [weights, error] = [0, yy];
  eigenvalues.forEach((value, place) => {
    if (value === 0) return;
    const m = (beta * fy[place]) / (alpha + beta * value);
    weights += m * m;
    error += m * (m * value - 2 * fy[place]);
  });
  return { weights, error: Math.max(0, error) };
}

/** log p(y | F, α, β): You et al. 2021, section 4.1. */
function logEvidence(regression: Regression, alpha: number, beta: number): number {
  const { eigenvalues, rows, columns } = regression;
  const { weights, error } = posterior(regression, alpha, beta);
  const determinant = eigenvalues.reduce((sum, value) => sum + Math.log(alpha + beta * value), 0);
  return (
    (rows * Math.log(beta) + columns * Math.log(alpha) - rows * Math.log(2 * Math.PI)) / 2 -
    (beta * error + alpha * weights + determinant) / 2
  );
}

import { centredSpectrum, classSums, ROUNDING, type Features, type Labels, type LayerPredictor } from './features.ts';

export const H_SCORE = {
  id: 'hScore',
  name: 'H-score',
  what: 'variance between classes against all, shrunk (Bao et al. 2019; Ibrahim et al. 2022)',
  digits: 2,
  measure: ({ train }) => hScore(train.features, train.labels),
} as const satisfies LayerPredictor;

/**
 * H-score: Bao et al., "An Information-Theoretic Approach to Transferability in Task Transfer Learning", ICIP 2019,
 * definition 2: tr(cov(f)⁻¹ cov(E[f | y])). The covariance of few images is singular or nearly so; therefore it is
 * always shrunk, as Ibrahim, Ponomareva and Mazumder propose ("Newer is not always better: Rethinking transferability
 * metrics, their peculiarities, stability and performance", ECML PKDD 2022): (1 - α) cov(f) + α tr(cov(f)) / D · I
 * below and (1 - α) cov(E[f | y]) above, with the α of Ledoit and Wolf (2004), which goes to 0 as images grow many.
 *
 * @param features of the target's training images, [N, D]
 * @param shrinkage α; absent: Ledoit and Wolf's. With 0 it is Bao's score, its inverse a pseudo-inverse.
 * @returns a score from 0 to min(D, classes - 1); larger is better
 */
export function hScore(features: Features, labels: Labels, shrinkage?: number): number {
  const { rows, columns } = features;
  const { features: centredFeatures, spectrum } = centredSpectrum(features);
  const { values, vectors } = spectrum;
  const eigenvalues = values.map((value) => value / rows);
  const spread = eigenvalues.reduce((sum, value) => sum + value, 0) / columns;
  const alpha = shrinkage ?? ledoitWolf(centredFeatures, eigenvalues);
  const { sums, counts } = classSums(centredFeatures, labels);
  const projected = sums.mmul(vectors);
  let score = 0;
  eigenvalues.forEach((value, place) => {
    const shrunk = (1 - alpha) * value + alpha * spread;
    // Classes don't differ in a direction in which no image does.
    if (place >= vectors.columns || !(shrunk > ROUNDING * eigenvalues[0])) return;
    // This is vᵀ cov(E[f | y]) v, with classes weighted by their number of images.
    let between = 0;
    for (let label = 0; label < labels.classes; label++)
      if (counts[label] > 0) between += projected.get(label, place) ** 2 / counts[label] / rows;
    score += ((1 - alpha) * between) / shrunk;
  });
  return score;
}

/**
 * Ledoit and Wolf, "A well-conditioned estimator for large-dimensional covariance matrices", Journal of Multivariate
 * Analysis 88 (2004), section 3.3: the shrinkage b² / d² towards a multiple of the identity, 0 to 1.
 *
 * @param features centred, [N, D]
 * @param eigenvalues of XᵀX / N
 */
export function ledoitWolf({ rows, columns, values }: Features, eigenvalues: readonly number[]): number {
  const mean = eigenvalues.reduce((sum, value) => sum + value, 0) / columns;
  const distance = eigenvalues.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  const squares = eigenvalues.reduce((sum, value) => sum + value * value, 0);
  let fourth = 0;
  for (let row = 0; row < rows; row++) {
    let norm = 0;
    for (let column = 0; column < columns; column++) norm += values[row * columns + column] ** 2;
    fourth += norm * norm;
  }
  // Σ ‖x xᵀ - S‖² = Σ ‖x‖⁴ - N ‖S‖²
  const noise = (fourth / rows - squares) / rows;
  return distance > 0 ? Math.min(1, Math.max(0, noise / distance)) : 1;
}

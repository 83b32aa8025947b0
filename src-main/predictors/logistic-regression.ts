import { Matrix } from 'ml-matrix';
import { matrixOf, type Features, type Labels } from './features.ts';

/** Steps, at most. By then the most likely class of nearly all images no longer changes. */
const MOST_ROUNDS = 60;
/** The iteration ends when the gradient is below this fraction of the gradient at zero. */
const TOLERANCE = 1e-3;

/** A linear classifier. The logits of a row x are x W + b. */
export interface Classifier {
  /** [D, classes] */
  readonly weights: Matrix;
  readonly bias: Float64Array;
}

/**
 * Minimises `regressionLoss` on features whose columns are their principal axes, so that XᵀX is diagonal. Its Hessian is at
 * most ½ XᵀX/N + λ for each class (Böhning, "Multinomial logistic regression algorithm", 1992). This bound is diagonal, too,
 * and a gradient step divided by it never overshoots. Steps are accelerated (Nesterov 1983), with a restart when they turn
 * back (O'Donoghue and Candès 2015).
 *
 * @param x [N, D]
 * @param diagonal of XᵀX
 * @param regularisation λ
 */
export function fitLogisticRegression(
  x: Features,
  diagonal: readonly number[],
  labels: Labels,
  regularisation: number,
): Classifier {
  const rotated = matrixOf(x);
  const transposed = rotated.transpose();
  const bounds = [...diagonal.map((value) => value / x.rows / 2 + regularisation), 0.5];
  let classifier = emptyClassifier(x.columns, labels.classes);
  let ahead = classifier;
  let momentum = 1;
  let first = 0;
  for (let round = 0; round < MOST_ROUNDS; round++) {
    const gradient = gradientOf({ rotated, transposed }, labels, ahead, regularisation);
    const size = norm(gradient);
    if (round === 0) first = size;
    if (size <= TOLERANCE * first) break;
    const next = combine(ahead, gradient, (place) => -1 / bounds[place]);
    const turnedBack = inner(gradient, next, classifier) > 0;
    const following = turnedBack ? 1 : (1 + Math.sqrt(1 + 4 * momentum ** 2)) / 2;
    const push = turnedBack ? 0 : (momentum - 1) / following;
    ahead = combine(
      combine(next, next, () => push),
      classifier,
      () => -push,
    );
    [classifier, momentum] = [next, following];
  }
  return classifier;
}

/** The mean cross-entropy plus λ/2 ‖W‖². The bias is not regularised. */
export function regressionLoss(x: Matrix, labels: Labels, classifier: Classifier, regularisation: number): number {
  const logits = x.mmul(classifier.weights).addRowVector([...classifier.bias]);
  let sum = 0;
  for (let row = 0; row < x.rows; row++) {
    const values = logits.getRow(row);
    const highest = Math.max(...values);
    sum += highest + Math.log(values.reduce((total, value) => total + Math.exp(value - highest), 0));
    sum -= values[labels.values[row]];
  }
  return sum / x.rows + (regularisation / 2) * classifier.weights.norm('frobenius') ** 2;
}

/** The gradient of `regressionLoss`: Xᵀ(P - Y)/N + λW, and the mean of P - Y. */
export function gradientOf(
  { rotated, transposed }: { readonly rotated: Matrix; readonly transposed: Matrix },
  labels: Labels,
  classifier: Classifier,
  regularisation: number,
): Classifier {
  const residuals = rotated.mmul(classifier.weights);
  const bias = new Float64Array(labels.classes);
  for (let row = 0; row < residuals.rows; row++) {
    const logits = residuals.getRow(row).map((value, label) => value + classifier.bias[label]);
    const highest = Math.max(...logits);
    const powers = logits.map((value) => Math.exp(value - highest));
    const total = powers.reduce((sum, power) => sum + power, 0);
    powers.forEach((power, label) => {
      const residual = (power / total - Number(label === labels.values[row])) / residuals.rows;
      residuals.set(row, label, residual);
      bias[label] += residual;
    });
  }
  const weights = transposed.mmul(residuals).add(Matrix.mul(classifier.weights, regularisation));
  return { weights, bias };
}

const emptyClassifier = (columns: number, classes: number): Classifier => ({
  weights: Matrix.zeros(columns, classes),
  bias: new Float64Array(classes),
});

/** one + factor · other, with a factor for each row of the weights and, last, for the bias. */
function combine(one: Classifier, other: Classifier, factor: (place: number) => number): Classifier {
  const weights = one.weights.clone();
  for (let row = 0; row < weights.rows; row++)
    for (let column = 0; column < weights.columns; column++)
      weights.set(row, column, weights.get(row, column) + factor(row) * other.weights.get(row, column));
  return { weights, bias: one.bias.map((value, label) => value + factor(weights.rows) * other.bias[label]) };
}

/** gradientᵀ (to - from) */
function inner(gradient: Classifier, to: Classifier, from: Classifier): number {
  const moved = Matrix.sub(to.weights, from.weights).mul(gradient.weights).sum();
  return moved + gradient.bias.reduce((sum, value, label) => sum + value * (to.bias[label] - from.bias[label]), 0);
}

const norm = ({ weights, bias }: Classifier): number => Math.hypot(weights.norm('frobenius'), ...bias);

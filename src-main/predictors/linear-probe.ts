import { columnMeans, matrixOf, type Features } from './features.ts';
import { fitLogisticRegression } from './logistic-regression.ts';
import type { Labelled } from './nearest-class-mean.ts';

/** λ: weight of ½‖W‖² beside the mean cross-entropy. */
const REGULARISATION = 0.01;

/**
 * Top-1 of a linear probe (Alain and Bengio, "Understanding intermediate layers using linear classifier probes", 2016):
 * multinomial logistic regression with L2 regularisation, trained on the standardised features of the training images;
 * the fraction of the held-out images that it gets right.
 */
export function linearProbe(train: Labelled, heldOut: Labelled): number {
  const standard = standardiser(train.features);
  const x = standard(train.features);
  const { weights, bias } = fitLogisticRegression(x, train.labels, REGULARISATION);
  const test = standard(heldOut.features);
  const logits = matrixOf(test)
    .mmul(weights)
    .addRowVector([...bias]);
  let correct = 0;
  for (let row = 0; row < test.rows; row++) if (logits.maxRowIndex(row)[1] === heldOut.labels.values[row]) correct += 1;
  return correct / test.rows;
}

/** Columns get mean 0 and variance 1 on the features given; constant ones become 0. */
function standardiser(features: Features): (features: Features) => Features {
  const { rows, columns, values } = features;
  const means = columnMeans(features);
  const variances = new Float64Array(columns);
  values.forEach((value, place) => (variances[place % columns] += (value - means[place % columns]) ** 2 / rows));
  const scales = variances.map((variance, column) =>
    variance > 1e-12 * means[column] ** 2 && variance > 0 ? 1 / Math.sqrt(variance) : 0,
  );
  return (given) => ({
    rows: given.rows,
    columns,
    values: Float64Array.from(
      given.values,
      (value, place) => (value - means[place % columns]) * scales[place % columns],
    ),
  });
}

import { columnMeans, componentsFor, gram, matrixOf, spectrum, type Features } from './features.ts';
import { fitLogisticRegression } from './logistic-regression.ts';
import type { Labelled } from './nearest-class-mean.ts';

/** λ: weight of ½‖W‖² beside the mean cross-entropy. */
const REGULARISATION = 0.01;
/** Of the variance of the standardised features, that the directions have which the probe sees: the others only take time. */
const VARIANCE = 0.99;

/**
 * Top-1 of a linear probe (Alain and Bengio, "Understanding intermediate layers using linear classifier probes", 2016):
 * multinomial logistic regression with L2 regularisation, trained on the standardised features of the training images, in
 * the directions with 99% of their variance; the fraction of the held-out images that it gets right.
 */
export function linearProbe(train: Labelled, heldOut: Labelled): number {
  const standard = standardiser(train.features);
  const x = standard(train.features);
  const principal = spectrum(gram(x));
  const axes = principal.vectors.subMatrix(0, x.columns - 1, 0, componentsFor(principal, VARIANCE) - 1);
  const seen = (features: Features): Features => {
    const values = Float64Array.from(matrixOf(features).mmul(axes).to1DArray());
    return { rows: features.rows, columns: axes.columns, values };
  };
  const { weights, bias } = fitLogisticRegression(seen(x), train.labels, REGULARISATION);
  const test = seen(standard(heldOut.features));
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

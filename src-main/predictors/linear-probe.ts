import {
  columnMeans,
  componentsFor,
  gramSpectrum,
  matrixOf,
  type Features,
  type Labelled,
  type LayerPredictor,
} from './features.ts';
import { fitLogisticRegression } from './logistic-regression.ts';

export const LINEAR_PROBE = {
  id: 'linearProbe',
  name: 'Linear probe',
  what: 'top-1 of logistic regression on the layer (Alain and Bengio 2016)',
  digits: 3,
  measure: ({ train, heldOut }) => linearProbe(train, heldOut),
} as const satisfies LayerPredictor;

/** λ, the weight of ½‖W‖² that is added to the mean cross-entropy. */
const REGULARISATION = 0.01;
/**
 * The probe gets the directions with this share of the variance of the standardised features; others only take time.
 */
const VARIANCE = 0.99;

/**
 * Top-1 accuracy of a linear probe (Alain and Bengio, "Understanding intermediate layers using linear classifier
 * probes", 2016) on the held-out images, a fraction. The probe is a multinomial logistic regression with L2
 * regularisation, trained on the standardised features of the training images, in the directions with 99% of their
 * variance.
 */
export function linearProbe(train: Labelled, heldOut: Labelled): number {
  const standard = standardiser(train.features);
  const x = standard(train.features);
  const principal = gramSpectrum(x);
  const kept = componentsFor(principal, VARIANCE);
  const axes = principal.vectors.subMatrix(0, x.columns - 1, 0, kept - 1);
  const seen = (features: Features): Features => {
    const values = Float64Array.from(matrixOf(features).mmul(axes).to1DArray());
    return { rows: features.rows, columns: axes.columns, values };
  };
  const { weights, bias } = fitLogisticRegression(
    seen(x),
    principal.values.slice(0, kept),
    train.labels,
    REGULARISATION,
  );
  const test = seen(standard(heldOut.features));
  const logits = matrixOf(test)
    .mmul(weights)
    .addRowVector([...bias]);
  let correct = 0;
  for (let row = 0; row < test.rows; row++) if (logits.maxRowIndex(row)[1] === heldOut.labels.values[row]) correct += 1;
  return correct / test.rows;
}

/**
 * Returns a function that gives columns the mean 0 and variance 1 that they have on these features; constant ones
 * become 0.
 */
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

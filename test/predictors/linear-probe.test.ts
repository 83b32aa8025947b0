import { Matrix } from 'ml-matrix';
import { expect, it } from 'vitest';
import { gramSpectrum } from '../../src-main/predictors/features.ts';
import { linearProbe } from '../../src-main/predictors/linear-probe.ts';
import { fitLogisticRegression, gradientOf, regressionLoss } from '../../src-main/predictors/logistic-regression.ts';
import { evenLabels, gaussianClasses, gaussianFeatures, mapped, rowsOf } from './random-features.ts';

const labels = evenLabels(30, 3);
const x = new Matrix(rowsOf(gaussianFeatures(30, 4, 'probe')));

it('the gradient of the loss is that of finite differences', () => {
  const weights = new Matrix(rowsOf(gaussianFeatures(4, 3, 'weights')));
  const bias = gaussianFeatures(1, 3, 'bias').values as Float64Array;
  const gradient = gradientOf({ rotated: x, transposed: x.transpose() }, labels, { weights, bias }, 0.1);
  const difference = (change: (by: number) => { weights: Matrix; bias: Float64Array }) =>
    (regressionLoss(x, labels, change(1e-5), 0.1) - regressionLoss(x, labels, change(-1e-5), 0.1)) / 2e-5;
  for (let row = 0; row < 4; row++)
    for (let column = 0; column < 3; column++) {
      const moved = (by: number) => weights.clone().set(row, column, weights.get(row, column) + by);
      expect(gradient.weights.get(row, column)).toBeCloseTo(
        difference((by) => ({ weights: moved(by), bias })),
        7,
      );
    }
  for (let label = 0; label < 3; label++) {
    const moved = (by: number) => bias.map((value, place) => value + (place === label ? by : 0));
    expect(gradient.bias[label]).toBeCloseTo(
      difference((by) => ({ weights, bias: moved(by) })),
      7,
    );
  }
});

it('training ends where the gradient is next to nothing, and no small step makes the loss smaller', () => {
  const { features, labels } = gaussianClasses(200, 8, 4, 0.7, 'descent');
  const axes = gramSpectrum(features);
  const matrix = new Matrix(rowsOf(features)).mmul(axes.vectors);
  const values = Float64Array.from(matrix.to1DArray());
  const fitted = fitLogisticRegression({ ...features, values }, axes.values, labels, 0.01);
  const { weights } = gradientOf({ rotated: matrix, transposed: matrix.transpose() }, labels, fitted, 0.01);
  expect(weights.norm('frobenius')).toBeLessThan(2e-3);
  const loss = regressionLoss(matrix, labels, fitted, 0.01);
  for (let turn = 0; turn < 20; turn++) {
    const step = new Matrix(rowsOf(gaussianFeatures(8, 4, `step ${turn}`))).mul(0.05);
    const elsewhere = { ...fitted, weights: Matrix.add(fitted.weights, step) };
    expect(regressionLoss(matrix, labels, elsewhere, 0.01)).toBeGreaterThan(loss);
  }
});

it('gets right what a line can tell apart, whatever the scale of the features, and guesses where they are constant', () => {
  const train = gaussianClasses(300, 5, 3, 4, 'far');
  const heldOut = { ...gaussianClasses(300, 5, 3, 4, 'far') };
  const shifted = (one: typeof train) => ({
    ...one,
    features: mapped(one.features, (value, _, column) => 1000 * (column + 1) * value + 5),
  });
  expect(linearProbe(train, heldOut)).toBeGreaterThan(0.98);
  expect(linearProbe(shifted(train), shifted(heldOut))).toBe(linearProbe(train, heldOut));
  const constant = { ...train, features: mapped(train.features, () => 3) };
  expect(linearProbe(constant, constant)).toBeCloseTo(1 / 3, 10);
});

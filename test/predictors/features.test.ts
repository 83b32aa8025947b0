import { Matrix } from 'ml-matrix';
import { expect, it } from 'vitest';
import { gram, gramSpectrum, spectrum } from '../../src-main/predictors/features.ts';
import { hScore } from '../../src-main/predictors/h-score.ts';
import { logMe } from '../../src-main/predictors/log-me.ts';
import { beside, evenLabels, gaussianFeatures, mapped, rotated, rowsOf } from './random-features.ts';

it('has the same spectrum by fewer images than features as by the larger matrix, with its eigenvectors', () => {
  const features = gaussianFeatures(6, 15, 'few images');
  const [whole, small] = [spectrum(gram(features)), gramSpectrum(features)];
  expect(small.values).toHaveLength(15);
  small.values.forEach((value, place) => expect(value).toBeCloseTo(whole.values[place], 9));
  expect(small.vectors.columns).toBe(6);
  const products = small.vectors.transpose().mmul(small.vectors);
  expect(Matrix.sub(products, Matrix.eye(6)).norm('frobenius')).toBeLessThan(1e-10);
  const along = new Matrix(rowsOf(features)).mmul(small.vectors);
  for (let column = 0; column < 6; column++)
    expect(along.getColumnVector(column).norm('frobenius') ** 2).toBeCloseTo(whole.values[column], 9);
});

it('measures the same of few images whichever way their features are turned', () => {
  const few = gaussianFeatures(9, 12, 'turned');
  const labels = evenLabels(9, 3);
  const turned = rotated(few, 'turn');
  expect(logMe(turned, labels)).toBeCloseTo(logMe(few, labels), 9);
  expect(hScore(turned, labels)).toBeCloseTo(hScore(few, labels), 9);
  // Of 8 features that all images have alike, none says anything: the other 4 are fewer than the images.
  const four = gaussianFeatures(9, 4, 'four');
  const padded = beside(
    four,
    mapped(gaussianFeatures(9, 8, 'nothing'), () => 0),
  );
  expect(hScore(padded, labels, 0)).toBeCloseTo(hScore(four, labels, 0), 9);
});

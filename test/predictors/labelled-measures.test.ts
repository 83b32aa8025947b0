import fc from 'fast-check';
import { Matrix, inverse, pseudoInverse, determinant } from 'ml-matrix';
import { describe, expect, it } from 'vitest';
import type { Features, Labels } from '../../src-main/predictors/features.ts';
import { hScore, ledoitWolf } from '../../src-main/predictors/h-score.ts';
import { leep, softmax } from '../../src-main/predictors/leep.ts';
import { logMe } from '../../src-main/predictors/log-me.ts';
import { nearestClassMean } from '../../src-main/predictors/nearest-class-mean.ts';
import { evenLabels, gaussianClasses, gaussianFeatures, mapped, rotated, rowsOf } from './random-features.ts';

describe('LEEP', () => {
  it('is what the definition says, class by class', () => {
    const probabilities = softmax(gaussianFeatures(40, 5, 'leep'));
    const labels = evenLabels(40, 3);
    const rows = rowsOf(probabilities);
    // The same from conditional distributions that are written out, P(y | z), one z at a time.
    const conditional = Array.from({ length: 5 }, (_, z) => {
      const whole = rows.reduce((sum, row) => sum + row[z], 0);
      return [0, 1, 2].map((y) => rows.reduce((sum, row, i) => sum + (labels.values[i] === y ? row[z] : 0), 0) / whole);
    });
    const expected = rows.map((row, i) =>
      Math.log(row.reduce((sum, p, z) => sum + p * conditional[z][labels.values[i]], 0)),
    );
    expect(leep(probabilities, labels)).toBeCloseTo(expected.reduce((a, b) => a + b) / 40, 12);
  });

  it('is 0 where the source class tells the target class, and minus the entropy of the labels where it tells nothing', () => {
    const labels: Labels = { values: Int32Array.of(0, 1, 0, 1, 1, 1), classes: 2 };
    const knowing: Features = {
      rows: 6,
      columns: 3,
      values: Float64Array.from([...labels.values].flatMap((label) => (label === 0 ? [1, 0, 0] : [0, 0.5, 0.5]))),
    };
    expect(leep(knowing, labels)).toBeCloseTo(0, 12);
    const ignorant = { ...knowing, values: new Float64Array(18).fill(1 / 3) };
    const entropy = -(2 * Math.log(1 / 3) + 4 * Math.log(2 / 3)) / 6;
    expect(leep(ignorant, labels)).toBeCloseTo(-entropy, 12);
  });

  it('does not depend on the order of images or source classes', () => {
    fc.assert(
      fc.property(fc.string(), (seed) => {
        const logits = gaussianFeatures(12, 4, seed);
        const turned = { ...logits, values: logits.values.toReversed() };
        const labels = evenLabels(12, 3);
        const backwards = { ...labels, values: labels.values.toReversed() };
        expect(leep(softmax(turned), backwards)).toBeCloseTo(leep(softmax(logits), labels), 10);
      }),
      { numRuns: 20 },
    );
  });
});

/** log N(y; 0, I/β + F Fᵀ/α), divided by N: the evidence as the density of the labels, without the algebra of LogME. */
function evidence(features: Features, y: readonly number[], alpha: number, beta: number): number {
  const f = new Matrix(rowsOf(features));
  const n = features.rows;
  const covariance = f.mmul(f.transpose()).div(alpha).add(Matrix.eye(n).div(beta));
  const target = Matrix.columnVector([...y]);
  const quadratic = target.transpose().mmul(inverse(covariance)).mmul(target).get(0, 0);
  return -(n * Math.log(2 * Math.PI) + Math.log(determinant(covariance)) + quadratic) / 2 / n;
}

describe('LogME', () => {
  it('is the highest evidence that a search over both precisions finds, averaged over the classes', () => {
    const { features, labels } = gaussianClasses(16, 3, 2, 1, 'logme');
    let expected = 0;
    for (const label of [0, 1]) {
      const y = [...labels.values].map((value) => Number(value === label));
      let best = { alpha: 1, beta: 1, value: -Infinity };
      // Ever finer around the best so far.
      for (let width = 3; width > 0.002; width /= 2) {
        const near = (centre: number) => [-1, -0.6, -0.2, 0, 0.2, 0.6, 1].map((part) => centre * 10 ** (part * width));
        const { alpha, beta } = best;
        for (const [a, b] of near(alpha).flatMap((one) => near(beta).map((other) => [one, other]))) {
          const value = evidence(features, y, a, b);
          if (value > best.value) best = { alpha: a, beta: b, value };
        }
      }
      expected += best.value / 2;
    }
    expect(logMe(features, labels)).toBeGreaterThanOrEqual(expected - 1e-7);
    expect(logMe(features, labels)).toBeCloseTo(expected, 5);
  });

  it('is the same for rotated features, and higher where classes are easier to tell apart', () => {
    const near = gaussianClasses(120, 6, 3, 0.3, 'near');
    const far = gaussianClasses(120, 6, 3, 2, 'near');
    expect(logMe(rotated(near.features, 'turn'), near.labels)).toBeCloseTo(logMe(near.features, near.labels), 6);
    expect(logMe(far.features, far.labels)).toBeGreaterThan(logMe(near.features, near.labels));
  });

  it('is a number where there are fewer images than features, and where the features are constant', () => {
    const { features, labels } = gaussianClasses(8, 20, 2, 1, 'few');
    expect(logMe(features, labels)).toSatisfy(Number.isFinite);
    expect(logMe({ rows: 8, columns: 3, values: new Float64Array(24) }, labels)).toSatisfy(Number.isFinite);
  });
});

/** tr(pinv(cov f) cov(E[f | y])), written out with an inverse of another make. */
function directHScore(features: Features, labels: Labels, alpha = 0): number {
  const f = new Matrix(rowsOf(features)).center('column');
  const { rows, columns } = features;
  const covariance = f.transpose().mmul(f).div(rows);
  const shrunk = Matrix.mul(covariance, 1 - alpha).add(Matrix.eye(columns).mul((alpha * covariance.trace()) / columns));
  const means = Matrix.zeros(rows, columns);
  for (let row = 0; row < rows; row++) {
    const same = [...labels.values].flatMap((label, other) => (label === labels.values[row] ? [other] : []));
    means.setRow(row, f.subMatrixRow(same).mean('column'));
  }
  const between = means
    .transpose()
    .mmul(means)
    .div(rows)
    .mul(1 - alpha);
  return pseudoInverse(shrunk).mmul(between).trace();
}

describe('the H-score', () => {
  it('is the trace of its definition, with and without shrinkage', () => {
    const { features, labels } = gaussianClasses(60, 5, 4, 1, 'h');
    expect(hScore(features, labels, 0)).toBeCloseTo(directHScore(features, labels), 8);
    expect(hScore(features, labels, 0.3)).toBeCloseTo(directHScore(features, labels, 0.3), 8);
  });

  it('takes the pseudo-inverse of a covariance that is singular', () => {
    const { features, labels } = gaussianClasses(60, 4, 4, 1, 'singular');
    // The last column is the sum of the first two.
    const singular = mapped(features, (value, row, column) =>
      column === 3 ? features.values[row * 4] + features.values[row * 4 + 1] : value,
    );
    expect(hScore(singular, labels, 0)).toBeCloseTo(directHScore(singular, labels), 6);
  });

  it('is the same for any linear map of the features when it is not shrunk, and at most classes - 1', () => {
    fc.assert(
      fc.property(fc.string(), (seed) => {
        const { features, labels } = gaussianClasses(50, 4, 3, 1, seed);
        const stretched = mapped(rotated(features, seed), (value, _, column) => value * (column + 0.5) + column);
        expect(hScore(stretched, labels, 0)).toBeCloseTo(hScore(features, labels, 0), 6);
        expect(hScore(features, labels, 0)).toBeLessThanOrEqual(2 + 1e-9);
      }),
      { numRuns: 15 },
    );
  });

  it('shrinks as Ledoit and Wolf say: summed image by image, and not at all in the end', () => {
    const features = mapped(gaussianFeatures(30, 4, 'lw'), (value, _, column) => value * (column + 1));
    const f = new Matrix(rowsOf(features)).center('column');
    const s = f.transpose().mmul(f).div(30);
    const target = Matrix.eye(4).mul(s.trace() / 4);
    const d2 = Matrix.sub(s, target).norm('frobenius') ** 2;
    let b2 = 0;
    for (let row = 0; row < 30; row++) {
      const x = f.getRowVector(row);
      b2 += Matrix.sub(x.transpose().mmul(x), s).norm('frobenius') ** 2 / 30 ** 2;
    }
    const centredFeatures = { rows: 30, columns: 4, values: Float64Array.from(f.to1DArray()) };
    const eigenvalues = eigenvaluesOf(s);
    expect(ledoitWolf(centredFeatures, eigenvalues)).toBeCloseTo(Math.min(1, b2 / d2), 10);
    const many = mapped(gaussianFeatures(20_000, 2, 'many'), (value, _, column) => value * (column + 1));
    expect(ledoitWolf(many, [4, 1])).toBeLessThan(0.01);
  });
});

function eigenvaluesOf(s: Matrix): number[] {
  // Traces of powers are all that the shrinkage asks of the eigenvalues: two numbers with the same sums do as well.
  const sum = s.trace();
  const squares = s.norm('frobenius') ** 2;
  const [n, mean] = [s.rows, sum / s.rows];
  const spread = Math.sqrt((squares - n * mean * mean) / n);
  return Array.from({ length: n }, (_, place) => mean + (place % 2 === 0 ? spread : -spread));
}

describe('the nearest class mean', () => {
  it('names each held-out image by the nearer mean', () => {
    const features = (...values: number[]): Features => ({
      rows: values.length,
      columns: 1,
      values: Float64Array.from(values),
    });
    const train = { features: features(0, 2, 10, 14), labels: { values: Int32Array.of(0, 0, 1, 1), classes: 3 } };
    // Means 1 and 12: the border is at 6.5. Class 2 has no training image and is never named.
    const heldOut = { features: features(6, 7, 30, -5), labels: { values: Int32Array.of(0, 0, 1, 2), classes: 3 } };
    expect(nearestClassMean(train, heldOut)).toBe(0.5);
  });

  it('comes to the accuracy that two Gaussian classes allow', () => {
    // Means at ±1 of variance 1: Φ(1) = 0.841.
    const classes = (seed: string) => {
      const labels = evenLabels(4000, 2);
      const noise = gaussianFeatures(4000, 1, seed);
      return { labels, features: mapped(noise, (value, row) => value + (row % 2 === 0 ? -1 : 1)) };
    };
    expect(nearestClassMean(classes('one'), classes('two'))).toBeCloseTo(0.841, 1);
  });
});

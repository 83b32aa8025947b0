import fc from 'fast-check';
import { Matrix, SVD } from 'ml-matrix';
import { describe, expect, it } from 'vitest';
import type { Features } from '../../src-main/predictors/features.ts';
import { hsic, linearCka } from '../../src-main/predictors/linear-cka.ts';
import { svcca } from '../../src-main/predictors/svcca.ts';
import { beside, gaussianFeatures, mapped, rotated, rowsOf } from './random-features.ts';

/** X Xᵀ without its diagonal. */
function kernel(features: Features): number[][] {
  const x = new Matrix(rowsOf(features));
  return x
    .mmul(x.transpose())
    .to2DArray()
    .map((row, i) => row.map((value, j) => (i === j ? 0 : value)));
}

describe('unbiased HSIC', () => {
  it('is the mean over all fours of different images of the U-statistic it estimates (Song et al. 2012, equation 4)', () => {
    const [k, l] = [kernel(gaussianFeatures(7, 2, 'k')), kernel(gaussianFeatures(7, 3, 'l'))];
    let [sum, fours] = [0, 0];
    const all = [0, 1, 2, 3, 4, 5, 6];
    for (const i of all)
      for (const j of all)
        for (const q of all)
          for (const r of all) {
            if (new Set([i, j, q, r]).size < 4) continue;
            sum += k[i][j] * (l[i][j] + l[q][r] - 2 * l[i][q]);
            fours += 1;
          }
    expect(hsic(Float64Array.from(k.flat()), Float64Array.from(l.flat()), 7)).toBeCloseTo(sum / fours, 10);
  });
});

describe('linear CKA', () => {
  it('is 1 for the same representation, rotated, scaled and moved', () => {
    fc.assert(
      fc.property(fc.string(), fc.double({ min: 0.1, max: 50, noNaN: true }), (seed, scale) => {
        const x = gaussianFeatures(40, 5, seed);
        const y = mapped(rotated(x, seed), (value, _, column) => scale * value + column);
        expect(linearCka(x, y)).toBeCloseTo(1, 8);
        expect(linearCka(x, y, 10)).toBeCloseTo(1, 8);
      }),
      { numRuns: 15 },
    );
  });

  it('is 0 in the mean for independent representations, even of more features than images', () => {
    const values = Array.from({ length: 60 }, (_, draw) =>
      linearCka(gaussianFeatures(16, 40, `x ${draw}`), gaussianFeatures(16, 40, `y ${draw}`))!,
    );
    const mean = values.reduce((sum, value) => sum + value) / 60;
    const error = Math.sqrt(values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / 59 / 60);
    // The plain estimator is above 0.6 here.
    expect(Math.abs(mean)).toBeLessThan(3 * error);
    expect(error).toBeLessThan(0.05);
  });

  it('in batches is the ratio of summed HSIC; one batch of all is the whole', () => {
    const x = gaussianFeatures(24, 3, 'x');
    const y = mapped(x, (value, row, column) => value + gaussianFeatures(1, 1, `${row} ${column}`).values[0]);
    expect(linearCka(x, y, 24)).toBe(linearCka(x, y, 1000));
    const part = (features: Features, start: number) =>
      Float64Array.from(
        kernel({ rows: 12, columns: 3, values: features.values.slice(start * 3, (start + 12) * 3) }).flat(),
      );
    const sum = (one: Features, other: Features) =>
      hsic(part(one, 0), part(other, 0), 12) + hsic(part(one, 12), part(other, 12), 12);
    expect(linearCka(x, y, 12)).toBeCloseTo(sum(x, y) / Math.sqrt(sum(x, x) * sum(y, y)), 8);
  });

  it('is not defined for constant features or three images', () => {
    expect(
      linearCka(
        gaussianFeatures(20, 2, 'x'),
        mapped(gaussianFeatures(20, 2, 'y'), () => 4),
      ),
    ).toBeUndefined();
    expect(linearCka(gaussianFeatures(3, 2, 'x'), gaussianFeatures(3, 2, 'y'))).toBeUndefined();
  });
});

describe('SVCCA', () => {
  it('is 1 for any invertible linear map', () => {
    fc.assert(
      fc.property(fc.string(), (seed) => {
        const x = gaussianFeatures(60, 4, seed);
        const y = mapped(rotated(x, seed), (value, _, column) => (1 + column / 2) * value + 3);
        expect(svcca(x, y)).toBeCloseTo(1, 6);
      }),
      { numRuns: 15 },
    );
  });

  it('is the mean of the singular values of whitened cross-covariance', () => {
    const x = gaussianFeatures(80, 3, 'x');
    const y = mapped(gaussianFeatures(80, 3, 'noise'), (value, row, column) => value + 2 * x.values[row * 3 + column]);
    const basis = (features: Features) => new SVD(new Matrix(rowsOf(features)).center('column')).leftSingularVectors;
    const { diagonal } = new SVD(basis(x).transpose().mmul(basis(y)));
    expect(svcca(x, y)).toBeCloseTo(diagonal.reduce((sum, value) => sum + value) / 3, 8);
  });

  it('leaves out directions with the last hundredth of the variance', () => {
    const x = gaussianFeatures(200, 2, 'x');
    const faint = (seed: string) => mapped(gaussianFeatures(200, 2, seed), (value) => value / 100);
    expect(svcca(beside(x, faint('one')), beside(x, faint('other')))).toBeCloseTo(1, 3);
  });

  it('is not defined where images are too few to tell, or features constant', () => {
    expect(svcca(gaussianFeatures(8, 4, 'x'), gaussianFeatures(8, 4, 'y'))).toBeUndefined();
    expect(
      svcca(
        gaussianFeatures(20, 2, 'x'),
        mapped(gaussianFeatures(20, 2, 'y'), () => 4),
      ),
    ).toBeUndefined();
  });
});

import type { Features, LayerPredictor } from './features.ts';

export const CKA = {
  id: 'cka',
  name: 'CKA',
  what: 'linear CKA of both bases (Nguyen et al. 2021)',
  digits: 3,
  needsOwnBase: true,
  measure: ({ train, own }) => linearCka(train.features, own),
} as const satisfies LayerPredictor;

/** Images of a minibatch. The unbiased estimator needs at least four. */
const CKA_BATCH = 250;

/**
 * Linear CKA of two representations of the same images, with the unbiased estimator of HSIC averaged over minibatches:
 * Nguyen, Raghu and Kornblith, "Do Wide and Deep Networks Learn the Same Things?", ICLR 2021, equations 2 to 4. Unlike
 * the plain estimator, it does not grow with the ratio of features to images. Images are taken in order; a last batch
 * of less than half the size is left out, unless it is the only one.
 *
 * @param x [N, D1] @param y [N, D2]
 * @returns 1 for representations that are equal up to rotation and scale, about 0 for independent ones; undefined if
 * there are fewer than four images, or if one representation is the same for all images
 */
export function linearCka(x: Features, y: Features, batch = CKA_BATCH): number | undefined {
  let [xy, xx, yy] = [0, 0, 0];
  for (let start = 0; start < x.rows; start += batch) {
    const end = Math.min(start + batch, x.rows);
    if (end - start < 4 || (start > 0 && 2 * (end - start) < batch)) break;
    const [k, l] = [similarities(x, start, end), similarities(y, start, end)];
    xy += hsic(k, l, end - start);
    xx += hsic(k, k, end - start);
    yy += hsic(l, l, end - start);
  }
  // Unbiased estimates may be negative.
  return xx > 0 && yy > 0 ? xy / Math.sqrt(xx * yy) : undefined;
}

/** X Xᵀ of some rows with 0 on its diagonal, [n, n]. Rows are centred first, which keeps rounding errors small. */
function similarities({ columns, values }: Features, start: number, end: number): Float64Array {
  const n = end - start;
  const rows = Float64Array.from(values.subarray(start * columns, end * columns));
  for (let column = 0; column < columns; column++) {
    let sum = 0;
    for (let row = 0; row < n; row++) sum += rows[row * columns + column];
    for (let row = 0; row < n; row++) rows[row * columns + column] -= sum / n;
  }
  const products = new Float64Array(n * n);
  for (let i = 0; i < n; i++)
    for (let j = 0; j < i; j++) {
      let product = 0;
      for (let column = 0; column < columns; column++)
        product += rows[i * columns + column] * rows[j * columns + column];
      products[i * n + j] = products[j * n + i] = product;
    }
  return products;
}

/**
 * HSIC₁ of Song, Smola, Gretton, Bedo and Borgwardt, "Feature Selection via Dependence Maximization", JMLR 13 (2012),
 * equation 5, an unbiased estimator.
 *
 * @param k, l [n, n], symmetric with 0 on the diagonal
 */
export function hsic(k: Float64Array, l: Float64Array, n: number): number {
  let [trace, cross, sumK, sumL] = [0, 0, 0, 0];
  for (let i = 0; i < n; i++) {
    let [rowK, rowL] = [0, 0];
    for (let j = 0; j < n; j++) {
      const [one, other] = [k[i * n + j], l[i * n + j]];
      trace += one * other;
      rowK += one;
      rowL += other;
    }
    cross += rowK * rowL;
    sumK += rowK;
    sumL += rowL;
  }
  return (trace + (sumK * sumL) / ((n - 1) * (n - 2)) - (2 * cross) / (n - 2)) / (n * (n - 3));
}

import type { Matrix } from 'ml-matrix';
import {
  centred,
  componentsFor,
  gram,
  matrixOf,
  ROUNDING,
  spectrum,
  type Features,
  type LayerPredictor,
} from './features.ts';

export const SVCCA = {
  id: 'svcca',
  name: 'SVCCA',
  what: 'mean canonical correlation of both bases (Raghu et al. 2017)',
  digits: 3,
  needsOwnBase: true,
  measure: ({ train, own }) => svcca(train.features, own),
} as const satisfies LayerPredictor;

/** The directions with this share of the variance are kept. */
const VARIANCE = 0.99;

/**
 * SVCCA: Raghu, Gilmer, Yosinski and Sohl-Dickstein, "SVCCA: Singular Vector Canonical Correlation Analysis for Deep
 * Learning Dynamics and Interpretability", NIPS 2017, section 2. It is the mean of the canonical correlations between
 * the directions with 99% of the variance of two representations of the same images.
 *
 * @param x [N, D1] @param y [N, D2]
 * @returns 0 to 1; undefined if both together have as many directions as there are images, as then some always
 * correlate, or if one representation is the same for all images
 */
export function svcca(x: Features, y: Features): number | undefined {
  const [one, other] = [directions(x), directions(y)];
  if (!one || !other || one.columns + other.columns >= x.rows) return undefined;
  const product = one.transpose().mmul(other);
  // Canonical correlations are the singular values of the product of orthonormal bases.
  const { values } = spectrum(product.mmul(product.transpose()));
  const count = Math.min(one.columns, other.columns);
  return values.slice(0, count).reduce((sum, value) => sum + Math.min(1, Math.sqrt(value)), 0) / count;
}

/**
 * An orthonormal basis of the images' coordinates in the kept directions, [N, kept]; undefined if all images are the
 * same.
 */
function directions(features: Features): Matrix | undefined {
  const x = centred(features);
  const { values, vectors } = spectrum(gram(x));
  if (!(values[0] > 0)) return undefined;
  const real = values.filter((value) => value > ROUNDING * values[0]).length;
  const kept = Math.min(real, componentsFor({ values, vectors }, VARIANCE));
  const basis = matrixOf(x).mmul(vectors.subMatrix(0, x.columns - 1, 0, kept - 1));
  return basis.divRowVector(values.slice(0, kept).map(Math.sqrt));
}

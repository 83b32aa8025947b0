import {
  centredSpectrum,
  componentsFor,
  matrixOf,
  type Features,
  type Labels,
  type LayerPredictor,
} from './features.ts';
import { mixtureMemberships } from './gaussian-mixture.ts';
import { leep } from './leep.ts';

export const N_LEEP = {
  id: 'nLeep',
  name: 'N-LEEP',
  what: 'LEEP with clusters of the layer (Li et al. 2021)',
  digits: 3,
  measure: ({ train, seed }) => nLeep(train.features, train.labels, seed),
} as const satisfies LayerPredictor;

/** The principal components with this share of the variance are used, as in the paper's experiments. */
const VARIANCE = 0.8;
/** The mixture is fitted in at most this many directions, because time grows with them. */
const MOST_DIRECTIONS = 64;
/** Components per class, as in the paper's experiments; fewer if there are not this many images per component. */
const COMPONENTS_A_CLASS = 5;
const IMAGES_A_COMPONENT = 10;

/**
 * N-LEEP: Li, Jia, Sang, Zhu, Green, Wang and Gong, "Ranking Neural Checkpoints", CVPR 2021, section 3.2. It is LEEP
 * with the components of a mixture of Gaussians in place of source classes, so that it is defined for any layer. The
 * mixture, here with diagonal covariances, is fitted to the principal components of the features, at most 64 of them.
 *
 * @param features of the target's training images, [N, D]
 * @param seed names the random stream that the mixture starts from
 * @returns nats, at most 0; larger is better. Undefined if the features of all images are the same.
 */
export function nLeep(features: Features, labels: Labels, seed: string): number | undefined {
  const { features: x, spectrum: principal } = centredSpectrum(features);
  if (!(principal.values[0] > 0)) return undefined;
  const kept = Math.min(MOST_DIRECTIONS, componentsFor(principal, VARIANCE));
  const projected = matrixOf(x).mmul(principal.vectors.subMatrix(0, x.columns - 1, 0, kept - 1));
  const values = Float64Array.from(projected.to1DArray());
  const components = Math.max(
    labels.classes,
    Math.min(COMPONENTS_A_CLASS * labels.classes, Math.floor(x.rows / IMAGES_A_COMPONENT)),
  );
  return leep(mixtureMemberships({ rows: x.rows, columns: kept, values }, { components, seed }), labels);
}

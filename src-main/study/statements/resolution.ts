import studentQuantile from '@stdlib/stats-base-dists-t-quantile';
import { CONFIDENCE } from '../results/statistics.ts';

/**
 * What seeds and splits move the difference of two networks by, in points of top-1: about what studies of the built-in networks
 * have had. It is an expectation, which a study then replaces with its own.
 */
const EXPECTED_SPREAD = 1.5;
/** The accuracy that is expected, a fraction, and the part of the answers that two networks share as they see the same images. */
const EXPECTED_ACCURACY = 0.6;
const SHARED = 0.6;
/** Standard normal quantile of 0.975. */
const Z = 1.959963984540054;
/** No difference is larger, in points. */
const MOST = 100;

/**
 * What a study can be expected to see: half of the 95% interval of the difference of two treatments at one n, in points of top-1. Over
 * replicates by Student's t; with one replicate that of its held-out images, as if the two networks were tested on independent ones.
 *
 * @param images held-out images that a network is tested on
 */
export function resolutionOf(replicates: number, images: number): number {
  const variance = (2 * 1e4 * EXPECTED_ACCURACY * (1 - EXPECTED_ACCURACY)) / Math.max(1, images);
  const half =
    replicates < 2
      ? Z * Math.sqrt(variance)
      : studentQuantile((1 + CONFIDENCE) / 2, replicates - 1) *
        Math.sqrt((EXPECTED_SPREAD ** 2 + (1 - SHARED) * variance) / replicates);
  return Math.min(MOST, half);
}

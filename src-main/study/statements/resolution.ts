import type { MeasuredSpread } from '../results/measured-spread.ts';
import studentQuantile from '@stdlib/stats-base-dists-t-quantile';
import { CONFIDENCE } from '../results/statistics.ts';
import { LEVEL } from './judge.ts';
import { powerOf } from './power.ts';

/**
 * What accuracies are expected to differ by where no study of the home has measured it (`results/measured-spread.ts`), standard
 * deviations in points of top-1: a treatment between splits, a network between seeds. About what studies of the built-in networks have had.
 */
export const EXPECTED_SPREAD = { split: 1, seed: 0.7 };
/** The accuracy that is expected, a fraction, and the part of the answers that two networks share as they see the same images. */
const EXPECTED_ACCURACY = 0.6;
export const SHARED = 0.6;
/** The boost of `AnB+` over the base in the paper, on average over n (Table 1), in points of top-1. */
export const PAPER_BOOST = 1.6;
/**
 * The part of its level that the boost is tested at by Holm's correction: of the five statements of a study two are clearer, so that
 * three are left (a simulation finds as many, `tools/simulate/layouts.ts`).
 */
const LEFT = 3;
/** Standard normal quantile of 0.975. */
const Z = 1.959963984540054;
/** No difference is larger, in points. */
const MOST = 100;

/** Variance of one network's accuracy by its held-out images, in points squared. */
const ofImages = (images: number): number => (1e4 * EXPECTED_ACCURACY * (1 - EXPECTED_ACCURACY)) / Math.max(1, images);

/** Independent splits, and seeds of each. */
interface Layout {
  readonly splits: number;
  readonly seeds: number;
}

/**
 * What a study can be expected to see: half of the 95% interval of the difference of two treatments at one n, in points of top-1, by
 * Student's t over splits, or over the seeds of one; with one replicate that of its held-out images, as if the two networks were
 * tested on independent ones.
 *
 * @param images held-out images that a network is tested on
 * @param measured of a study that is laid out like this one; absent: the expected spreads are assumed
 */
export function resolutionOf({ splits, seeds }: Layout, images: number, measured?: MeasuredSpread): number {
  if (splits * seeds < 2) return Math.min(MOST, Z * Math.sqrt(2 * ofImages(images)));
  const variance = 2 * networkVariance(images) + (splits > 1 ? seeds * EXPECTED_SPREAD.split ** 2 : 0);
  const units = splits > 1 ? splits : seeds;
  const error = measured ? measured.difference / Math.sqrt(units) : Math.sqrt(variance / (splits * seeds));
  return Math.min(MOST, studentQuantile((1 + CONFIDENCE) / 2, units - 1) * error);
}

/**
 * The share of such studies, of several splits, whose verdict finds a boost as large as the paper's, 0 to 1. The effect is the mean
 * over so many n, less a base that they share. 0 with one split.
 */
export function boostFound(
  { splits, seeds }: Layout,
  images: number,
  layers: number,
  measured?: MeasuredSpread,
): number {
  if (splits < 2 || layers < 1) return 0;
  const network = networkVariance(images) / seeds;
  const deviation = measured?.boost ?? Math.sqrt((EXPECTED_SPREAD.split ** 2 + network) / layers + network);
  return powerOf(PAPER_BOOST, { deviation, sizes: [splits] }, 0, LEVEL / 2 / LEFT);
}

/** Variance of a network's accuracy in a split that others of the split don't share, in points squared. */
const networkVariance = (images: number): number => EXPECTED_SPREAD.seed ** 2 + (1 - SHARED) * ofImages(images);

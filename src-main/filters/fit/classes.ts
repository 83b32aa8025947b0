import { BLOB_PARAMETERS, type BlobFit } from './blob.ts';
import type { FilterClass } from '../../common/results/filters.ts';
import { GABOR_PARAMETERS, type GaborFit } from './gabor.ts';

/** All thresholds that decide a filter's class. */
export const THRESHOLDS = {
  /**
   * The least share of a component that a function must explain. If more than 5% of random filters of the same size
   * reach it, the share that 5% of them reach is used instead (`calibration.ts`).
   */
  explained: 0.7,
  untrainedQuantile: 0.95,
  /**
   * Cycles of a Gabor function within the kernel (frequency times its larger side). With fewer it is called an edge.
   */
  cycles: 0.75,
  /** A filter is dead if its norm is less than this fraction of the median norm of its bank. */
  norm: 0.1,
} as const;

/** The shares of a component that a Gabor function and a blob must explain, 0 to 1. */
export interface LeastExplained {
  readonly gabor: number;
  readonly blob: number;
}

/** What decides the class of a filter. */
export interface Evidence {
  readonly component: 'luminance' | 'colour';
  readonly gabor: Pick<GaborFit, 'explained' | 'frequency'>;
  readonly blob: Pick<BlobFit, 'explained'>;
  readonly rows: number;
  readonly columns: number;
}

/**
 * The class of a filter that is not dead. If both functions explain enough, the one that leaves less per degree of
 * freedom decides; if one does, that one; if neither does, the filter is noise.
 */
export function classOf(evidence: Evidence, least: LeastExplained): Exclude<FilterClass, 'dead'> {
  const { component, gabor, blob, rows, columns } = evidence;
  const stripes = gabor.frequency * Math.max(rows, columns) < THRESHOLDS.cycles ? 'edge' : 'gabor';
  const round = component === 'colour' ? 'colour blob' : 'grey blob';
  const isGabor = gabor.explained >= least.gabor;
  const isBlob = blob.explained >= least.blob;
  if (isGabor && isBlob) {
    const places = rows * columns;
    const left = (explained: number, parameters: number) => (1 - explained) / Math.max(1, places - parameters);
    const gaborLeft = left(gabor.explained, GABOR_PARAMETERS);
    return left(blob.explained, BLOB_PARAMETERS) <= gaborLeft ? round : stripes;
  }
  return isGabor ? stripes : isBlob ? round : 'noise';
}

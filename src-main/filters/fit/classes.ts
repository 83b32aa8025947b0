import { BLOB_PARAMETERS, type BlobFit } from './blob.ts';
import type { FilterClass } from '../../common/results/filters.ts';
import { GABOR_PARAMETERS, type GaborFit } from './gabor.ts';

/** All thresholds that decide a filter's class. */
export const THRESHOLDS = {
  /**
   * Share of a component that a function must explain at the least; where more than 5 % of random filters of the same size
   * reach it, the share that 5 % of them reach instead (`calibration.ts`).
   */
  explained: 0.7,
  untrainedQuantile: 0.95,
  /** Cycles of a Gabor function within the kernel (frequency times its larger side). With fewer it is an edge of low frequency. */
  cycles: 0.75,
  /** A filter with less than this part of the norm of the bank's median filter is dead. */
  norm: 0.1,
} as const;

/** Shares of a component that a Gabor function, and a blob, must explain. */
export interface LeastExplained {
  readonly gabor: number;
  readonly blob: number;
}

export interface Evidence {
  readonly component: 'luminance' | 'colour';
  readonly gabor: Pick<GaborFit, 'explained' | 'frequency'>;
  readonly blob: Pick<BlobFit, 'explained'>;
  readonly rows: number;
  readonly columns: number;
}

/**
 * The class of a filter that is not dead: of the two functions, the one that explains more, weighed by how many numbers
 * it was given to do so; if it explains too little, the other; if that does too, noise.
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

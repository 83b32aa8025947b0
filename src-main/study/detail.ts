import type { Treatment } from '../common/treatments/treatments.ts';

/** How finely a training is followed. */
export interface Detail {
  /** Seconds between checkpoints: what a pulled plug may cost. */
  readonly checkpointEvery: number;
  /** Evaluations at the most. */
  readonly evaluations: number;
  /** Snapshots of the first layer's filters at the most. */
  readonly snapshots: number;
}

const CHECKPOINT_EVERY = 20;

/** Bases have a learning curve in the report, and show how filters form. */
const BASE: Detail = { checkpointEvery: CHECKPOINT_EVERY, evaluations: 10, snapshots: 40 };
/** Of a treatment the end is what counts, and of the many filters how they are changed. */
const TREATMENT: Detail = { checkpointEvery: CHECKPOINT_EVERY, evaluations: 2, snapshots: 12 };

export const detailOf = (kind: Treatment['kind']): Detail => (kind === 'base' ? BASE : TREATMENT);

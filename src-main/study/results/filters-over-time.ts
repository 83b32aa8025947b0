import type { Tensor } from '../../network/weights.ts';
import type { Store } from '../../store/records.ts';

/** First-layer filters [filters, channels, rows, columns] as they were at a step of a training. */
export interface FiltersAtStep {
  readonly step: number;
  readonly weight: Tensor;
}

/** The number of steps that is enough to see how filters grow. */
export const GROWTH_STEPS = 8;

/**
 * All filters at some steps of a run's history, evenly spaced, the first and the last among them. Empty without a
 * history.
 */
export function filtersOverTime(store: Store, run: string): FiltersAtStep[] {
  const steps = store.snapshots(run).map(({ step }) => step);
  return evenIndices(steps.length, GROWTH_STEPS).map((place) => {
    const step = steps[place];
    return { step, weight: store.snapshot(run, step)! };
  });
}

/** At most `most` of the indices 0 .. length - 1, evenly spaced, the first and the last among them. */
export function evenIndices(length: number, most: number): number[] {
  const count = Math.min(length, most);
  return Array.from({ length: count }, (_, i) => (count > 1 ? Math.round((i * (length - 1)) / (count - 1)) : 0));
}

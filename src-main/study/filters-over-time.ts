import type { Tensor } from '../network/weights.ts';
import type { Store } from '../store/records.ts';

/** First-layer filters [filters, channels, rows, columns] as they were at a step of a training. */
export interface FiltersAtStep {
  readonly step: number;
  readonly weight: Tensor;
}

/** Steps of a history that are enough to see something grow. */
const GROWTH_STEPS = 8;

/** All filters at some steps of a run's history, spread over it, the first and the last among them. None where there is no history. */
export function filtersOverTime(store: Store, run: string): FiltersAtStep[] {
  const steps = store.snapshots(run).map(({ step }) => step);
  const last = Math.min(GROWTH_STEPS, steps.length) - 1;
  return Array.from({ length: last + 1 }, (_, place) => {
    const step = steps[last === 0 ? 0 : Math.round((place * (steps.length - 1)) / last)];
    return { step, weight: store.snapshot(run, step)! };
  });
}

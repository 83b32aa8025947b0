import type { Tensor } from '../../network/weights.ts';
import type { Store } from '../../store/records.ts';

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
  return evenly(steps.length, GROWTH_STEPS).map((place) => {
    const step = steps[place];
    return { step, weight: store.snapshot(run, step)! };
  });
}

/** So many of 0 .. length - 1 at even distances, the first and the last among them; all where there are no more. */
export function evenly(length: number, most: number): number[] {
  const count = Math.min(length, most);
  return Array.from({ length: count }, (_, i) => (count > 1 ? Math.round((i * (length - 1)) / (count - 1)) : 0));
}

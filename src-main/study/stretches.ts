import { frozenStretches } from '../engine/trainer/stage.ts';
import { learningIn } from '../common/treatments/schema.ts';
import type { PlannedRun } from './plan.ts';

/** Steps of trainings that are done side by side, all of them with the same layers frozen. */
export interface Stretch {
  readonly steps: number;
  /** How many layers of each training are frozen. */
  readonly borders: readonly number[];
}

/** A group has one stretch, but for a training whose treatment has stages: it is alone, and has one for each of them. */
export function stretchesOf(group: readonly PlannedRun[]): Stretch[] {
  const [{ steps, identity, trainImages, network }] = group;
  const { stages } = learningIn(identity);
  if (!stages) return [{ steps, borders: group.map((run) => run.identity.frozen) }];
  const length = { batchSize: network.training.batchSize, trainImages, steps };
  return frozenStretches(stages(identity.n), length).map((stage) => ({ steps: stage.steps, borders: [stage.frozen] }));
}

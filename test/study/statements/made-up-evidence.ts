import type { RunResult } from '../../../src-main/study/results/curves.ts';
import { type Evidence, NO_RUNS, type Runs } from '../../../src-main/study/statements/evidence.ts';
import { TREATMENT_KINDS, treatmentName } from '../../../src-main/common/treatments/treatments.ts';

/** So many that an accuracy is as good as continuous. */
const IMAGES = 100_000;
/** Percent. */
const LEVEL = 50;

type Kind = RunResult['kind'];

/** Points of top-1 that a network has beyond the level of its replicate; n = 0 for the base. */
export type Effect = (kind: Kind, n: number, replicate: number) => number;

/** Runs of the paper's network on half B whose accuracies are a level, of each replicate, plus an effect. NaN: no such network. */
export function madeUpRuns(replicates: number, effect: Effect): Runs {
  const results = Array.from({ length: replicates }, (_, replicate) => {
    const run = (kind: Kind, n: number) => {
      const points = LEVEL + replicate + effect(kind, n, replicate);
      return Number.isNaN(points) ? [] : [runOf(kind, n, replicate, points)];
    };
    return [
      ...run('base', 0),
      ...TREATMENT_KINDS.flatMap((kind) => [1, 2, 3, 4, 5, 6, 7].flatMap((n) => run(kind, n))),
    ];
  });
  return { results: results.flat(), unitOf: (replicate) => replicate, unit: 'split' };
}

export function madeUpEvidence(own: Runs, other: Partial<Evidence> = {}): Evidence {
  return { target: 'B', depth: 8, learnt: true, own, near: own, distant: NO_RUNS, ...other };
}

function runOf(kind: RunResult['kind'], n: number, replicate: number, points: number): RunResult {
  const correct = Math.round((points / 100) * IMAGES);
  return {
    name: treatmentName({ kind, n, target: 'B' }),
    kind,
    n,
    target: 'B',
    replicate,
    correct,
    total: IMAGES,
    loss: 1,
  };
}

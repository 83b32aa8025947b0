import { differences } from '../effects.ts';
import { curveName, sortedKinds, type Half, type TreatmentKind } from '../../common/treatments/treatments.ts';
import type { EffectPoint } from '../../common/results/effects.ts';
import type { Analysis } from './analysis.ts';

/** A treatment as the difference from its base, in points of top-1 against n. */
export interface BaseDifference {
  readonly kind: TreatmentKind;
  /** `AnB` */
  readonly name: string;
  readonly target: Half;
  readonly points: EffectPoint[];
}

/** The differences of all treatments of a half, in the order of the curves; those without a complete pair are left out. */
export function baseDifferences(target: Half, { results, pooling }: Analysis): BaseDifference[] {
  const runs = pooling.directions === 'pooled' ? results : results.filter((run) => run.target === target);
  const kinds = sortedKinds(runs.flatMap(({ kind }) => (kind === 'base' ? [] : [kind])));
  return kinds
    .map((kind) => {
      return { kind, name: curveName({ kind, target }), target, points: differences(runs, kind, 'base') };
    })
    .filter(({ points }) => points.length > 0);
}

import type { Tensor } from '../../network/weights.ts';
import { bankShape, filterWeights } from '../bank.ts';
import { type Component, dominantComponent } from '../colour.ts';
import { compareModels, type Evidence, fittedPlane, THRESHOLDS } from './classes.ts';
import { noiseLevel } from './noise-level.ts';
import type { FitParameters } from './search.ts';

/** What decides the class of a filter of a bank. */
interface FilterEvidence {
  readonly component: Component;
  /** Whether it is nearly nothing beside the others. */
  readonly dead: boolean;
  readonly evidence: Evidence;
}

/**
 * Compares the models of each filter of a bank, with the noise that they have in common. Dead filters don't tell how strong that is.
 *
 * @param found the parameters of each filter's functions
 */
export function bankEvidence(weight: Tensor, found: readonly FitParameters[]): FilterEvidence[] {
  const [filters, channels] = bankShape(weight);
  const norms = Array.from({ length: filters }, (_, filter) =>
    Math.hypot(...filterWeights(weight, filter).map((value) => (Number.isFinite(value) ? value : 0))),
  );
  const median = norms.toSorted((a, b) => a - b)[Math.floor(filters / 2)];
  const all = norms.map((norm, filter) => {
    const component = dominantComponent(weight, filter);
    const dead = norm === 0 || norm < THRESHOLDS.norm * median;
    return { component, norm, dead, fitted: fittedPlane(component, found[filter]) };
  });
  const level = noiseLevel(all.flatMap(({ dead, fitted }) => (dead ? [] : [fitted])));
  const planes = channels === 3 ? 3 : 1;
  return all.map(({ component, norm, dead, fitted }) => ({
    ...{ component, dead },
    evidence: compareModels(fitted, { energy: norm * norm, planes, level }),
  }));
}

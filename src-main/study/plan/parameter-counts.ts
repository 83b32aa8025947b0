import { learningIn } from '../../common/treatments/schema.ts';
import { frozenStretches } from '../../engine/trainer/stage.ts';
import { treatedNetwork } from '../../network/variants.ts';
import { learns, resolveNetwork } from '../../network/network.ts';
import type { Half, TreatmentKind } from '../../common/treatments/treatments.ts';
import { type RunIdentity, examplesOf } from './run-record.ts';

/** How many parameters of a network are trained. */
export interface ParameterCounts {
  /** Weights, biases and adapters that are trained at some time. */
  readonly trained: number;
  /** All parameters of the network as it is used, with adapters merged. */
  readonly total: number;
}

/** The counts of a treatment at one n, equal in all its runs. */
export interface TreatmentParameters extends ParameterCounts {
  readonly kind: TreatmentKind | 'base';
  readonly n: number;
  readonly target: Half;
}

/** @param steps of the whole training */
export function parameterCounts(identity: RunIdentity, steps: number): ParameterCounts {
  const { classes, n } = identity;
  const plain = resolveNetwork({ name: 'counted', ...identity.network }, classes.length);
  const network = treatedNetwork(plain, n, learningIn(identity));
  const frozen = fewestFrozen(identity, steps);
  const sum = (sizes: readonly { readonly size: number }[]) => sizes.reduce((total, { size }) => total + size, 0);
  return {
    trained: identity.head ? 0 : sum(network.parameters.filter((parameter) => learns(parameter, frozen))),
    total: sum(plain.parameters),
  };
}

/** The fewest layers that are frozen at any time. With few epochs, some layers are never unfrozen. */
function fewestFrozen(identity: RunIdentity, steps: number): number {
  const { stages } = learningIn(identity);
  if (!stages) return identity.frozen;
  const { epochs, batchSize } = identity.network.training;
  const examples = examplesOf(identity);
  const trainImages = examples === undefined ? (steps * batchSize) / epochs : examples * identity.classes.length;
  const stretches = frozenStretches(stages(identity.n), { batchSize, trainImages, steps });
  return Math.min(...stretches.map(({ frozen }) => frozen));
}

/** Each treatment once at each n. */
export function treatmentParameters(runs: readonly TreatmentParameters[]): TreatmentParameters[] {
  const byPlace = new Map(
    runs.map(({ kind, n, target, trained, total }) => [`${kind} ${n} ${target}`, { kind, n, target, trained, total }]),
  );
  return [...byPlace.values()];
}

import { resolveNetwork } from '../../network/network.ts';
import type { Companion } from '../companion.ts';
import { isNear, type Pooling, type RunResult } from '../curves.ts';
import type { Protocol } from '../protocol.ts';
import { wilsonInterval } from '../statistics.ts';
import type { Half } from '../../common/treatments/treatments.ts';
import { answers } from './answer.ts';
import { NO_RUNS, runsOf, type Evidence } from './evidence.ts';
import type { Answer } from '../../common/results/statements.ts';
import type { Runs } from './measured.ts';

/** A study as far as the paper's statements are concerned. */
export interface AnsweredStudy {
  readonly protocol: Protocol;
  readonly results: readonly RunResult[];
  readonly pooling: Pooling;
  readonly targets: readonly Half[];
  /** Accuracy of guessing, by half. */
  readonly chance: Readonly<Record<Half, number>>;
  readonly companion: Companion | null;
}

/** The answer in words: what the study says of each statement of the paper, for each half that was trained on. */
export function studyAnswers(study: AnsweredStudy): Answer[] {
  const { protocol, companion } = study;
  const { replicates } = protocol;
  const splits = new Set(replicates.map(({ splitSeed }) => splitSeed)).size;
  return answers(evidenceOf(study), {
    unit: isNear(protocol) && splits > 1 && splits < replicates.length ? 'split' : 'seed',
    near: isNear(protocol),
    companion: companion?.name ?? null,
  });
}

function evidenceOf({ protocol, results, pooling, targets, chance, companion }: AnsweredStudy): Evidence[] {
  const { depth } = resolveNetwork(protocol.network, 2);
  const learnt = results.every((run) => run.kind !== 'base' || hasLearnt(run, chance));
  const other: Runs = companion ? runsOf(companion.results, companion.protocol) : NO_RUNS;
  return targets.map((target) => {
    const trained = pooling.directions === 'pooled' ? results : results.filter((run) => run.target === target);
    const own = runsOf(trained, protocol);
    // How far a pretrained network's classes are from B is not known.
    const unknown = protocol.pretrained !== undefined;
    const [near, distant] = unknown ? [NO_RUNS, NO_RUNS] : isNear(protocol) ? [own, other] : [other, own];
    return { target, depth, learnt, own, near, distant };
  });
}

/** Whether a network can be told from guessing. */
export function hasLearnt({ correct, total, target }: RunResult, chance: Readonly<Record<Half, number>>): boolean {
  return wilsonInterval(correct, total).low > chance[target];
}

import { counted, percent } from '../../common/numbers.ts';
import type { Half } from '../../common/treatments/treatments.ts';
import type { Protocol } from '../plan/protocol.ts';
import { isAboveChance } from './chance.ts';
import { isNear, type RunResult } from './curves.ts';

/** The bases of a study, all of which must have learnt before anything can be said of what is transplanted. */
export interface StudiedBases {
  readonly protocol: Pick<Protocol, 'split'>;
  /** Those that are not bases take no part. */
  readonly results: readonly RunResult[];
  /** Accuracy of always naming the largest class, by half. */
  readonly chance: Readonly<Record<Half, number>>;
}

/**
 * Why nothing can be said of transplants: bases that can’t be told from guessing, and what to do about them. Undefined where
 * all have learnt.
 */
export function notLearnt(study: StudiedBases): string | undefined {
  const [first] = guessing(study);
  if (!first) return undefined;
  return (
    wentWrong(study) ??
    `A base network can’t be told from guessing (${percent(study.chance[first.target])}), so there is nothing to transfer. Train longer or on more images.`
  );
}

/** The bases that did not learn what others like them did learn, by name, and what to do; undefined where there are none. */
export function wentWrong(study: StudiedBases): string | undefined {
  const { protocol, chance } = study;
  const without = guessing(study);
  const learnt = basesOf(study).filter((run) => !without.includes(run));
  // Random halves are alike; of chosen ones, one may be harder to learn than the other.
  const likeOf = (run: RunResult) => learnt.filter(({ target }) => isNear(protocol) || target === run.target);
  const wrong = without.filter((run) => likeOf(run).length > 0);
  if (wrong.length === 0) return undefined;
  const others = new Set(wrong.flatMap(likeOf)).size;
  const [it, its] = wrong.length === 1 ? ['it', 'Its training'] : ['they', 'Their trainings'];
  return (
    `${namedBases(wrong)} did not learn: ${it} can’t be told from guessing (${percent(chance[wrong[0].target])}), as ${counted(others, 'other base')} can. ` +
    `${its} went wrong, mostly by too high a learning rate: start a new study with a lower rate in its network’s file, or with other seeds.`
  );
}

const basesOf = ({ results }: StudiedBases) => results.filter(({ kind }) => kind === 'base');
const guessing = (study: StudiedBases) => basesOf(study).filter((run) => !isAboveChance([run], study.chance));

/** `baseA of replicates 1, 3 and baseB of replicate 2`, each once. */
export function namedBases(bases: readonly Pick<RunResult, 'name' | 'replicate'>[]): string {
  const names = [...Map.groupBy(bases, ({ name }) => name)].map(([name, own]) => {
    const replicates = [...new Set(own.map(({ replicate }) => replicate + 1))];
    return `${name} of replicate${replicates.length > 1 ? 's' : ''} ${replicates.join(', ')}`;
  });
  return names.join(' and ');
}

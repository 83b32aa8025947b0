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
 * Why nothing can be said of transplants: bases that can’t be told from guessing, and what to do. Where others that learn the
 * like did learn, their trainings went wrong and they are named; else all have too little to learn from. Undefined where
 * all bases have learnt.
 */
export function notLearnt({ protocol, results, chance }: StudiedBases): string | undefined {
  const bases = results.filter(({ kind }) => kind === 'base');
  const learnt = bases.filter((run) => isAboveChance([run], chance));
  const guessing = bases.filter((run) => !learnt.includes(run));
  if (guessing.length === 0) return undefined;
  // Random halves are alike; of chosen ones, one may be harder to learn than the other.
  const likeOf = (run: RunResult) => learnt.filter(({ target }) => isNear(protocol) || target === run.target);
  const astray = guessing.filter((run) => likeOf(run).length > 0);
  if (astray.length === 0)
    return `A base network can’t be told from guessing (${percent(chance[guessing[0].target])}), so there is nothing to transfer. Train longer or on more images.`;
  const others = new Set(astray.flatMap(likeOf)).size;
  const one = astray.length === 1;
  return (
    `${namedBases(astray)} did not learn: ${one ? 'it' : 'they'} can’t be told from guessing (${percent(chance[astray[0].target])}), as ${counted(others, 'other base')} can. ` +
    `${one ? 'Its training' : 'Their trainings'} went wrong, mostly by too high a learning rate: start a new study with a lower rate in its network’s file, or with other seeds.`
  );
}

/** `baseA of replicates 1, 3 and baseB of replicate 2`, each once. */
export function namedBases(bases: readonly Pick<RunResult, 'name' | 'replicate'>[]): string {
  const names = [...Map.groupBy(bases, ({ name }) => name)].map(([name, own]) => {
    const replicates = [...new Set(own.map(({ replicate }) => replicate + 1))];
    return `${name} of replicate${replicates.length > 1 ? 's' : ''} ${replicates.join(', ')}`;
  });
  return names.join(' and ');
}

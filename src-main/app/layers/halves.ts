import { makeSplit } from '../../data/split.ts';
import type { Half } from '../../common/treatments/treatments.ts';
import type { StoredRun } from '../first-layer.ts';
import type { Home } from '../opened-home.ts';
import type { Place } from '../place.ts';
import { findStoredStudy } from '../stored-study.ts';

/** The classes of a study's halves, as a run of it has them. */
export interface Halves {
  readonly a: readonly string[];
  readonly b: readonly string[];
}

/** Both halves of the replicate that a run belongs to. Undefined where it stands in no study. */
export function halvesOf(home: Home, place: Place | undefined): Halves | undefined {
  if (!place) return undefined;
  const { protocol, index } = findStoredStudy(home, place.study.id);
  const { a, b } = makeSplit(index, protocol.split, protocol.replicates[place.run.replicate].splitSeed);
  return { a, b };
}

/** The classes whose images are looked at, each once: of both halves, or of the run's own. */
export const classesOf = (halves: Halves | undefined, { identity }: StoredRun): readonly string[] =>
  halves ? [...new Set([...halves.a, ...halves.b])] : identity.classes;

/** `A` or `B`, where the class is of one of them. */
export function halfOf(halves: Halves | undefined, name: string): Half | undefined {
  if (halves?.a.includes(name)) return 'A';
  return halves?.b.includes(name) ? 'B' : undefined;
}

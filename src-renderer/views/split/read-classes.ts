import type { Api } from '../../api.ts';
import type { ClassCount } from './balance.ts';

export const DEAD_LEAVES = 'dead-leaves';

export interface SetOfClasses {
  readonly classes: readonly ClassCount[];
  /** The stored set that samples can be had from. */
  readonly samples: string | undefined;
  /** Whether the images are there, or are made once a study needs them. */
  readonly made: boolean;
}

/** The classes of a set in label order; `dead-leaves` has some before it has images. */
export async function readClasses(api: Api, set: string): Promise<SetOfClasses> {
  if (set !== DEAD_LEAVES) return { classes: (await api.images.details({ set })).byClass, samples: set, made: true };
  const stored = (await api.images.list()).find(({ builtIn }) => builtIn);
  // Made once already, if perhaps fewer or smaller ones: good enough to look at.
  const classes = stored ? (await api.images.details({ set: stored.id })).byClass : await families(api);
  return {
    classes: classes.map(({ name, group }) => ({ name, group, train: null, heldOut: null })),
    samples: stored?.id,
    made: false,
  };
}

/** The two families of the built-in classes, which stand in this order. */
async function families(api: Api): Promise<{ name: string; group: string }[]> {
  const [first, second] = ['round', 'angular'];
  const split = { kind: 'groups', a: [first], b: [second], unequal: true } as const;
  const { a, b } = await api.studies.split({ set: DEAD_LEAVES, split: { ...split, a: [first], b: [second] }, seed: 1 });
  return [...a.map((name) => ({ name, group: first })), ...b.map((name) => ({ name, group: second }))];
}

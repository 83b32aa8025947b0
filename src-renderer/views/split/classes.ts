import type { Api } from '../../api.ts';

/** What stands for the built-in images where an image set is named (contract/studies.ts). */
export const DEAD_LEAVES = 'dead-leaves';

export interface ClassCount {
  readonly name: string;
  readonly group: string | null;
  /** Null: not made yet. */
  readonly train: number | null;
  readonly heldOut: number | null;
}

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

export type Side = 'A' | 'B' | 'none';

export interface Group {
  readonly name: string;
  readonly classes: number;
}

/** The groups of a set, as they first appear. */
export function groupsOf(counts: readonly Pick<ClassCount, 'group'>[]): Group[] {
  const sizes = new Map<string, number>();
  for (const { group } of counts) if (group !== null) sizes.set(group, (sizes.get(group) ?? 0) + 1);
  return [...sizes].map(([name, classes]) => ({ name, classes }));
}

/** The side of each group; the first is A and the second B where nothing was chosen. */
export function sidesOf(
  groups: readonly Group[],
  split: { readonly a: readonly string[]; readonly b: readonly string[] } | undefined,
): ReadonlyMap<string, Side> {
  return new Map(
    groups.map(({ name }, position) => {
      if (!split) return [name, position === 0 ? 'A' : position === 1 ? 'B' : 'none'];
      return [name, split.a.includes(name) ? 'A' : split.b.includes(name) ? 'B' : 'none'];
    }),
  );
}

/** The groups of each side. */
export function splitOf(sides: ReadonlyMap<string, Side>): { a: string[]; b: string[] } {
  const on = (side: Side) => [...sides].filter(([, other]) => other === side).map(([name]) => name);
  return { a: on('A'), b: on('B') };
}

/** All classes of each side's groups: shown while a side has no group, because nothing can be drawn then. */
export function halvesByGroup(
  counts: readonly Pick<ClassCount, 'name' | 'group'>[],
  split: { readonly a: readonly string[]; readonly b: readonly string[] },
): { a: string[]; b: string[] } {
  const of = (groups: readonly string[]) =>
    counts.filter(({ group }) => group !== null && groups.includes(group)).map(({ name }) => name);
  return { a: of(split.a), b: of(split.b) };
}

export const withSide = (sides: ReadonlyMap<string, Side>, group: string, side: Side): ReadonlyMap<string, Side> =>
  new Map(sides).set(group, side);

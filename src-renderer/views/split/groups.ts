import type { ClassCount } from './balance.ts';

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

/** The classes of each side's groups, none cut: what is shown while a side has no group, of which nothing can be drawn. */
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

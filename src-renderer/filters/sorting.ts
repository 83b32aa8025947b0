import type { FilterMeasures } from '../../src-main/api/contract/runs.ts';

export const SORTINGS = ['network', 'norm', 'orientation', 'colour'] as const;
export type Sorting = (typeof SORTINGS)[number];

/** What comes first has the smallest; null comes last. */
const KEYS: Readonly<Record<Exclude<Sorting, 'network'>, (measures: FilterMeasures) => number | null>> = {
  norm: ({ norm }) => -norm,
  orientation: ({ orientation }) => orientation,
  colour: ({ colour }) => -colour,
};

/** Numbers of the filters in the order to show them: largest norm first, by rising angle, most colourful first. */
export function orderOf(measures: readonly FilterMeasures[], sorting: Sorting): number[] {
  const filters = measures.map((_, filter) => filter);
  if (sorting === 'network') return filters;
  const keys = measures.map((measure) => KEYS[sorting](measure) ?? Infinity);
  // Equal ones keep the network's order: JavaScript sorts are stable. Infinity - Infinity is not a number.
  return filters.sort((a, b) => (keys[a] === keys[b] ? 0 : keys[a] - keys[b]));
}

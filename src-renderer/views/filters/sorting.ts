import type { Api } from '../../api.ts';
import type { FilterFit, FilterMeasures } from '../../../src-main/common/contract/runs.ts';
import { CLASS_NAMES } from '../../../src-main/common/charts/filter-classes.ts';

export const SORTINGS = ['network', 'norm', 'orientation', 'colour', 'kind', 'match'] as const;
export type Sorting = (typeof SORTINGS)[number];

/** Kinds in the order in which they are named. */
const CLASSES = Object.keys(CLASS_NAMES);

/** Filters are shown by rising key; null comes last. */
const KEYS: Readonly<
  Record<Exclude<Sorting, 'network' | 'kind' | 'match'>, (measures: FilterMeasures) => number | null>
> = {
  norm: ({ norm }) => -norm,
  orientation: ({ orientation }) => orientation,
  colour: ({ colour }) => -colour,
};

/**
 * Numbers of the filters in the order to show them: largest norm first, by rising angle, most colourful first; by kind, once
 * `fits` tell it, and within a kind those first that a Gabor function explains best; `matched`: in this order, once it is there.
 */
export function orderOf(
  measures: readonly FilterMeasures[],
  sorting: Sorting,
  fits?: readonly FilterFit[],
  matched?: readonly number[],
): number[] {
  const filters = measures.map((_, filter) => filter);
  if (sorting === 'kind') {
    const rank = (filter: number) => CLASSES.indexOf(fits![filter].class) - fits![filter].gabor.explained / 2;
    return fits ? filters.sort((a, b) => rank(a) - rank(b)) : filters;
  }
  if (sorting === 'match') return matched ? [...matched] : filters;
  if (sorting === 'network') return filters;
  const keys = measures.map((measure) => KEYS[sorting](measure) ?? Infinity);
  // Equal ones keep the network's order: JavaScript sorts are stable. Infinity - Infinity is not a number.
  return filters.sort((a, b) => (keys[a] === keys[b] ? 0 : keys[a] - keys[b]));
}

/** How the filters of two networks are matched one to one, and how similar the pairs are. */
export type Matching = Awaited<ReturnType<Api['runs']['matching']>>;

/** A filter of the other network, and how similar it is, -1 to 1. */
export interface Match {
  readonly filter: number;
  readonly similarity: number;
}

/** What a filter of the first network (`place` 0) or of the second is matched with. */
export function matchOf({ matches, similarities }: Matching, place: number, filter: number): Match {
  const first = place === 0 ? filter : matches.indexOf(filter);
  return { filter: place === 0 ? matches[filter] : first, similarity: similarities[first] };
}

/** The filters of one of the two networks, most similar to their match first: in the other's order, the match is at the same place. */
export function orderByMatch({ matches, similarities }: Matching, place: number): number[] {
  const pairs = matches.map((second, first) => ({ order: [first, second], similarity: similarities[first] }));
  return pairs.sort((a, b) => b.similarity - a.similarity).map(({ order }) => order[place]);
}

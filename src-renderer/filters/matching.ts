import type { Api } from '../api.ts';

/** How the filters of two networks are matched one to one, and how alike they are. */
export type Matching = Awaited<ReturnType<Api['runs']['matching']>>;

/** One of the filters of a network, and how alike they are, -1 to 1. */
export interface Match {
  readonly filter: number;
  readonly similarity: number;
}

/** What a filter of the first network (`place` 0) or of the second is matched with. */
export function matchOf({ matches, similarities }: Matching, place: number, filter: number): Match {
  const first = place === 0 ? filter : matches.indexOf(filter);
  return { filter: place === 0 ? matches[filter] : first, similarity: similarities[first] };
}

/** Filters of one of the two networks, those first that are most like their match: of the other, its match is in the same place. */
export function orderByMatch({ matches, similarities }: Matching, place: number): number[] {
  const pairs = matches.map((second, first) => ({ order: [first, second], similarity: similarities[first] }));
  return pairs.sort((a, b) => b.similarity - a.similarity).map(({ order }) => order[place]);
}

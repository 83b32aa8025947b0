import { count } from '../../src-main/common/numbers.ts';
import type { Match, Matching } from '../filters/matching.ts';

/** What the Filters screen says of two networks whose filters are matched one to one. */
export const text = {
  waiting: 'Matching the filters of both networks …',
  both: ([first, second]: readonly [string, string]) => `${first} and ${second}`,
  title: (names: readonly [string, string]) => `How alike are ${text.both(names)}?`,
  generality: 'Generality of layer 1:',
  means: ({ matches, mean, untrainedMean }: Matching) =>
    `The mean similarity of their ${count(matches.length)} pairs is ${mean.toFixed(2)}, with untrained filters ${untrainedMean.toFixed(2)}.`,
  chart: (names: readonly [string, string], { mean, untrainedMean }: Matching) =>
    `How alike the matched filters of ${text.both(names)} are: ${mean.toFixed(2)} on average, ${untrainedMean.toFixed(2)} with untrained filters`,
  hint: (draws: number) =>
    `Filters are matched one to one so that they are as alike as they can be, shifted by up to half a kernel; 1 is the same filter. Generality is 0 where they are no more alike than with the filters of ${count(draws)} untrained networks, 1 where they are the same. Trained filters are smoother than random ones, which alone makes them somewhat more alike.`,
  matched: (name: string) => `Its match in ${name}`,
  match: ({ filter, similarity }: Match) => `Filter ${filter + 1}, similarity ${similarity.toFixed(2)}`,
  lookAt: (filter: number, name: string) => `Look at filter ${filter + 1} of ${name}`,
};

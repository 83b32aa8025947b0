import type { Application } from '../app/application.ts';
import { firstLayerFilters, storedRun } from '../app/first-layer.ts';
import { count } from '../common/numbers.ts';
import type { Generality } from '../filters/matching/generality.ts';
import { print, printJson, type Surroundings } from './surroundings.ts';
import { table } from './table.ts';

/**
 * Matches the latest filters of two trainings one to one. Throws a UserError if one has none or their shapes differ.
 */
export async function matchFilters(application: Application, first: string, second: string): Promise<Generality> {
  const latest = (key: string) =>
    firstLayerFilters(application, storedRun(application, key), 'latest', undefined).then(({ weight }) => weight);
  const { generalityOf } = await import('../filters/matching/generality.ts');
  return generalityOf(await latest(first), await latest(second));
}

/** Prints a JSON line for each pair, then one about all of them. */
export function printMatchesJson(surroundings: Surroundings, generality: Generality): void {
  const { matches, similarities, ...summary } = generality;
  matches.forEach((matched, filter) =>
    printJson(surroundings, {
      ...{ type: 'filter-match', filter: filter + 1, matched: matched + 1, similarity: similarities[filter] },
    }),
  );
  printJson(surroundings, { type: 'filter-generality', ...summary });
}

/** Prints how general the two first layers are, then each pair, the most similar first. */
export function printMatches(
  surroundings: Surroundings,
  [first, second]: readonly [string, string],
  { matches, similarities, mean, untrainedMean, generality, draws }: Generality,
): void {
  const pairs = matches
    .map((matched, filter) => ({ filter, matched, similarity: similarities[filter] }))
    .sort((a, b) => b.similarity - a.similarity);
  print(
    surroundings,
    [
      `Generality ${generality.toFixed(2)}: 0 means no more similar than to untrained filters, 1 means the same filters.`,
      `The mean similarity of ${count(pairs.length)} pairs, matched one to one, is ${mean.toFixed(2)}; with the filters of ${draws} untrained networks it is ${untrainedMean.toFixed(2)}.`,
      '',
    ].join('\n'),
  );
  const rows = pairs.map(({ filter, matched, similarity }) => [
    ...[String(filter + 1), String(matched + 1), similarity.toFixed(2)],
  ]);
  print(surroundings, table([`filter of ${first}`, `filter of ${second}`, 'similarity'], rows));
}

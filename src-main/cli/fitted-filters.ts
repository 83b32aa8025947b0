import { oddityWords } from '../../src-renderer/charts/filter-oddity.ts';
import type { Application } from '../app/application.ts';
import { firstLayerFilters, storedRun } from '../app/first-layer.ts';
import type { FittedBanks } from '../app/tasks/fit.ts';
import { count, percent } from '../common/numbers.ts';
import { THRESHOLDS } from '../filters/fit/classes.ts';
import { FILTER_CLASSES } from '../common/results/filters.ts';
import { filtersOverTime } from '../study/filters-over-time.ts';
import { printJson, print, type Surroundings } from './surroundings.ts';
import { table } from './table.ts';

/**
 * Fits the latest filters of a training's first layer, and some of its history. Throws a UserError if it has none.
 */
export async function fitFilters(application: Application, key: string): Promise<FittedBanks> {
  const run = storedRun(application, key);
  const latest = await firstLayerFilters(application, run, 'latest', undefined);
  const before = filtersOverTime(application.store, key).filter(({ step }) => step < latest.step);
  // This is loaded late, because only this command needs the optimiser.
  const { fitBanks } = await import('../app/tasks/fit.ts');
  return fitBanks({ home: application.home, run: key, banks: [...before, latest] });
}

/** Prints a JSON line for each filter of the latest step, then one with the shares for each step. */
export function printFitsJson(surroundings: Surroundings, { banks, calibration }: FittedBanks): void {
  const { step, fits } = banks.at(-1)!;
  fits.forEach(({ component, gabor, blob, ...fit }, filter) => {
    const numbers = <Fit extends { fitted: unknown }>({ fitted: _, ...rest }: Fit) => rest;
    printJson(surroundings, {
      ...{ type: 'filter-fit', filter: filter + 1, step, ...fit, component: component.kind, share: component.share },
      ...{ gabor: numbers(gabor), blob: numbers(blob) },
    });
  });
  for (const { step, summary } of banks) printJson(surroundings, { type: 'filter-shares', step, ...summary });
  const { shape, seed, filters, least, shares } = calibration;
  printJson(surroundings, { type: 'untrained-filter-shares', shape, seed, filters, least, shares });
}

/** Prints the share of each class for each step and for untrained filters, then each filter of the latest step. */
export function printFits(surroundings: Surroundings, { banks, calibration }: FittedBanks): void {
  const { shape, filters, least, shares } = calibration;
  const shareRows = [...banks].map(({ step, summary }) => [`step ${count(step)}`, ...percents(summary.shares)]);
  print(surroundings, table(['', ...FILTER_CLASSES], [...shareRows, ['untrained', ...percents(shares)]]));
  const [channels, rows, columns] = shape;
  print(
    surroundings,
    [
      '',
      `Untrained: ${count(filters)} random filters of ${rows}x${columns}x${channels}. A Gabor function must explain ${percent(least.gabor)} of a filter's`,
      `main part, a blob ${percent(least.blob)}; with fewer than ${THRESHOLDS.cycles} cycles in the kernel it is an edge.`,
      '',
    ].join('\n'),
  );
  const { step, fits } = banks.at(-1)!;
  for (const sentence of oddityWords(fits.map(({ oddity }) => oddity))) print(surroundings, `${sentence}\n`);
  const head = ['filter', 'class', 'part', 'of energy', 'Gabor', 'blob', 'direction', 'cycles/pixel', 'phase'];
  const filterRows = fits.map(({ class: name, component, gabor, blob }, filter) => [
    ...[String(filter + 1), name, component.kind, percent(component.share)],
    ...[percent(gabor.explained), percent(blob.explained)],
    ...(name === 'gabor' || name === 'edge'
      ? [`${Math.round(gabor.orientation) % 180}°`, gabor.frequency.toFixed(3), `${Math.round(gabor.phase)}°`]
      : ['', '', '']),
  ]);
  print(surroundings, `Filters at step ${count(step)}, and how much of their main part each function explains:\n`);
  print(surroundings, table(head, filterRows, [1, 2]));
}

const percents = (shares: Readonly<Record<string, number>>): string[] =>
  FILTER_CLASSES.map((name) => percent(shares[name]));

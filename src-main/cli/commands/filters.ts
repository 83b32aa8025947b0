import { access, constants } from 'node:fs/promises';
import { dirname, extname, join, resolve } from 'node:path';
import type { Command } from 'commander';
import type { Application } from '../../app/application.ts';
import { firstLayerFilters, readRunWeights, storedRun } from '../../app/stored/run.ts';
import type { FittedBanks } from '../../app/tasks/fit.ts';
import { oddityWords } from '../../common/charts/filter-classes.ts';
import { count, percent } from '../../common/numbers.ts';
import { FILTER_CLASSES } from '../../common/results/filters.ts';
import { UserError } from '../../errors.ts';
import { THRESHOLDS } from '../../filters/fit/classes.ts';
import type { Generality } from '../../filters/matching/generality.ts';
import type { RunRecord } from '../../store/records.ts';
import { filtersOverTime } from '../../study/results/filters-over-time.ts';
import { findRun, parseFilled, RUN_ARGUMENT } from '../terminal/parse.ts';
import { reasonOf } from '../terminal/reasons.ts';
import { reading } from '../terminal/session.ts';
import { type GlobalOptions, print, printJson, type Surroundings, table } from '../terminal/surroundings.ts';

/** `transplant filters` draws the first layer's filters of a training, classifies them and matches them. */
export function addFiltersCommand(program: Command, surroundings: Surroundings): void {
  program
    .command('filters')
    .description('draw the first-layer filters of a training as a PNG file, or classify them')
    .argument('<run>', RUN_ARGUMENT, parseFilled('RUN'))
    .option('--out <file.png>', 'the picture to write', parsePng)
    .option('--fit', 'fit Gabor functions and blobs to the filters, and print the class of each')
    .option(
      '--match <run>',
      'match the filters one to one with those of another training, and print how general both are',
      parseFilled('--match'),
    )
    .addHelpText(
      'after',
      '\nExamples:\n  transplant filters 3f2a/baseA --out baseA.png\n  transplant filters 3f2a/A3B+ --out A3B+.png\n  transplant filters 3f2a/baseA --fit --json\n  transplant filters 3f2a/baseA --match 3f2a/baseB',
    )
    .action(async (run: string, _options: object, command: Command) => {
      const options = command.optsWithGlobals<GlobalOptions & { out?: string; fit?: boolean; match?: string }>();
      const { out, fit, match, json } = options;
      if (out === undefined && !fit && match === undefined)
        throw new UserError('Choose what to do: a picture with --out filters.png, --fit, or --match STUDY/NAME.', {
          usage: true,
        });
      if (out !== undefined) await checkFolder(out);
      await reading(surroundings, options, async (application) => {
        const { record: found } = findRun(application, run);
        if (out !== undefined) await drawFilters(application, run, found, out);
        if (out !== undefined && json) printJson(surroundings, { type: 'filters', file: resolve(out) });
        else if (out !== undefined) print(surroundings, `Filters: ${out}`);
        if (match !== undefined) {
          const matched = await matchFilters(application, found.key, findRun(application, match).record.key);
          if (json) printMatchesJson(surroundings, matched);
          else printMatches(surroundings, [run, match], matched);
        }
        if (fit) (json ? printFitsJson : printFits)(surroundings, await fitFilters(application, found.key));
      });
    });
}

function parsePng(text: string): string {
  if (extname(text).toLowerCase() === '.png') return text;
  throw new UserError(`--out must name a PNG file such as filters.png, not "${text}".`, { usage: true });
}

async function checkFolder(file: string): Promise<void> {
  await access(dirname(resolve(file)), constants.W_OK).catch((error: unknown) => {
    throw new UserError(`Can't write ${file}: ${reasonOf(error)}. Choose another place with --out.`, { usage: true });
  });
}

async function drawFilters(application: Application, reference: string, run: RunRecord, file: string): Promise<void> {
  const { store, home } = application;
  const checkpoint = store.latestCheckpoint(run.key);
  if (!checkpoint)
    throw new UserError(`The training ${reference} has no weights yet; it is ${run.status}. Run its study first.`);
  const from = { file: join(home, checkpoint.file), sha256: checkpoint.sha256 };
  const { weights } = await readRunWeights(from, storedRun(application, run.key));
  const { writeFilterPng } = await import('../../filters/mosaic.ts');
  await writeFilterPng(weights, file);
}

/**
 * Fits the latest filters of a training's first layer, and some of its history. Throws a UserError if it has none.
 */
async function fitFilters(application: Application, key: string): Promise<FittedBanks> {
  const run = storedRun(application, key);
  const latest = await firstLayerFilters(application, run, 'latest', undefined);
  const before = filtersOverTime(application.store, key).filter(({ step }) => step < latest.step);
  // This is loaded late, because only this command needs the optimiser.
  const { fitBanks } = await import('../../app/tasks/fit.ts');
  return fitBanks({ home: application.home, run: key, banks: [...before, latest] });
}

/** Prints a JSON line for each filter of the latest step, then one with the shares for each step. */
function printFitsJson(surroundings: Surroundings, { banks, calibration }: FittedBanks): void {
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
function printFits(surroundings: Surroundings, { banks, calibration }: FittedBanks): void {
  const { shape, filters, least, shares } = calibration;
  const shareRows = [...banks].map(({ step, summary }) => [`step ${count(step)}`, ...percents(summary.shares)]);
  print(surroundings, table(['', ...FILTER_CLASSES], [...shareRows, ['untrained', ...percents(shares)]]));
  const [channels, rows, columns] = shape;
  print(
    surroundings,
    [
      '',
      `Untrained: ${count(filters)} random filters of ${rows}x${columns}x${channels}. A function must describe a filter's`,
      `main part better than noise by ${least.toFixed(0)} units of BIC, and than other functions by ${THRESHOLDS.apart}; with fewer than ${THRESHOLDS.cycles} cycles in the kernel it is an edge.`,
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

/**
 * Matches the latest filters of two trainings one to one. Throws a UserError if one has none or their shapes differ.
 */
async function matchFilters(application: Application, first: string, second: string): Promise<Generality> {
  const latest = (key: string) =>
    firstLayerFilters(application, storedRun(application, key), 'latest', undefined).then(({ weight }) => weight);
  const { generalityOf } = await import('../../filters/matching/generality.ts');
  return generalityOf(await latest(first), await latest(second));
}

/** Prints a JSON line for each pair, then one about all of them. */
function printMatchesJson(surroundings: Surroundings, generality: Generality): void {
  const { matches, similarities, ...summary } = generality;
  matches.forEach((matched, filter) =>
    printJson(surroundings, {
      ...{ type: 'filter-match', filter: filter + 1, matched: matched + 1, similarity: similarities[filter] },
    }),
  );
  printJson(surroundings, { type: 'filter-generality', ...summary });
}

/** Prints how general the two first layers are, then each pair, the most similar first. */
function printMatches(
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

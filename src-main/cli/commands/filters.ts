import { access, constants } from 'node:fs/promises';
import { dirname, extname, resolve } from 'node:path';
import type { Command } from 'commander';
import type { Application } from '../../app/application.ts';
import type { FittedBanks } from '../../app/tasks/fit.ts';
import type { LatestFilters } from '../../app/workspace/live-study.ts';
import { oddityWords } from '../../common/charts/filter-classes.ts';
import {
  DISTRIBUTION_WORDS,
  gaborAgainstNulls,
  NULL_MEANINGS,
  NULL_WORDS,
  PLANE_WORDS,
  planeRows,
  planeSentence,
} from '../../common/charts/population-words.ts';
import { count, percent } from '../../common/numbers.ts';
import { distributionsOf, placedFilters, planePoint } from '../../common/results/filter-population.ts';
import { FILTER_CLASSES } from '../../common/results/filters.ts';
import { UserError } from '../../errors.ts';
import { THRESHOLDS } from '../../filters/fit/classes.ts';
import type { MasterMatches } from '../../filters/master-filters.ts';
import type { Generality } from '../../filters/matching/generality.ts';
import { parseFilled, RUN_ARGUMENT } from '../terminal/parse.ts';
import { openFilters, type OpenedFilters, printDepth } from './filter-layers.ts';
import { reasonOf } from '../terminal/reasons.ts';
import { reading } from '../terminal/session.ts';
import { type GlobalOptions, print, printJson, type Surroundings, table } from '../terminal/surroundings.ts';

interface FiltersOptions extends GlobalOptions {
  readonly out?: string;
  readonly layer?: string;
  readonly fit?: boolean;
  readonly depth?: boolean;
  readonly match?: string;
}

/** `transplant filters` draws the filters of a layer of a network, classifies them and matches them. */
export function addFiltersCommand(filters: Command, surroundings: Surroundings): void {
  filters
    .argument('<network>', `${RUN_ARGUMENT}; or a network in a file`, parseFilled('NETWORK'))
    .option('--out <file.png>', 'the picture to write', parsePng)
    .option('--layer <name>', 'the stem or a depthwise layer, by its name (default: the first)', parseFilled('--layer'))
    .option('--fit', 'fit functions to the filters, and print the class of each beside what noise comes to')
    .option('--depth', 'print a line for each layer: kinds, master filters, sparsity and orthogonality')
    .option(
      '--match <run>',
      'match the filters one to one with those of another training, and print how general both are',
      parseFilled('--match'),
    )
    .addHelpText(
      'after',
      '\nExamples:\n  transplant filters 3f2a/baseA --out baseA.png\n  transplant filters 3f2a/A3B+ --out A3B+.png\n  transplant filters 3f2a/baseA --fit --json\n  transplant filters 3f2a/baseA --match 3f2a/baseB\n  transplant filters efficientnet.pth --depth\n  transplant filters efficientnet.pth --layer blocks.1.0.conv_dw --fit',
    )
    .action(async (run: string, _options: object, command: Command) => {
      const options = command.optsWithGlobals<FiltersOptions>();
      const { out, fit, match, depth, layer, json } = options;
      if (out === undefined && !fit && !depth && match === undefined)
        throw new UserError(
          'Choose what to do: a picture with --out filters.png, --fit, --depth, or --match STUDY/NAME.',
          {
            usage: true,
          },
        );
      if (out !== undefined) await checkFolder(out);
      await reading(surroundings, options, async (application) => {
        const network = await openFilters(application, run);
        if (out !== undefined) await drawFilters(await network.latest(layer), out);
        if (out !== undefined && json) printJson(surroundings, { type: 'filters', file: resolve(out) });
        else if (out !== undefined) print(surroundings, `Filters: ${out}`);
        if (match !== undefined) {
          const matched = await matchFilters(network, await openFilters(application, match), layer);
          if (json) printMatchesJson(surroundings, matched);
          else printMatches(surroundings, [run, match], matched);
        }
        if (depth) await printDepth(surroundings, network, json);
        if (fit) (json ? printFitsJson : printFits)(surroundings, await fitFilters(application, network, layer));
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

async function drawFilters({ weight }: LatestFilters, file: string): Promise<void> {
  const { writeFilterPng } = await import('../../filters/mosaic.ts');
  await writeFilterPng(new Map([['filters', weight]]), file);
}

/**
 * Fits the latest filters of a layer, and some of their history, and holds the latest against their nulls. Throws a UserError if it
 * has none.
 */
async function fitFilters(application: Application, network: OpenedFilters, layer?: string): Promise<FittedBanks> {
  const latest = await network.latest(layer);
  const before = network.history(layer).filter(({ step }) => step < latest.step);
  // This is loaded late, because only this command needs the optimiser.
  const { fitBanks } = await import('../../app/tasks/fit.ts');
  return fitBanks({ home: application.home, run: network.key, banks: [...before, latest], nulls: true });
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
  const { nulls = [], master } = banks.at(-1)!;
  for (const { plane, ...one } of nulls) printJson(surroundings, { type: 'null-filter-shares', ...one, plane });
  if (master) printJson(surroundings, { type: 'master-filters', ...master });
}

/** Prints the share of each class for each step and for untrained filters, then each filter of the latest step. */
function printFits(surroundings: Surroundings, { banks, calibration }: FittedBanks): void {
  const { shape, filters, least, shares } = calibration;
  const { nulls = [], master, summary: found } = banks.at(-1)!;
  const shareRows = [...banks].map(({ step, summary }) => [`step ${count(step)}`, ...percents(summary.shares)]);
  const nullRows = nulls.map(({ name, shares: held }) => [NULL_WORDS[name], ...percents(held)]);
  print(surroundings, table(['', ...FILTER_CLASSES], [...shareRows, ['untrained', ...percents(shares)], ...nullRows]));
  const [channels, rows, columns] = shape;
  print(
    surroundings,
    [
      '',
      `Untrained: ${count(filters)} random filters of ${rows}x${columns}x${channels}. A function must describe a filter's`,
      `main part better than noise by ${least.toFixed(0)} units of BIC, and than other functions by ${THRESHOLDS.apart}; with fewer than ${THRESHOLDS.cycles} cycles in the kernel it is an edge.`,
      ...nulls.map(({ name, filters: held, seed }) => `${NULL_MEANINGS[name]} ${count(held)} filters, seed “${seed}”.`),
      ...(nulls.length > 0 ? ['', gaborAgainstNulls(found.shares, nulls)] : []),
      ...(master ? [masterSentence(master)] : []),
      '',
    ].join('\n'),
  );
  const { step, fits } = banks.at(-1)!;
  for (const sentence of oddityWords(fits.map(({ oddity }) => oddity))) print(surroundings, `${sentence}\n`);
  const placed = placedFilters(fits);
  const untrained = nulls.find(({ name }) => name === 'white')?.plane ?? [];
  if (placed.length > 0) {
    print(surroundings, `${PLANE_WORDS.title}\n${planeSentence(placed, untrained)}\n`);
    print(surroundings, `${table(PLANE_WORDS.head, planeRows(placed, untrained), [0, 1])}\n`);
  }
  for (const { id, bars } of distributionsOf(fits)) {
    const { title } = DISTRIBUTION_WORDS[id];
    const filled = bars.filter((bar) => bar.count > 0).map((bar) => `${bar.name} ${bar.count}`);
    if (filled.length > 0 && (id !== 'colour' || channels === 3)) print(surroundings, `${title}: ${filled.join(', ')}`);
  }
  const head = [
    'filter',
    'class',
    'part',
    'of energy',
    'Gabor',
    'blob',
    'direction',
    'cycles/pixel',
    'phase',
    'n_x',
    'n_y',
  ];
  const filterRows = fits.map(({ class: name, component, gabor, blob }, filter) => [
    ...[String(filter + 1), name, component.kind, percent(component.share)],
    ...[percent(gabor.explained), percent(blob.explained)],
    ...(name === 'gabor' || name === 'edge'
      ? [
          ...[`${Math.round(gabor.orientation) % 180}°`, gabor.frequency.toFixed(3), `${Math.round(gabor.phase)}°`],
          ...[planePoint(gabor).nx.toFixed(2), planePoint(gabor).ny.toFixed(2)],
        ]
      : ['', '', '', '', '']),
  ]);
  print(surroundings, `\nFilters at step ${count(step)}, and how much of their main part each function explains:\n`);
  print(surroundings, table(head, filterRows, [1, 2]));
}

const masterSentence = ({ share, mean, nulls }: MasterMatches): string =>
  `Near one of the eight master filters (70% of its variance or more): ${percent(share, 0)} of these filters, ${percent(mean, 0)} explained on average; ${nulls.map((one) => `${percent(one.share, 0)} of ${NULL_WORDS[one.name]}, ${percent(one.mean, 0)}`).join('; ')}.`;

const percents = (shares: Readonly<Record<string, number>>): string[] =>
  FILTER_CLASSES.map((name) => percent(shares[name]));

/** Matches the filters of a layer of two networks one to one. Throws a UserError if one has none or their shapes differ. */
async function matchFilters(first: OpenedFilters, second: OpenedFilters, layer?: string): Promise<Generality> {
  const { generalityOf } = await import('../../filters/matching/generality.ts');
  return generalityOf((await first.latest(layer)).weight, (await second.latest(layer)).weight);
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

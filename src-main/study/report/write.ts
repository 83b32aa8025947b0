import { withoutMatrix } from '../../common/results/confusion.ts';
import { balancedAccuracy } from '../results/balance.ts';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import writeFileAtomic from 'write-file-atomic';
import { messageOf, UserError } from '../../errors.ts';
import { filterMosaic, mosaicPng, sideBySide } from '../../filters/mosaic.ts';
import type { SearchOf } from '../../filters/fit/fit-cache.ts';
import { dataTables } from '../data-tables/all.ts';
import { csvOf, parquetOf } from '../data-tables/formats.ts';
import { analyse, type Analysis } from '../analysis/analysis.ts';
import { exampleFigures } from './examples.ts';
import { figurePng, mosaicPrint } from './figure-png.ts';
import { headlineFigure, learningFigures, lookFigures, predictorFigures, resultFigures } from './figures.ts';
import { analyseFirstLayers, type FirstLayers } from '../analysis/first-layer.ts';
import { lookSentence, lookTransfer, type LookTransfer } from '../analysis/look-transfer.ts';
import { firstLayerFigures } from './first-layer-figures.ts';
import { layerMosaic, layerSection } from './layers.ts';
import { networkFigure } from './network-figure.ts';
import { type FilterPicture, pageView, type Pictures } from './page-view.ts';
import { renderPage } from './page.ts';
import type { ReportedFilters, StudyReport } from '../analysis/study-report.ts';

interface WriteOptions {
  /** Finds stored fits of filters; absent: all filters are fitted anew. */
  readonly searchOf?: SearchOf;
  readonly onProgress?: (fraction: number) => void;
}

/** The part of the work before the first picture is a file. */
const BEFORE_PICTURES = 0.25;

/**
 * Writes the report of a study: report.html (one file that needs no network), results.json, every table as CSV and Parquet, every
 * figure as SVG and PNG, and the first-layer filters. Returns the paths, the page first. Throws a UserError if the folder can't be written.
 *
 * @param onProgress is told which part of the work is done, 0..1; most of it is drawing the pictures
 */
export async function writeReport(
  report: StudyReport,
  folder: string,
  { searchOf, onProgress = () => {} }: WriteOptions = {},
): Promise<string[]> {
  const analysis = analyse(report);
  const figures = resultFigures(report, analysis);
  const headlineFigures = analysis.headlines.map(({ target }) => headlineFigure(target, report, analysis));
  const drawing = networkFigure(report);
  const learning = learningFigures(report);
  const examples = exampleFigures(analysis);
  const pairs = filterPairs(report.filters);
  const filters = await Promise.all(pairs.map(filterPicture));
  const firstLayers = analyseFirstLayers(report.filters, searchOf);
  const filterFigures = firstLayers ? firstLayerFigures(firstLayers) : [];
  const look = lookTransfer(report, analysis.results, firstLayers);
  const looks = look && { sentence: lookSentence(look), figures: lookFigures(look), tables: look.tables };
  const predictors = report.predictors ? predictorFigures(report.predictors) : [];
  const layers = report.layers && (await layerSection(report.layers, analysis, report.protocol.layers));
  const pictures = {
    headlineFigures,
    figures,
    examples,
    learning,
    drawing,
    filters,
    firstLayers,
    filterFigures,
    looks,
    predictors,
    layers,
  };
  const drawn = [
    ...[...figures, ...examples, ...learning, drawing],
    ...[...filterFigures, ...(looks?.figures ?? []), ...predictors, ...(layers?.figures ?? [])],
  ];
  onProgress(BEFORE_PICTURES);
  const made = (part: number) => onProgress(BEFORE_PICTURES + (1 - BEFORE_PICTURES) * part);
  // Other threads make the pictures while this one writes page and tables.
  const [drawings, texts] = await Promise.all([
    pictureFiles(report, drawn, pairs, made),
    textFiles(report, analysis, pictures, look),
  ]);
  return writeAll(folder, [...texts, ...drawings]);
}

type Content = [name: string, content: string | Buffer];

/** The page, the results as data, and all tables. */
async function textFiles(
  report: StudyReport,
  analysis: Analysis,
  pictures: Pictures,
  look: LookTransfer | undefined,
): Promise<Content[]> {
  const { firstLayers } = pictures;
  const files: Content[] = [
    ['report.html', await renderPage(pageView(report, analysis, pictures))],
    ['results.json', resultsJson(report, analysis, firstLayers, look)],
  ];
  for (const table of dataTables(report, analysis, { firstLayers, looks: look }))
    files.push([`${table.name}.csv`, csvOf(table)], [`${table.name}.parquet`, Buffer.from(parquetOf(table))]);
  return files;
}

/** Makes the pictures in parallel, because converting drawings takes most of a report's time. */
async function pictureFiles(
  { layers }: StudyReport,
  drawn: readonly { readonly name: string; readonly svg: string }[],
  pairs: readonly (readonly ReportedFilters[])[],
  onMade: (part: number) => void,
): Promise<Content[]> {
  const units = (layers?.networks ?? []).flatMap(({ name, layers }) =>
    layers.filter(({ shown }) => shown.length > 0).map((layer) => ({ name: `layer-${layer.n}-${name}.png`, layer })),
  );
  const files: Promise<Content[]>[] = [
    ...drawn.map(async ({ name, svg }): Promise<Content[]> => {
      return [
        [`${name}.svg`, svg],
        [`${name}.png`, await figurePng(svg)],
      ];
    }),
    ...units.map(async ({ name, layer }): Promise<Content[]> => [[name, await mosaicPrint(layerMosaic(layer))]]),
    ...pairs.map(async (pair): Promise<Content[]> => {
      return [[`filters-${pair[0].replicate + 1}.png`, await mosaicPrint(pairMosaic(pair))]];
    }),
  ];
  let made = 0;
  const counted = files.map((file) => file.finally(() => onMade(++made / files.length)));
  return (await Promise.all(counted)).flat();
}

async function writeAll(folder: string, files: readonly Content[]): Promise<string[]> {
  try {
    await mkdir(folder, { recursive: true });
    for (const [name, content] of files) await writeFileAtomic(join(folder, name), content);
  } catch (error) {
    throw new UserError(
      `The report could not be written to ${folder}: ${messageOf(error)}. Choose another folder with --out.`,
      { cause: error },
    );
  }
  return files.map(([name]) => join(folder, name));
}

/** Everything but the weights, as data. */
function resultsJson(
  report: StudyReport,
  { advice, confusions, answers, curves, effects, variants, examples, pooling, chance }: Analysis,
  firstLayers: FirstLayers | undefined,
  look: LookTransfer | undefined,
): string {
  const {
    filters,
    looks: _looks,
    runs: all,
    companion: other,
    predictors: predicted,
    layers: looked,
    ...facts
  } = report;
  const runs = all.map(({ answers, ...run }) => ({ ...run, balanced: answers ? balancedAccuracy(answers) : null }));
  const predictors = predicted && { agreements: predicted.agreements, points: predicted.points };
  const networks = looked?.networks.map(({ layers, ...network }) => {
    return { ...network, layers: layers.map(({ pixels: _, size: __, ...layer }) => layer) };
  });
  const layers = looked && { networks, problems: looked.problems };
  const companion = other && { id: other.id, name: other.name };
  const bases = filters.map(({ name, replicate }) => ({ name, replicate }));
  const firstLayer = firstLayers && {
    untrained: firstLayers.calibration,
    nulls: firstLayers.nulls.map(({ plane: _, ...one }) => one),
    bases: firstLayers.bases.map(({ name, replicate, summary }) => ({ name, replicate, ...summary })),
    growth: firstLayers.growth,
    matchings: firstLayers.matchings,
  };
  const data = { firstLayer, looks: look?.measures, predictors, layers, pooling, chance };
  const statistics = {
    ...data,
    advice,
    confusions: confusions.map(withoutMatrix),
    answers,
    curves,
    effects,
    variants,
    examples,
  };
  return `${JSON.stringify({ format: 'transplant-results', version: 1, ...facts, runs, companion, filters: bases, ...statistics }, null, 2)}\n`;
}

/** baseA and baseB of each replicate. */
function filterPairs(filters: readonly ReportedFilters[]): ReportedFilters[][] {
  return [...Map.groupBy(filters, ({ replicate }) => replicate).values()].map((bases) =>
    bases.toSorted((a, b) => a.name.localeCompare(b.name, 'en')),
  );
}

function pairMosaic(pair: readonly ReportedFilters[]) {
  // Small kernels are enlarged to about 40 pixels per filter.
  const scale = Math.max(2, Math.round(40 / pair[0].weight.shape[3]));
  return pair.map(({ weight }) => filterMosaic(weight, { scale })).reduce((left, right) => sideBySide(left, right));
}

async function filterPicture(pair: readonly ReportedFilters[]): Promise<FilterPicture> {
  const mosaic = pairMosaic(pair);
  const { width, height } = mosaic;
  const png = await mosaicPng(mosaic);
  const names = pair.map(({ name }) => name).join(' and ');
  return {
    title: `${names}, replicate ${pair[0].replicate + 1}`,
    source: `data:image/png;base64,${png.toString('base64')}`,
    width,
    height,
  };
}

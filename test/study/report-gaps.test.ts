import { parseHTML } from 'linkedom';
import { expect, test } from 'vitest';
import { dataTables } from '../../src-main/study/data-tables/all.ts';
import { csvOf, parquetOf } from '../../src-main/study/data-tables/formats.ts';
import { analyse } from '../../src-main/study/analysis/analysis.ts';
import { exampleFigures } from '../../src-main/study/report/examples.ts';
import { headlineFigure, learningFigures, resultFigures } from '../../src-main/study/report/figures.ts';
import { analyseFirstLayers } from '../../src-main/study/analysis/first-layer.ts';
import { firstLayerFigures } from '../../src-main/study/report/first-layer-figures.ts';
import { networkFigure } from '../../src-main/study/report/network-figure.ts';
import { pageView } from '../../src-main/study/report/page-view.ts';
import { renderPage } from '../../src-main/study/report/page.ts';
import type { ReportedRun, StudyReport } from '../../src-main/study/analysis/study-report.ts';
import { drawn } from '../filters/drawn.ts';
import { madeUpStudy } from './report-made-up.ts';

const FAILED = 'The loss is not a number at step 412; lower the learning rate.';

/** A study of few networks and no filters, in which some networks have no result. */
function study(
  ends: (run: ReportedRun) => 'finished' | 'failed' | 'skipped',
  { replicates = 1, layers = [1, 3, 5] } = {},
): StudyReport {
  const report = madeUpStudy({ replicates, layers });
  const runs = report.runs.map((run): ReportedRun => {
    const status = ends(run);
    if (status === 'finished') return { ...run, status, correct: run.correct ?? 500, total: 1000, loss: run.loss ?? 2 };
    const nothing = { correct: null, total: null, loss: null, curve: [], evaluations: [] };
    return { ...run, ...nothing, status, error: status === 'failed' ? FAILED : 'baseA failed.' };
  });
  return { ...report, runs, filters: [] };
}

function withTwoImages({ dataset }: StudyReport): StudyReport['dataset'] {
  const { trainCounts, heldOutCounts } = dataset;
  return { ...dataset, trainCounts: trainCounts.with(3, 1), heldOutCounts: heldOutCounts.with(3, 1) };
}

const finished = () => 'finished' as const;
const GAPS: Record<string, [StudyReport, ...sentences: string[]]> = {
  'one seed': [study(finished), 'With one replicate, intervals cover these networks on such images only'],
  'an n of which nothing was trained to the end': [
    study(({ n }) => (n === 3 ? 'failed' : 'finished'), { replicates: 2 }),
    ...['Networks without a result', FAILED],
  ],
  'one treatment without an n in one replicate': [
    study(({ name, replicate }) => (name === 'A3B' && replicate === 1 ? 'failed' : 'finished'), { replicates: 2 }),
    ...['Networks without a result', FAILED],
  ],
  'a base that failed, and all that is made from it': [
    study(({ name }) => (name === 'baseA' ? 'failed' : name.startsWith('A') ? 'skipped' : 'finished')),
    ...[FAILED, 'baseA failed.'],
  ],
  'no base to compare with': [study(({ kind }) => (kind === 'base' ? 'failed' : 'finished')), FAILED],
  'nothing that finished': [study(() => 'failed', { replicates: 2 }), FAILED],
  'every image right, and none': [
    { ...study(finished), runs: study(finished).runs.map((run, i) => ({ ...run, correct: i % 2 === 0 ? 0 : 1000 })) },
    'With one replicate',
  ],
  'a single held-out image': [
    { ...study(finished), runs: study(finished).runs.map((run) => ({ ...run, correct: 1, total: 1 })) },
    'Accuracies are measured on as few as 1 held-out image: one more correct answer adds 100.0 points.',
  ],
  'held-out images that are among the training images': [
    { ...study(finished), leaks: 'Of birds, 4 of 8 held-out images (50.0%) nearly equal an image that is trained on.' },
    ...['Leaks', 'Of birds, 4 of 8 held-out images (50.0%) nearly equal an image that is trained on.'],
  ],
  'a class of two images': [
    { ...study(finished), dataset: withTwoImages(study(finished)) },
    'The smallest class, comma, "quote"\nand line, has 1 training image and 1 held-out image',
  ],
};

test.each(Object.entries(GAPS))('a report says so and is whole with %s', async (_, [report, ...sentences]) => {
  const { text, csv } = await written(report);
  for (const sentence of sentences) expect(text).toContain(sentence);
  for (const part of [text, csv]) expect(part).not.toMatch(/NaN|Infinity|undefined|null|\[object/);
  expect(text).toContain('Protocol');
});

test('filters that are missing or odd are said, and the others are shown', async () => {
  const report = study(finished);
  const bars = drawn(
    3,
    (x) => [x, x, x],
    () => [0, 0, 0],
    (x, y) => [y === 0 ? NaN : x, 0, 1],
  );
  const filters = [{ name: 'baseB', replicate: 0, run: 'b'.repeat(64), step: 600, weight: bars, history: [] }];
  const { text } = await written({ ...report, filters });
  expect(text).toContain('The filters of baseA, replicate 1 are not here: its checkpoint is missing or damaged.');
  expect(text).toContain('baseB, replicate 1: 1 of the 3 filters is zero everywhere and responds to nothing.');
  expect(text).toContain('1 of the 3 filters has weights that are not numbers');
  expect(text).toContain('Kinds of first-layer filters');
  expect(text).not.toContain('How general is layer 1?');
  expect(text).not.toContain('NaN');
});

async function written(report: StudyReport): Promise<{ text: string; csv: string }> {
  const analysis = analyse(report);
  const figures = resultFigures(report, analysis);
  const firstLayers = analyseFirstLayers(report.filters);
  const filterFigures = firstLayers ? firstLayerFigures(firstLayers) : [];
  const examples = exampleFigures(analysis);
  const learning = learningFigures(report);
  const drawing = networkFigure(report);
  const headlineFigures = analysis.headlines.map(({ target }) => headlineFigure(target, report, analysis));
  const pictures = {
    headlineFigures,
    figures,
    examples,
    learning,
    drawing,
    filters: [],
    firstLayers,
    filterFigures,
  };
  const { document } = parseHTML(await renderPage(pageView(report, analysis, pictures)));
  const svg = [...figures, ...filterFigures].map((figure) => figure.svg).join();
  expect(svg).not.toMatch(/NaN|Infinity|undefined/);
  const tables = dataTables(report, analysis, { firstLayers });
  for (const table of tables) expect(parquetOf(table).byteLength).toBeGreaterThan(0);
  return { text: document.body.textContent!, csv: tables.map(csvOf).join('') };
}

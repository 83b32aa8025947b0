import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { parseHTML } from 'linkedom';
import sharp from 'sharp';
import { beforeAll, expect, test } from 'vitest';
import type { SharesAtStep } from '../../src-main/common/charts/class-share-chart.ts';
import { RandomStream } from '../../src-main/random.ts';
import { csvOf } from '../../src-main/study/data-tables/formats.ts';
import { resultsTable } from '../../src-main/study/data-tables/networks.ts';
import { analyse } from '../../src-main/study/analysis/analysis.ts';
import { baseFindings } from '../../src-main/study/analysis/comparisons.ts';
import { caveats } from '../../src-main/study/report/caveats.ts';
import { methodsParagraph } from '../../src-main/study/report/methods.ts';
import { resultFigures } from '../../src-main/study/report/figures.ts';
import type { ReportedRun, StudyReport } from '../../src-main/study/analysis/study-report.ts';
import { writeReport } from '../../src-main/study/report/write.ts';
import { blob, drawn, grey, stripes } from '../filters/drawn.ts';
import { parseCsv } from './parse-csv.ts';
import { madeUpStudy } from './report-made-up.ts';

const study = madeUpStudy();
const folder = mkdtempSync(join(tmpdir(), 'report-'));
let files: string[];
let html: string;

beforeAll(async () => {
  files = await writeReport(study, folder);
  html = readFileSync(files[0], 'utf8');
});

test('the report is a page, JSON, tables as CSV and Parquet, and every figure as SVG and PNG', () => {
  const statistics = ['results', 'statements', 'accuracies', 'effects', 'differences'];
  const tables = [...statistics, 'learning', 'evaluations', 'times', 'classes', 'filters', 'filter_kinds'];
  const figures = [
    'figure-2-top',
    'figure-2-bottom',
    'effects',
    'random-control',
    'beside-the-paper',
    'learning-loss',
    'learning-accuracy',
    'network',
    'filter-growth-baseA',
    'filter-growth-baseB',
    'filter-similarities',
    'filter-directions',
    'filter-frequencies',
    'filter-plane',
    'filter-orientation',
    'filter-phase',
    'filter-frequency',
    'filter-colour',
  ];
  expect(files.map((file) => basename(file))).toEqual([
    'report.html',
    'results.json',
    ...tables.flatMap((name) => [`${name}.csv`, `${name}.parquet`]),
    ...figures.flatMap((name) => [`${name}.svg`, `${name}.png`]),
    'filters-1.png',
  ]);
});

test('the page shows the accuracies, effects and intervals that the runs give', () => {
  const analysis = analyse(study);
  const { document } = parseHTML(html);
  const cells = [...document.querySelectorAll('td')].map((cell) => cell.textContent);
  const transfer = analysis.curves.find(({ name }) => name === 'AnB')!.points.find(({ n }) => n === 5)!;
  const runs = study.runs.filter(({ name }) => name === 'A5B');
  expect(transfer.accuracy).toBeCloseTo(runs.reduce((sum, run) => sum + run.correct!, 0) / 3000, 10);
  const shown = [transfer.accuracy, transfer.interval.low, transfer.interval.high].map((value) =>
    (100 * value).toFixed(1),
  );
  // The made-up A5B trains 3,000 parameters.
  expect(cells).toContain(`${shown[0]} ×3\n${shown[1]}–${shown[2]}\n3 k trained`);
});

test('the page begins with what the networks say of each statement, and the paper’s beside', () => {
  const { document } = parseHTML(html);
  const textOf = (selector: string) =>
    [...document.querySelectorAll(selector)].map((item) => item.textContent!.replace(/\s+/g, ' ').trim());
  // One sentence, then the paper's figure, then the statements as a table with one caution.
  expect(textOf('.headline .advice')).toEqual([expect.stringMatching(/^On these images layers 1 to \d transfer/)]);
  const rows = textOf('table.statements tbody tr');
  expect(rows.length).toBe(7);
  expect(rows[1]).toMatch(
    /^Co-adaptation is fragile in the middle . (Supported|Not enough runs) BnB − baseB: −2\.\d points, n = 3 to 5 \(.*\) Not enough runs|Supported/,
  );
  expect(html.indexOf('Features become specific')).toBeGreaterThan(html.indexOf('Top-1 accuracy for every treatment'));
  const items = textOf('ul.statements li');
  expect(items[1]).toMatch(
    /^Co-adaptation is fragile in the middle BnB − baseB is −2\.\d points averaged over n = 3 to 5 .*The paper’s networks \(ImageNet\): −1\.7 points over n = 3 to 5/,
  );
  expect(items[5]).toContain('The test needs a second study');
  expect(rows[5]).toContain('Not tested');
});

test('the answers come back from statements.csv, one line for each and for each of its layers, and from the JSON', () => {
  const { answers } = analyse(study);
  const [head, ...rows] = parseCsv(readFileSync(join(folder, 'statements.csv'), 'utf8'));
  const json = JSON.parse(readFileSync(join(folder, 'results.json'), 'utf8'));
  expect(json.answers).toEqual(JSON.parse(JSON.stringify(answers)));
  expect(rows.length).toBe(answers.reduce((sum, { byLayer }) => sum + 1 + byLayer.length, 0));
  for (const answer of answers) {
    const row = rows.find((cells) => cells[0] === answer.id)!;
    const value = (name: string) => row[head.indexOf(name)];
    expect([value('verdict'), value('text')]).toEqual([answer.verdict, answer.text]);
    expect(value('points')).toBe(answer.effect === null ? '' : String(answer.effect.points));
    expect(value('more_seeds')).toBe(answer.moreSeeds === null ? '' : String(answer.moreSeeds));
  }
});

test('the methods paragraph has the protocol’s numbers, and claims tests only where there are replicates', () => {
  const text = methodsParagraph(study);
  const { training } = study.protocol.network;
  expect(text).toContain('halves A (10 classes) and B (10 classes): random halves of all classes, in 3 replicates');
  expect(text).toContain(
    'For n = 1, 2, 3, 4, 5, 6, 7, their first n layers were transplanted into new networks (BnB, BnB+, AnB, AnB+)',
  );
  expect(text).toContain(
    'The transplanted layers stayed frozen in BnB, AnB and were fine-tuned with the others in BnB+, AnB+.',
  );
  expect(text).toContain('In RnB the first n layers were random instead and stayed frozen.');
  expect(text).toContain('109 of 111 networks were trained to the end');
  for (const value of [
    training.epochs,
    training.momentum,
    training.weightDecay,
    training.batchSize,
    training.learningRate,
  ])
    expect(text).toContain(` ${value}`);
  expect(text).toContain('family-wise level of 5% (Holm)');
  expect(methodsParagraph(madeUpStudy({ replicates: 1 }))).toContain('nothing was tested');
  expect(parseHTML(html).document.querySelector('.methods')!.textContent).toBe(text);
});

test('every number of a network comes back from the CSV, and a missing one is empty', () => {
  const [head, ...rows] = parseCsv(readFileSync(join(folder, 'results.csv'), 'utf8'));
  expect(rows.length).toBe(study.runs.length);
  rows.forEach((row, place) => {
    const run = study.runs[place];
    const value = (name: string) => row[head.indexOf(name)];
    expect(value('network')).toBe(run.name);
    expect(value('correct')).toBe(run.correct === null ? '' : String(run.correct));
    expect(value('top1')).toBe(run.correct === null ? '' : String(run.correct / run.total!));
    expect(value('key')).toBe(run.key);
  });
});

test('first-layer filters are named, counted beside untrained ones, and matched one to one', async () => {
  const angles = [0, 40, 90, 140];
  const bank = (order: readonly number[]) =>
    drawn(5, ...order.map((place) => grey((x, y) => blob(1.5)(x, y) * stripes(angles[place], 0.3, 1)(x, y))));
  const order = [2, 0, 3, 1];
  const random = new RandomStream(1, 'untrained');
  const untrained = { shape: [4, 3, 5, 5], data: Float32Array.from({ length: 300 }, () => random.gaussian()) };
  const filters = [
    {
      ...{ name: 'baseA', replicate: 0, run: 'a'.repeat(64), step: 9, weight: bank([0, 1, 2, 3]) },
      history: [{ step: 0, weight: untrained }],
    },
    { name: 'baseB', replicate: 0, run: 'b'.repeat(64), step: 9, weight: bank(order), history: [] },
  ];
  const out = mkdtempSync(join(tmpdir(), 'report-'));
  const written = await writeReport({ ...madeUpStudy({ replicates: 1, layers: [1] }), filters }, out);
  const read = (name: string) => readFileSync(join(out, name), 'utf8');
  expect(written.map((file) => basename(file))).toEqual(
    expect.arrayContaining(['filter-directions.svg', 'filter-frequencies.png', 'filters.csv']),
  );
  const [head, ...rows] = parseCsv(read('filters.csv'));
  const column = (name: string) => rows.map((row) => row[head.indexOf(name)]);
  expect(column('class')).toEqual(Array.from({ length: 8 }, () => 'gabor'));
  expect(column('matched_in_baseB')).toEqual([
    ...angles.map((_, one) => String(order.indexOf(one) + 1)),
    '',
    '',
    '',
    '',
  ]);
  const { firstLayer } = JSON.parse(read('results.json'));
  expect(firstLayer.matchings[0].generality.generality).toBeCloseTo(1, 5);
  const [{ name, points }, ...others] = firstLayer.growth;
  expect([name, others]).toEqual(['baseA', []]);
  expect(points.map(({ step, shares }: SharesAtStep) => [step, shares.gabor])).toEqual([
    [0, 0],
    [9, 1],
  ]);
  const labels = [...parseHTML(read('report.html')).document.querySelectorAll('svg')].map((svg) =>
    svg.getAttribute('aria-label'),
  );
  expect(labels).toContainEqual(expect.stringContaining('Gabor-like from 0 to 100%'));
  expect(labels).toContainEqual(expect.stringContaining('similarity 1.00 on average, 0.'));
  expect(firstLayer.untrained.shares.noise).toBeGreaterThan(0.85);
  const cells = [...parseHTML(read('report.html')).document.querySelectorAll('table')]
    .flatMap((table) => [...table.querySelectorAll('tr')])
    .map((row) => [...row.querySelectorAll('th, td')].map((cell) => cell.textContent!.trim()));
  expect(cells).toContainEqual(['baseA, replicate 1', '4', '100.0', ...Array.from({ length: 9 }, () => '0.0')]);
  expect(cells.find(([first]) => first === 'untrained')).toHaveLength(12);
});

test('commas, quotes and lines inside a reason do not break the CSV', () => {
  const reason = 'a "quoted", broken\nreason';
  const [, row] = parseCsv(
    csvOf(resultsTable(withRuns(study, [{ ...study.runs[0], status: 'failed', error: reason }]))),
  );
  expect(row.at(-1)).toBe(reason);
});

test('the JSON holds the protocol, the splits and the statistics', () => {
  const json = JSON.parse(readFileSync(join(folder, 'results.json'), 'utf8'));
  expect(json.protocol).toEqual(study.protocol);
  expect(json.splits).toEqual(study.splits);
  expect(json.curves).toEqual(analyse(study).curves);
  expect(json.runs.length).toBe(study.runs.length);
});

test('hostile names are text: no element and no attribute comes from them', () => {
  const { document } = parseHTML(html);
  expect(document.querySelectorAll('script, main b, [onerror], iframe').length).toBe(0);
  expect(document.querySelector('h1')!.textContent).toBe('Made up & <b>bold</b>');
  expect([...document.querySelectorAll('img')].every((image) => image.getAttribute('src')!.startsWith('data:'))).toBe(
    true,
  );
  const names = [...document.querySelectorAll('ul.classes li')].map((item) => item.textContent);
  expect(names).toContain('<script>alert("class")</script>');
});

test('the page begins with the sentence, then has the figure, the statements, and only then the advice with its tables', () => {
  const text = parseHTML(html).document.querySelector('main')!.textContent!;
  const { headlines, advice, confusions } = analyse(study);
  expect([headlines.length, advice.length]).toEqual([1, 1]);
  const places = [
    headlines[0].sentence,
    'Top-1 accuracy for every treatment',
    'The paper’s statements and what these networks show',
    'Which layers to keep',
    advice[0].sentence,
    ...confusions.map(({ choice }) => `Confusion matrix of ${choice}`),
    'Limits of these numbers',
  ].map((words) => text.indexOf(words));
  expect(places).toEqual(places.toSorted((a, b) => a - b));
  expect(places[0]).toBeGreaterThan(0);
});

test('networks that failed or were skipped are listed with the reason', () => {
  const text = parseHTML(html).document.body.textContent!;
  expect(text).toContain('The loss is not a number at step 412; lower the learning rate.');
  expect(text).toContain('baseA failed.');
});

test('the SVG files stand alone and can be drawn', async () => {
  for (const file of files.filter((name) => name.endsWith('.svg'))) {
    const { width } = await sharp(readFileSync(file)).metadata();
    expect(width).toBeGreaterThan(300);
    expect(readFileSync(file, 'utf8')).toMatch(/^<svg [^>]*xmlns="http:\/\/www\.w3\.org\/2000\/svg"/);
  }
});

test('the same study gives the same bytes', async () => {
  const write = () => {
    return writeReport(madeUpStudy({ replicates: 1, layers: [1] }), mkdtempSync(join(tmpdir(), 'report-')));
  };
  const [first, second] = [await write(), await write()];
  expect(first.map((file) => readFileSync(file).toString('hex'))).toEqual(
    second.map((file) => readFileSync(file).toString('hex')),
  );
});

test('with one replicate the report says that intervals are of these networks on such images only', () => {
  const single = madeUpStudy({ replicates: 1 });
  expect(caveats(single, analyse(single)).join(' ')).toContain('cover these networks on such images only');
  expect(caveats(study, analyse(study)).join(' ')).toContain('over 3 splits');
});

test('a network that was tested on the way but did not finish takes no part', () => {
  const stopped = withRuns(study, [{ ...study.runs[1], status: 'stopped' }]);
  expect(analyse(stopped).results).toEqual([]);
});

test('bases no better than guessing are called so', () => {
  const guessing = withRuns(
    study,
    study.runs.map((run) => ({ ...run, correct: 100 })),
  );
  expect(baseFindings(guessing, analyse(guessing))[0].text).toMatch(
    /guessing would get 10\.0%\. A base network can’t be told from guessing \(10\.0%\), .* Train longer or on more images\.$/,
  );
  expect(analyse(guessing).answers.map(({ verdict }) => verdict)).toEqual(Array(7).fill('not tested'));
});

test('both directions of chosen halves get figures of their own', () => {
  const there = study.runs.filter(({ kind }) => kind !== 'base');
  const back = there.map((run) => ({ ...run, target: 'A' as const, name: run.name.replace(/^A(\d)B/, 'B$1A') }));
  const both: StudyReport = {
    ...withRuns(study, [...study.runs, ...back]),
    protocol: { ...study.protocol, bothDirections: true, split: { kind: 'groups', a: ['round'], b: ['angular'] } },
  };
  const names = resultFigures(both, analyse(both)).map(({ name }) => name);
  expect(names).toContain('figure-2-top-A');
  expect(names).toContain('figure-2-top-B');
});

test('a study stopped before its first network finished still gets a report', async () => {
  const planned = study.runs.map((run) => ({
    ...run,
    status: 'planned' as const,
    correct: null,
    total: null,
    loss: null,
    curve: [],
    evaluations: [],
  }));
  const bare = {
    ...withRuns(study, planned),
    study: { ...study.study, status: 'stopped' as const, finished: null },
    filters: [],
  };
  const written = await writeReport(bare, mkdtempSync(join(tmpdir(), 'report-')));
  expect(written.map((file) => basename(file))).toEqual([
    'report.html',
    'results.json',
    ...['results', 'statements', 'times', 'classes'].flatMap((name) => [`${name}.csv`, `${name}.parquet`]),
    'network.svg',
    'network.png',
  ]);
  expect(readFileSync(written[0], 'utf8')).toContain('has not finished');
});

test('a folder that cannot be written is a sentence with a way out', async () => {
  const file = join(mkdtempSync(join(tmpdir(), 'report-')), 'a-file');
  writeFileSync(file, '');
  const brief = { ...madeUpStudy({ replicates: 1, layers: [1] }), filters: [] };
  await expect(writeReport(brief, file)).rejects.toThrow(/could not be written to .*a-file.*--out/);
});

test('plain Node, without a bundler, writes the same page', () => {
  const out = mkdtempSync(join(tmpdir(), 'report-'));
  const here = new URL('.', import.meta.url);
  const program = `
    const { writeReport } = await import(${JSON.stringify(new URL('../../src-main/study/report/write.ts', here).href)});
    const { madeUpStudy } = await import(${JSON.stringify(new URL('report-made-up.ts', here).href)});
    await writeReport(madeUpStudy(), ${JSON.stringify(out)});`;
  execFileSync('node', ['--input-type=module', '--eval', program], { stdio: 'pipe' });
  // Svelte marks components with hashes of their file names, which differ between compilers.
  const text = (page: string) => parseHTML(page).document.body.textContent!.replace(/\s+/g, ' ');
  expect(text(readFileSync(join(out, 'report.html'), 'utf8'))).toBe(text(html));
});

const withRuns = (report: StudyReport, runs: readonly ReportedRun[]): StudyReport => ({ ...report, runs });

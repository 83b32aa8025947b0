import { expect, test } from 'vitest';
import { effectPanels } from '../../src-main/common/charts/effects-chart.ts';
import {
  accuracyPoints,
  overlayPoints,
  panelPoints,
  partsOf,
  type ShownStudy,
} from '../../src-renderer/views/results/points.ts';
import { fileName, tableCsv } from '../../src-renderer/views/results/table-csv.ts';
import { BUILT_IN_NETWORKS } from '../../src-main/network/built-in.ts';
import { analyse } from '../../src-main/study/analysis/analysis.ts';
import { baseDifferences } from '../../src-main/study/analysis/comparisons.ts';
import { madeUpStudy } from '../study/report-made-up.ts';

/** As it comes over the wire. */
function shown(
  name: string,
  replicates: number,
  changes: Partial<ReturnType<typeof madeUpStudy>['protocol']> = {},
): ShownStudy & { effects: ReturnType<typeof analyse>['effects'] } {
  const made = madeUpStudy({ replicates });
  const report = { ...made, protocol: { ...made.protocol, ...changes } };
  const analysis = analyse(report);
  const plain = {
    id: name,
    name,
    layers: report.protocol.layers,
    curves: analysis.curves.filter(({ target }) => target === 'B'),
    differences: baseDifferences('B', analysis),
    splits: report.splits,
    cuts: analysis.cuts,
    parameters: analysis.parameters.filter(({ target }) => target === 'B'),
    effects: analysis.effects,
  };
  return JSON.parse(JSON.stringify(plain));
}

test('a mean of a network of blocks says after which block it was cut', () => {
  const study = shown('blocks', 2, { network: BUILT_IN_NETWORKS.get('resnet-32')! });
  const titles = accuracyPoints(study, ['transfer']).map(({ title }) => title);
  expect(titles).toContain('AnB at n = 5 (layer2.0)');
  expect(titles).toContain('baseB');
});

test('a mean says its accuracy, interval and networks, and names the networks behind it', () => {
  const study = shown('one', 3);
  const points = accuracyPoints(study, ['transfer']);
  const mean = points.find(({ title }) => title === 'AnB at n = 5')!;
  const { accuracy, interval } = study.curves.find(({ name }) => name === 'AnB')!.points[4];
  const percent = (value: number) => (100 * value).toFixed(1);
  expect(mean.lines).toEqual([
    `${percent(accuracy)}%`,
    `95% interval: ${percent(interval.low)} to ${percent(interval.high)}%`,
    '3 networks, 3 replicates',
    // Made up: 1,000 for each of the layers above n.
    '3,000 of 8,000 parameters trained',
  ]);
  expect(mean.behind!.networks).toEqual([0, 1, 2].map((replicate) => ({ name: 'A5B', replicate })));
});

test('single networks can be read with name and accuracy; treatments that are switched off can not', () => {
  const points = accuracyPoints(shown('one', 3), ['transfer']);
  const single = points.find(({ title }) => title === 'A5B, replicate 2')!;
  expect(single.lines[0]).toMatch(/^\d\d\.\d%$/);
  expect(points.some(({ title }) => title.startsWith('B'))).toBe(false);
});

test('with one replicate a number says that its interval is of the held-out sample only', () => {
  const [base] = accuracyPoints(shown('one', 1), []);
  expect(base.lines).toContain('1 network, 1 replicate');
  expect(base.lines).toContain('interval of these networks on such images only');
});

test('over each other, every number says which study it is from', () => {
  const points = overlayPoints([shown('one', 3), shown('two', 1)], ['transfer'], 'difference');
  const titles = points.filter(({ x }) => Math.round(x) === 7).map(({ title }) => title);
  expect(titles).toEqual(['AnB 1 at n = 7 · one', 'AnB 2 at n = 7 · two']);
  expect(points[0].lines[0]).toMatch(/^[−+]?\d+\.\d points$/);
  expect(points[0].behind!.networks).toContainEqual({ name: 'baseB', replicate: 0 });
});

test('an effect names both networks of each pair', () => {
  const study = shown('one', 2);
  const effect = 'representation specificity';
  const points = panelPoints(effectPanels(study.effects, [effect]), study, [partsOf(effect)]);
  expect(points[2].title).toBe('representation specificity: AnB − BnB at n = 3');
  expect(points[2].behind!.networks.map(({ name }) => name).sort()).toEqual(['A3B', 'A3B', 'B3B', 'B3B']);
});

test('a table as CSV keeps commas, quotes and lines inside their cells', () => {
  expect(tableCsv({ head: ['n', 'why'], rows: [['1', 'a "b", c\nd']] })).toBe('n,why\r\n1,"a ""b"", c\nd"\r\n');
  expect(tableCsv({ head: ['class'], rows: [['=1+1'], ['-0.5%']] })).toBe("class\r\n'=1+1\r\n-0.5%\r\n");
});

test('names of files come from names of studies, whatever is in them', () => {
  expect(fileName('Birds / <b>', 'The effects against n')).toBe('birds-b-the-effects-against-n');
  expect(fileName('…')).toBe('transplant');
});

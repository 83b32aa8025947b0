import { expect, test } from 'vitest';
import { accuracyCurves } from '../../src-main/study/results/curves.ts';
import { publishedTables } from '../../src-main/study/report/published.ts';
import { paperCurve, parsePaperRuns, readPaperRuns } from '../../src-main/study/results/paper.ts';

const paper = readPaperRuns();
const row = (kind: Parameters<typeof paperCurve>[0], digits: number) =>
  paperCurve(kind, paper).map((point) => Number(point.points.toFixed(digits)));

test("the statistics reproduce the paper's differences from the base of the target half, to a tenth of a point", () => {
  expect(row('selffer', 1)).toEqual([0.3, 0, -0.2, -1.9, -2.9, -0.4, 0]);
  expect(row('transfer', 1)).toEqual([0.3, -0.1, -0.6, -2.5, -4.7, -4.4, -8.3]);
  // 1.046 at n = 4 and 1.248 at n = 7: whoever rounds twice reads 1.1 and 1.3.
  expect(row('transfer+', 1)).toEqual([0.3, 0.6, 1.3, 1.0, 1.1, 1.2, 1.2]);
  expect(row('transfer+', 3)).toEqual([0.316, 0.576, 1.32, 1.046, 1.104, 1.224, 1.248]);
});

test('every one of the 148 published networks has its place', () => {
  const { random, dissimilar, untrained, reduced } = paper;
  expect(random.length + dissimilar.length + untrained.length + reduced.length).toBe(148);
  const count = (kind: string) => random.filter((run) => run.kind === kind).length;
  expect([count('base'), count('selffer'), count('transfer')]).toEqual([8, 28, 56]);
  expect(dissimilar.filter((run) => run.kind === 'transfer').length).toBe(14);
});

test("the paper's figure has its base near 62.5% from eight networks on four splits, with a t interval", () => {
  const base = accuracyCurves(paper.random, { directions: 'pooled' })[0].points[0];
  expect(base).toMatchObject({ n: 0, runs: 8, replicates: 4, how: 'splits' });
  expect(base.accuracy).toBeCloseTo(0.62454, 5);
});

test('the natural and the man-made half stay apart, as in Figure 3', () => {
  const curves = accuracyCurves(paper.dissimilar, { directions: 'apart' });
  expect(curves.map((curve) => curve.name)).toEqual(['baseB', 'AnB', 'baseA', 'BnA']);
});

test('a row of an unknown name is an error, never dropped', () => {
  expect(() => parsePaperRuns('net,iter,top1,loss\ntransfer0A1B_1_3,1,0.5,1\n')).toThrow('transfer0A1B_1_3');
});

test('its networks on fewer images are there by their number, and the few did not learn', () => {
  const { reduced } = paper;
  expect(reduced.map(({ perClass }) => perClass)).toEqual([1, 2, 5, 10, 25, 50, 100, 250, 500, 750, 1000, 1300]);
  expect(reduced.at(-1)).toEqual({ perClass: 1300, top1: 0.55158 });
  expect(reduced.filter(({ top1 }) => top1 < 0.005).at(-1)!.perClass).toBe(100);
});

test('what others found stands beside a study that asks the same, with its source', () => {
  const asked = {
    treatments: ['transfer' as const, 'random' as const],
    examples: [5],
    pretrained: undefined,
    sourceSet: undefined,
  };
  const tables = publishedTables({ ...asked, sourceSet: {} as never });
  expect(tables.map(({ caption }) => /^[A-Z].*?\((\d{4})\)/.exec(caption)![1])).toEqual([
    '2014',
    '2021',
    '2023',
    '2023',
  ]);
  expect(publishedTables({ ...asked, treatments: ['transfer' as const], examples: undefined })).toEqual([]);
});

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseHTML } from 'linkedom';
import { describe, expect, it } from 'vitest';
import { BUILT_IN_NETWORKS } from '../../src-main/network/built-in.ts';
import { decodeSafetensors } from '../../src-main/store/safetensors.ts';
import { planStudy, studyId } from '../../src-main/study/plan/plan.ts';
import type { PlannedData } from '../../src-main/study/plan/planned-data.ts';
import { examplesOf } from '../../src-main/study/plan/run-record.ts';
import { protocolSchema, type Protocol } from '../../src-main/study/plan/protocol.ts';
import { analyse } from '../../src-main/study/analysis/analysis.ts';
import { crossoverSentence, exampleFindings } from '../../src-main/study/report/crossover-words.ts';
import { csvOf } from '../../src-main/study/data-tables/formats.ts';
import { examplesDataTable } from '../../src-main/study/data-tables/results.ts';
import { exampleFigures, examplesTable } from '../../src-main/study/report/examples.ts';
import { learningFigures } from '../../src-main/study/report/figures.ts';
import { methodsParagraph } from '../../src-main/study/report/methods.ts';
import { storedExamples, storedResults } from '../../src-main/study/results/companion.ts';
import { madeUpStudy } from './report-made-up.ts';
import { createTinyHome, runTinyStudy, tinyProtocol } from './tiny-study.ts';

const classes = [...'abcdefgh'];
const data: PlannedData = {
  ...{ id: '0123456789abcdef', name: 'letters', size: 32, classes, groups: {} },
  trainCounts: classes.map(() => 50),
};
const protocol = (changes: Partial<Protocol> = {}): Protocol => ({
  ...{ name: 'test', data: { id: data.id, name: data.name }, network: BUILT_IN_NETWORKS.get('alexnet-32-small')! },
  ...{ split: { kind: 'random' }, replicates: [{ splitSeed: 1, trainingSeed: 1 }], layers: [3], engine: 'onnx' },
  ...{ treatments: ['selffer', 'transfer+', 'random'], bothDirections: false },
  ...changes,
});
const few = planStudy(protocol({ examples: [1, 5] }), data).runs;
const run = (name: string) => few.find((one) => one.name === name)!;

describe('the plan of a study with few target examples', () => {
  it('has every treatment and training from scratch at each number, beside the study that it would be without', () => {
    const without = planStudy(protocol(), data).runs;
    expect(few.slice(0, without.length)).toEqual(without);
    expect(few.slice(without.length).map(({ name }) => name)).toEqual([
      ...['baseB@1', 'B3B@1', 'A3B+@1', 'R3B@1'],
      ...['baseB@5', 'B3B@5', 'A3B+@5', 'R3B@5'],
    ]);
  });

  it('transfers from the base that had all of A, but takes selffer layers from a base on the same few images', () => {
    expect(run('A3B+@5').identity.source).toBe(run('baseA').key);
    expect(run('B3B@5').identity.source).toBe(run('baseB@5').key);
    expect(run('R3B@5').identity.source).toBeNull();
  });

  it('trains for as many steps as with all images, in batches that the few fill', () => {
    for (const name of ['baseB@5', 'B3B@5', 'A3B+@5', 'R3B@5', 'baseB@1']) {
      expect(run(name).steps).toBe(run('baseB').steps);
      expect(run(name).identity.steps).toBe(run('baseB').steps);
    }
    expect(run('baseB@5').network.training.batchSize).toBe(20);
    expect(run('baseB').identity).not.toHaveProperty('steps');
    expect([examplesOf(run('baseB@5').identity), examplesOf(run('baseB').identity)]).toEqual([5, undefined]);
  });

  it('gives all networks on the same few images the same batches, and no others', () => {
    const seeds = Map.groupBy(few, ({ batchSeed }) => batchSeed);
    expect([...seeds.values()].map((members) => members.map(({ name }) => name))).toEqual([
      ['baseA'],
      ['baseB', 'B3B', 'A3B+', 'R3B'],
      ['baseB@1', 'B3B@1', 'A3B+@1', 'R3B@1'],
      ['baseB@5', 'B3B@5', 'A3B+@5', 'R3B@5'],
    ]);
    expect(new Set(few.map(({ key }) => key)).size).toBe(few.length);
    expect(new Set(few.map(({ seed }) => seed)).size).toBe(few.length);
  });

  it('is another training than one of a study with so few images in all, whose steps are fewer', () => {
    const small = planStudy(protocol({ imagesPerClass: 5 }), data).runs.find(({ name }) => name === 'baseB')!;
    expect(small.steps).toBeLessThan(run('baseB@5').steps);
    expect(small.key).not.toBe(run('baseB@5').key);
  });

  it('refuses, in a sentence, a number that some class has not more images than', () => {
    const two = { ...data, trainCounts: data.trainCounts.map((count, label) => (label < 7 ? count : 2)) };
    const both = protocol({ examples: [5], bothDirections: true });
    expect(() => planStudy(both, two)).toThrow(
      '5 images per target class were asked for, but the study trains on all 2 of class "h" anyway; ask for fewer than 2.',
    );
    expect(() => planStudy(protocol({ imagesPerClass: 20, examples: [5, 20] }), data)).toThrow('ask for fewer than 20');
  });

  it('changes no id of a study without, and takes rising numbers only', () => {
    expect(studyId(protocol({ examples: undefined }))).toBe(studyId(protocol()));
    expect(studyId(protocol({ examples: [5] }))).not.toBe(studyId(protocol()));
    for (const examples of [[], [0], [5, 5], [5, 1], [1.5]])
      expect(protocolSchema.safeParse(protocol({ examples })).success).toBe(false);
  });
});

describe('what is said of a study with few target examples', () => {
  const report = madeUpStudy({ layers: [3, 5], examples: [5, 25] });
  const analysis = analyse(report);
  const plain = analyse(madeUpStudy({ layers: [3, 5] }));

  it('mixes nothing: curves, effects and statements are of all images', () => {
    expect(analysis.results.every(({ name }) => !name.includes('@'))).toBe(true);
    expect(analysis.curves).toEqual(plain.curves);
    expect(analysis.effects).toEqual(plain.effects);
    expect(analysis.answers).toEqual(plain.answers);
    expect(learningFigures(report)).toEqual(learningFigures(madeUpStudy({ layers: [3, 5] })));
    expect(plain.examples).toEqual([]);
  });

  it('has a point for each number of images, the difference from scratch on the same images, and the crossover', () => {
    const curve = analysis.examples.find(({ name }) => name === 'A5B')!;
    const scratch = analysis.examples.find(({ kind, target }) => kind === 'base' && target === 'B')!;
    expect(curve.points.map(({ examples, all, runs }) => [examples, all, runs])).toEqual([
      [5, false, 3],
      [25, false, 3],
      [500, true, 3],
    ]);
    curve.points.forEach(({ accuracy, gain }, place) => {
      expect(gain!.points).toBeCloseTo(100 * (accuracy - scratch.points[place].accuracy), 9);
      expect(gain!.pairs).toBe(3);
    });
    // Made up so that 5 ln(500 / k) points of gain meet a drop of 7.8.
    expect(curve.crossover!.state).toBe('crossed');
    expect(curve.crossover!.examples).toBeGreaterThan(70);
    expect(curve.crossover!.examples).toBeLessThan(160);
    expect(curve.crossover!.range!.low).toBeLessThan(curve.crossover!.examples!);
    expect(analysis.examples.find(({ name }) => name === 'A5B+')!.crossover!.state).toBe('still ahead');
    expect(scratch.crossover).toBeNull();
  });

  it('is drawn for each n, with every number of images named and a crossover where there is one', () => {
    const figures = exampleFigures(analysis);
    expect(figures.map(({ name }) => name)).toEqual(['examples-n3', 'examples-n5']);
    const texts = [...parseHTML(figures[1].svg).document.querySelectorAll('text')].map((text) => text.textContent);
    expect(texts).toEqual(expect.arrayContaining(['5', '25', 'all (500)', 'A5B+', 'baseB']));
    expect(texts.filter((text) => text.startsWith('≈'))).not.toHaveLength(0);
  });

  it('does not hide that a treatment that is ahead in the end was behind before', () => {
    const ahead = analysis.examples.find(({ name }) => name === 'A5B+')!;
    const points = ahead.points.map((point) =>
      point.examples === 25 ? { ...point, gain: { ...point.gain!, points: -1 } } : point,
    );
    expect(crossoverSentence({ ...ahead, points })).toBe(
      "A5B+ is still ahead with all (500), but behind with 25: these numbers don't show where training from scratch catches up.",
    );
  });

  it('is in words, in a table, as CSV and in the methods', () => {
    const findings = exampleFindings(analysis);
    expect(findings.map(({ title }) => title)).toEqual(['BnB', 'BnB+', 'AnB', 'AnB+', 'RnB']);
    expect(findings[2].text).toMatch(
      /catches up with A5B at about \d+ images of each class \(95% range \d+ to \d+\)\./,
    );
    expect(findings[3].text).toContain('A5B+ is still ahead with all (500)');
    const table = examplesTable(analysis);
    expect(table.head).toEqual(['Network', '5', '25', 'all (500)', 'From scratch catches up']);
    expect(table.rows.find(([name]) => name === 'baseB')!.at(-1)).toBe('–');
    const lines = csvOf(examplesDataTable(analysis)).trimEnd().split('\r\n');
    // baseA, which has all images only, is not among them.
    expect(lines).toHaveLength(1 + 3 * (1 + 2 * 5));
    expect(table.rows.map(([name]) => name)).not.toContain('baseA');
    const both = analyse(madeUpStudy({ layers: [3], examples: [5] }));
    expect(both.examples.filter(({ kind }) => kind === 'base').map(({ name }) => name)).toEqual(['baseB']);
    expect(lines.every((line) => line.split(',').length === 23)).toBe(true);
    expect(methodsParagraph(report)).toContain('with only 5 and 25 training images of each target class');
    expect(methodsParagraph(madeUpStudy())).not.toContain('target class');
  });
});

it('a study with few target examples trains each network on its images, and the results of all images stand alone', async () => {
  const tiny = await createTinyHome();
  try {
    const treatments = ['selffer', 'transfer'] as const;
    const study = tinyProtocol(tiny.index, { treatments: [...treatments], examples: [2] });
    const { plan, study: id, outcome } = await runTinyStudy(tiny, study);
    expect(outcome).toEqual({ done: 7, failed: 0, skipped: 0, stopped: false });
    const tensor = (name: string, of = 'conv1.weight') => {
      const { key } = plan.runs.find((one) => one.name === name)!;
      return decodeSafetensors(readFileSync(join(tiny.home, tiny.store.latestCheckpoint(key)!.file))).tensors.get(of)!;
    };
    expect(tensor('A1B@2')).toEqual(tensor('baseA'));
    expect(tensor('B1B@2')).toEqual(tensor('baseB@2'));
    expect(tensor('baseB@2')).not.toEqual(tensor('baseB'));
    const records = new Map(tiny.store.studyRuns(id).map(({ name, record }) => [name, record]));
    for (const name of ['baseB@2', 'A1B@2']) {
      expect(records.get(name)).toMatchObject({ steps: records.get('baseB')!.steps, total: 20 });
    }
    expect(storedResults(tiny.store, id).map(({ name }) => name)).toEqual(['baseA', 'baseB', 'B1B', 'A1B']);
    expect(storedExamples(tiny.store, id).filter(({ examples }) => examples === 2)).toHaveLength(3);
  } finally {
    tiny.dispose();
  }
});

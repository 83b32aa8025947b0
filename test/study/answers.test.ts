import { describe, expect, test } from 'vitest';
import { balancedAccuracy } from '../../src-main/study/results/balance.ts';
import { withMoreImages } from '../../src-main/study/advice/more-images.ts';
import { confusionOf } from '../../src-main/study/results/confusion.ts';
import { confusionTables } from '../../src-main/study/report/confusion.ts';
import { withoutMatrix } from '../../src-main/common/results/confusion.ts';
import { isAboveChance } from '../../src-main/study/results/chance.ts';
import type { RunResult } from '../../src-main/study/results/curves.ts';
import { imageDifference, mcNemar, tangoInterval } from '../../src-main/study/results/paired.ts';

describe('two networks on the same images', () => {
  const about = { name: '', kind: 'base', n: 0, target: 'B', replicate: 0, loss: 1 } as const;
  const run = (labels: number[], answers: number[]) => ({
    ...about,
    correct: answers.filter((answer, image) => answer === labels[image]).length,
    total: labels.length,
    answers: { labels: Uint16Array.from(labels), answers: Uint16Array.from(answers) },
  });

  test('differ only where one alone is right: what both know or neither cancels out', () => {
    // Of 4 images: both right, only the first, only the second, neither.
    const first = run([0, 0, 1, 1], [0, 0, 0, 0]);
    const second = run([0, 0, 1, 1], [0, 1, 1, 0]);
    expect(imageDifference([{ minuend: first, subtrahend: second }])).toMatchObject({ paired: true, p: 1 });
    const { interval } = imageDifference([{ minuend: first, subtrahend: second }]);
    expect(interval.low).toBeCloseTo(-interval.high, 9);
  });

  test('are told apart by McNemar’s exact test', () => {
    // Two-sided binomial: 2 (1/2)^5, and 2 (1 + 10) / 2^10.
    expect(mcNemar({ first: 5, second: 0, images: 100 })).toBeCloseTo(2 / 32, 12);
    expect(mcNemar({ first: 1, second: 9, images: 100 })).toBeCloseTo(22 / 1024, 12);
    expect(mcNemar({ first: 0, second: 0, images: 100 })).toBe(1);
  });

  test('have an interval without zero just where McNemar’s score is beyond 1.96, and that mirrors', () => {
    for (const [first, second] of [
      [20, 8],
      [20, 9],
      [3, 0],
      [4, 0],
      [60, 90],
    ]) {
      const { low, high } = tangoInterval({ first, second, images: 200 });
      const apart = Math.abs(first - second) / Math.sqrt(first + second) > 1.959963984540054;
      expect(low > 0 || high < 0, `${first} and ${second}`).toBe(apart);
      const turned = tangoInterval({ first: second, second: first, images: 200 });
      expect(turned.low).toBeCloseTo(-high, 9);
      expect(turned.high).toBeCloseTo(-low, 9);
    }
    const { low, high } = tangoInterval({ first: 0, second: 0, images: 10 });
    expect([low < 0, high > 0, low >= -1, high <= 1]).toEqual([true, true, true, true]);
  });

  test('of other images, or whose answers are not stored, are taken as independent', () => {
    const one = run([0, 1], [0, 0]);
    for (const other of [run([1, 0], [0, 0]), { ...one, answers: undefined }])
      expect(imageDifference([{ minuend: one, subtrahend: other }])).toMatchObject({ paired: false, p: undefined });
  });
});

describe('classes of unequal size', () => {
  const labels = Uint16Array.from([...Array<number>(8).fill(0), 1, 1]);
  test('count alike in balanced accuracy, which is told for them only', () => {
    expect(balancedAccuracy({ labels, answers: new Uint16Array(10) })).toBe(0.5);
    expect(balancedAccuracy({ labels, answers: labels })).toBe(1);
    expect(balancedAccuracy({ labels: Uint16Array.of(0, 1), answers: Uint16Array.of(0, 0) })).toBeNull();
  });

  test('are learnt by who tells the small ones, though naming the largest is right more often', () => {
    const many = Uint16Array.from({ length: 200 }, (_, image) => (image < 160 ? 0 : 1));
    // Right in 70% of both: less than the 80% of the largest.
    const answers = many.map((label, image) => (image % 10 < 7 ? label : 1 - label));
    const run = (said: Uint16Array) => ({
      ...{ name: '', kind: 'base', n: 0, target: 'B', replicate: 0, loss: 1, total: 200 },
      correct: said.filter((answer, image) => answer === many[image]).length,
      answers: { labels: many, answers: said },
    });
    const chance = { A: 1, B: 0.8 };
    const isAbove = (said: Uint16Array) => isAboveChance([run(said) as RunResult], chance);
    expect([isAbove(answers), isAbove(new Uint16Array(200)), isAbove(many)]).toEqual([true, false, true]);
  });
});

describe('what a network confuses', () => {
  const labels = Uint16Array.of(0, 0, 0, 1, 1, 2);
  const run = (name: string, replicate: number, said: number[]): RunResult => ({
    ...{ name, kind: 'transfer', n: 1, target: 'B', replicate, loss: 1, total: 6, correct: 0 },
    answers: { labels, answers: Uint16Array.from(said) },
  });
  const results = [
    run('A1B', 0, [0, 1, 1, 1, 1, 0]),
    run('A1B', 1, [0, 1, 0, 1, 1, 0]),
    run('A2B', 0, [0, 0, 1, 0, 1, 0]),
  ];
  const classes = ['ant', 'bee', 'cat'];
  const confusion = confusionOf({ results, target: 'B', choice: 'A1B', classesOf: () => classes })!;

  test('is counted over its networks of one split, and told by pairs', () => {
    expect(confusion).toMatchObject({
      networks: 2,
      counts: [
        [3, 3, 0],
        [0, 4, 0],
        [2, 0, 0],
      ],
    });
    expect(withoutMatrix(confusion).pairs).toEqual([
      { class: 'cat', as: 'ant', images: 2, share: 1 },
      { class: 'ant', as: 'bee', images: 3, share: 0.5 },
    ]);
    const other = confusionOf({
      results,
      target: 'B',
      choice: 'A1B',
      classesOf: (replicate) => classes.with(0, `${replicate}`),
    });
    expect(other!.networks).toBe(1);
  });

  test('has the images first that most networks get wrong, known by their class and place in it', () => {
    expect(confusion.images).toEqual([
      { position: 5, ofClass: 1, class: 'cat', as: 'ant', wrong: 3, asked: 3 },
      { position: 1, ofClass: 2, class: 'ant', as: 'bee', wrong: 2, asked: 3 },
      { position: 2, ofClass: 3, class: 'ant', as: 'bee', wrong: 2, asked: 3 },
    ]);
  });

  test('is a matrix only where a person can read it, and nothing where answers are not stored', () => {
    expect(confusionTables([confusion]).map(({ title }) => title)).toEqual([
      'Confusion matrix of A1B',
      'Classes that A1B confuses most',
      'Images that A1B gets wrong',
    ]);
    const many = Array.from({ length: 30 }, (_, label) => `class ${label}`);
    const large = confusionOf({ results, target: 'B', choice: 'A1B', classesOf: () => many })!;
    expect(confusionTables([large]).map(({ title }) => title)).not.toContain('Confusion matrix of A1B');
    const unknown = results.map(({ answers: _, ...older }) => older);
    expect(confusionOf({ results: unknown, target: 'B', choice: 'A1B', classesOf: () => classes })).toBeUndefined();
  });
});

test('more images would bring what the last step did by their logarithm, and nothing where that is not certain', () => {
  const point = (examples: number, accuracy: number, all = false) => ({
    ...{ examples, all, accuracy, balanced: null, runs: 1, replicates: 1, units: 1, how: 'held-out images' as const },
    ...{ interval: { low: accuracy - 0.02, high: accuracy + 0.02 }, gain: null, dots: [] },
  });
  const said = (last: number) => {
    const points = [point(5, 0.5), point(20, 0.6), point(80, last, true)];
    const curve = {
      name: 'A3B+',
      curve: 'AnB+',
      kind: 'transfer+',
      n: 3,
      target: 'B',
      points,
      crossover: null,
    } as const;
    const advice = {
      target: 'B',
      state: 'advised',
      choice: 'A3B+',
      sentence: '',
      reasons: [],
      choices: [],
      moreImages: null,
    } as const;
    return withMoreImages([advice], [curve])[0].moreImages;
  };
  // Four times as many brought 10 points, so twice as many would bring 5.
  expect(said(0.7)).toMatch(
    /gets 50.0%, 60.0% and 70.0%\. The last step brought \+10\.0 points.*twice as many images would bring about \+5\.0 points\.$/,
  );
  expect(said(0.61)).toMatch(/so more images of each class may bring nothing\.$/);
});

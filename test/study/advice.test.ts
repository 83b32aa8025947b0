import { describe, expect, it } from 'vitest';
import type { Cut } from '../../src-main/common/cuts.ts';
import type { Headline } from '../../src-main/common/results/headline.ts';
import { treatmentName, type TreatmentKind } from '../../src-main/common/treatments/treatments.ts';
import { RandomStream } from '../../src-main/random.ts';
import { adviceOf } from '../../src-main/study/advice/advice.ts';
import type { TimedResult } from '../../src-main/study/advice/choices.ts';
import { timeWords } from '../../src-main/study/advice/wording.ts';
import { chanceOf } from '../../src-main/study/results/chance.ts';

const CUTS: Cut[] = ['conv1', 'layer1', 'layer2', 'layer3'].map((name, place) => ({
  ...{ n: place + 1, name, level: 'stage' },
}));

interface Simulated {
  readonly kind: TreatmentKind | 'base';
  readonly n: number;
  /** True accuracy. */
  readonly accuracy: number;
  readonly seconds: number;
}

/** Runs whose accuracies differ from the true ones by chance: a part shared by all of a replicate, and the sample. */
function simulated(
  choices: readonly Simulated[],
  {
    replicates,
    heldOut,
    shared = 0.01,
    seed = 'advice',
  }: { replicates: number; heldOut: number; shared?: number; seed?: string },
): TimedResult[] {
  return Array.from({ length: replicates }, (_, replicate) => {
    const common = shared * new RandomStream(seed, 'replicate', replicate).gaussian();
    return choices.map(({ kind, n, accuracy, seconds }) => {
      const stream = new RandomStream(seed, kind, n, replicate);
      let correct = 0;
      for (let image = 0; image < heldOut; image++) if (stream.uniform() < accuracy + common) correct++;
      const name = treatmentName({ kind, n, target: 'B' });
      return { name, kind, n, target: 'B', replicate, correct, total: heldOut, loss: 1, seconds } as const;
    });
  }).flat();
}

const adviceOn = (results: readonly TimedResult[], chance = 0.1, headlines?: readonly Headline[]) => {
  const replicates = 1 + Math.max(...results.map(({ replicate }) => replicate));
  return adviceOf({
    protocol: {
      split: { kind: 'random' },
      replicates: Array.from({ length: replicates }, (_, place) => ({ splitSeed: place + 1, trainingSeed: 1 })),
    },
    ...{ results, pooling: { directions: 'apart' }, targets: ['B'], chance: { A: chance, B: chance }, cuts: CUTS },
    headlines,
  });
};

/** Frozen up to layer3 is as good as fine-tuning everything, at a fifth of the time; scratch is far behind. */
const USUAL: Simulated[] = [
  { kind: 'base', n: 0, accuracy: 0.61, seconds: 500 },
  { kind: 'transfer', n: 3, accuracy: 0.905, seconds: 100 },
  { kind: 'transfer', n: 4, accuracy: 0.75, seconds: 60 },
  { kind: 'transfer+', n: 4, accuracy: 0.91, seconds: 500 },
];

describe('the advice', () => {
  it('names the cheapest of those that are not told apart, with its certainty and its price', () => {
    const [advice] = adviceOn(simulated(USUAL, { replicates: 5, heldOut: 1000 }));
    expect(advice).toMatchObject({ state: 'advised', choice: 'A3B' });
    expect(advice.sentence).toMatch(
      /^Keep layers up to layer2 frozen and train the rest \(A3B\): (89|9\d)\.\d ± \d\.\d% of held-out images, \d\.\d points (below|above) fine-tuning everything \(not told apart\), at a fifth of the time; from scratch \d\d\.\d ± \d\.\d%\.$/,
    );
    expect(advice.choices.find(({ name }) => name === 'A4B')).toMatchObject({ worse: true, front: true });
    expect(advice.choices.find(({ name }) => name === 'baseB')).toMatchObject({ worse: true, front: false });
  });

  it('names the most accurate where it is told apart, however dear', () => {
    const choices = USUAL.map((one) => (one.kind === 'transfer+' ? { ...one, accuracy: 0.97 } : one));
    const [advice] = adviceOn(simulated(choices, { replicates: 5, heldOut: 1000 }));
    expect(advice.sentence).toMatch(
      /^Fine-tune everything \(A4B\+\): 9\d\.\d ± \d\.\d% of held-out images, \d\.\d points above keeping layers up to layer2 frozen \(95% interval \+\d\.\d to \+\d\.\d\), at 5\.0 times the time; from scratch /,
    );
    expect(advice.reasons[0]).toBe('A4B+ is more accurate than all other choices (tested together, Holm).');
  });

  it('says that it has too little data, how little, and what would help', () => {
    const [advice] = adviceOn(simulated(USUAL, { replicates: 1, heldOut: 72 }));
    expect(advice).toMatchObject({ state: 'too little data' });
    expect(advice.sentence).toMatch(
      /^Too little data for advice: differences below ±1?\d(\.\d)? points can’t be seen with 72 held-out images and one replicate\. So far .* is ahead with .*% ?.* not told apart from it; (A\dB is also the cheapest of these|the cheapest of these is A\dB, at [^;]* of the time)\. About [\d,]+ held-out images would show ±5 points; 3 replicates or more would show how much seeds and splits matter\.$/,
    );
  });

  it('names the cheapest of those that too little data does not tell apart', () => {
    const of = (seconds: number): Simulated[] => [
      { kind: 'transfer+', n: 4, accuracy: 0.95, seconds: 500 },
      { kind: 'transfer', n: 3, accuracy: 0.9, seconds },
    ];
    const sentence = (seconds: number) => adviceOn(simulated(of(seconds), { replicates: 1, heldOut: 60 }))[0].sentence;
    expect(sentence(100)).toContain(
      'A3B is not told apart from it; the cheapest of these is A3B, at a fifth of the time. About',
    );
    expect(sentence(900)).toContain('A3B is not told apart from it; A4B+ is also the cheapest of these. About');
  });

  it('advises from one replicate where its images are many, and says what that leaves open', () => {
    const [advice] = adviceOn(simulated(USUAL, { replicates: 1, heldOut: 5000 }));
    expect(advice).toMatchObject({ state: 'advised', choice: 'A3B' });
    expect(advice.reasons.at(-1)).toBe(
      'With one replicate, choices are compared image by image: the tests know how held-out images differ, but not how seeds and splits do.',
    );
  });

  it('compares two replicates by their images, where Student’s t would say ± 77 points', () => {
    const [advice] = adviceOn(simulated(USUAL, { replicates: 2, heldOut: 2000 }));
    expect(advice).toMatchObject({ state: 'advised', choice: 'A3B' });
    expect(advice.sentence).toMatch(/\(A3B\): \d\d\.\d ± [12]\.\d% of held-out images/);
    expect(advice.reasons.at(-1)).toBe(
      'With two replicates, choices are compared by their held-out images: the tests do not know how seeds and splits differ. One more replicate tells.',
    );
    const [few] = adviceOn(simulated(USUAL, { replicates: 2, heldOut: 40 }));
    expect(few.sentence).toMatch(
      /can’t be seen with 40 held-out images and 2 replicates.*About [\d,]+ held-out images/,
    );
  });

  it('takes the more accurate of two that cost the same, where they tie', () => {
    const tie: Simulated[] = [
      { kind: 'base', n: 0, accuracy: 0.3, seconds: 100 },
      { kind: 'transfer', n: 1, accuracy: 0.8, seconds: 100 },
      { kind: 'transfer', n: 2, accuracy: 0.8, seconds: 98 },
    ];
    const results = simulated(tie, { replicates: 4, heldOut: 2000 }).map((run) =>
      run.kind === 'transfer' ? { ...run, correct: 1600 + run.replicate + (run.n === 1 ? 1 : 0) } : run,
    );
    const [advice] = adviceOn(results);
    expect(advice.choice).toBe('A1B');
    expect(advice.sentence).toContain('0.1 points above');
  });

  it('gives none at the level of chance, which is the share of the largest class', () => {
    const blind = USUAL.map((one) => ({ ...one, accuracy: 0.6 }));
    const [advice] = adviceOn(simulated(blind, { replicates: 3, heldOut: 300 }), 0.6);
    expect(advice.state).toBe('guessing');
    expect(advice.sentence).toContain('can’t be told from always naming the largest class (60.0%)');
    const set = { classes: ['a', 'b', 'c', 'd'], heldOutCounts: [60, 20, 20, 50] };
    expect(chanceOf(set, [{ a: ['d'], b: ['a', 'b', 'c'] }])).toEqual({ A: 1, B: 0.6 });
  });

  it('names a base that did not learn as others did, unless the headline has named it', () => {
    const results = simulated(USUAL, { replicates: 4, heldOut: 1000 });
    const fallen = results.map((run) => (run.kind === 'base' && run.replicate === 2 ? { ...run, correct: 99 } : run));
    expect(adviceOn(results)[0].reasons.join()).not.toContain('did not learn');
    expect(adviceOn(fallen)[0].reasons[0]).toMatch(/^baseB of replicate 3 did not learn: .* a lower rate/);
    const headlines = [{ target: 'B', state: 'guessing', sentence: '' }] as const;
    expect(adviceOn(fallen, 0.1, headlines)[0].reasons.join()).not.toContain('did not learn');
    // Of few images a network from scratch may learn nothing, and one that takes over layers a lot.
    const none = results.map((run) => (run.kind === 'base' ? { ...run, correct: 99 } : run));
    expect(adviceOn(none)[0].reasons.join()).not.toMatch(/did not learn|nothing to transfer/);
  });

  it('tells from scratch to be the choice where transfer only costs', () => {
    const useless: Simulated[] = [
      { kind: 'base', n: 0, accuracy: 0.8, seconds: 100 },
      { kind: 'transfer+', n: 4, accuracy: 0.7, seconds: 100 },
    ];
    const [advice] = adviceOn(simulated(useless, { replicates: 4, heldOut: 1000 }));
    expect(advice.sentence).toMatch(
      /^Train from scratch \(baseB\): .* points above fine-tuning everything \(95% interval/,
    );
    expect(adviceOn(simulated(useless.slice(0, 1), { replicates: 4, heldOut: 1000 }))).toEqual([]);
  });

  it('rarely loses more than it says that it may', () => {
    // Over simulated studies: the truth of the advised choice against the best truth.
    const losses = Array.from({ length: 40 }, (_, seed) => {
      const choices = USUAL.map((one) => (one.n === 3 ? { ...one, accuracy: 0.87 } : one));
      const [advice] = adviceOn(simulated(choices, { replicates: 3, heldOut: 400, seed: `study ${seed}` }));
      return advice.state === 'advised'
        ? 0.91 - choices.find((one) => treatmentName({ ...one, target: 'B' }) === advice.choice)!.accuracy
        : 0;
    });
    expect(losses.filter((loss) => loss > 0.05)).toHaveLength(0);
  });

  it('puts times into words', () => {
    const words = [20, 50, 33, 95, 130, 1, 68, 0].map((seconds) => timeWords(seconds, 100));
    expect(words).toEqual([
      'at a fifth of the time',
      'at half of the time',
      'at a third of the time',
      'in about the same time',
      'at 1.3 times the time',
      'at 1% of the time',
      'at 68% of the time',
      'without any training',
    ]);
    expect(timeWords(3, 0)).toBe('');
  });
});

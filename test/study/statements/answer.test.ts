import { describe, expect, it } from 'vitest';
import { answers } from '../../../src-main/study/statements/answer.ts';
import type { Answer } from '../../../src-main/common/results/statements.ts';
import type { Evidence } from '../../../src-main/study/statements/evidence.ts';
import { paperEvidence } from '../../../src-main/study/statements/paper-answer.ts';
import { madeUpEvidence, madeUpRuns, type Effect } from './made-up-evidence.ts';

const circumstances = { unit: 'seed', near: true, companion: null, notLearnt: undefined, cuts: [] } as const;

const answered = (evidence: Evidence, id: string): Answer =>
  answers([evidence], circumstances).find((answer) => answer.id === id)!;

/** Replicates differ by these points; their first three have a deviation of a half. */
const APART = [-0.5, 0.5, 0, -0.3, 0.3, -0.2, 0.2, -0.4, 0.4, 0];

/** Drops in the middle and at the top, and a gain of 0.8 from fine-tuning. */
const shaped: Effect = (kind, n, replicate) => {
  const middle = n >= 3 && n <= 5 ? -2.5 + APART[replicate] : 0;
  switch (kind) {
    case 'selffer':
      return middle;
    case 'transfer':
      return middle + (n >= 6 ? -6 + APART[replicate] : 0);
    case 'transfer+':
      return 0.8 + APART[replicate];
    case 'random':
      return -5 * n;
    default:
      return 0;
  }
};
const shapedStudy = (replicates: number) => madeUpEvidence(madeUpRuns(replicates, shaped));

describe('the words', () => {
  it('for one replicate tell what its held-out images show, and that nothing is known beyond', () => {
    const answer = answered(shapedStudy(1), 'fragile-co-adaptation');
    expect(answer.verdict).toBe('not enough runs');
    expect(answer.text).toBe(
      'BnB − baseB is −3.0 points averaged over n = 3 to 5 (95% interval −3.4 to −2.6, 1 replicate). The data of these networks show a drop. The interval covers these networks on such images only; other seeds and splits may differ. At least 2 more seeds are needed to measure how much they differ.',
    );
    expect(answer.moreSeeds).toBeNull();
    expect(answers([shapedStudy(1)], circumstances).map(({ verdict }) => verdict)).not.toContain('supported');
    const { results, ...rest } = madeUpRuns(1, shaped);
    const few = results.map((run) => ({ ...run, correct: Math.round(run.correct / 1000), total: run.total / 1000 }));
    expect(answered(madeUpEvidence({ ...rest, results: few }), 'fragile-co-adaptation').text).toContain(
      ' The data neither show nor rule out a drop. ',
    );
  });

  it('for two say how many more are needed, and that two hardly tell', () => {
    const answer = answered(shapedStudy(2), 'fragile-co-adaptation');
    // -3 and -2: s² = 1/2, and t(0.975, 1) = 12.7062.
    expect(answer.effect!.interval.high).toBeCloseTo(-2.5 + 12.7062 / 2, 3);
    expect(answer.verdict).toBe('not enough runs');
    expect(answer.text).toBe(
      'BnB − baseB is −2.5 points averaged over n = 3 to 5 (95% interval −8.9 to +3.9, 2 splits). The data neither show a drop (p = 0.50) nor rule out one of 1.0 point or more (p = 1.00). If they differ as these do, 2 splits establish an effect as large as the paper’s (−1.7 points) in 4% of studies. About 3 more seeds would settle an effect of this size (with a probability of 80%); this number is rough, as 2 seeds hardly show how much they differ.',
    );
    expect(answer.moreSeeds).toBe(3);
  });

  it('for three keep apart what the interval alone shows and what is left of it among five statements', () => {
    const [middle, top] = ['fragile-co-adaptation', 'specific-towards-the-top'].map((id) =>
      answered(shapedStudy(3), id),
    );
    // Deviation 1/2, so t = 2.5 √12 and 6 √12 with two degrees: two-sided p = 1 - t / √(2 + t²), times four and five.
    const p = (t: number) => 1 - t / Math.sqrt(2 + t * t);
    expect(middle.effect!.shown).toBeCloseTo(4 * p(2.5 * Math.sqrt(12)), 6);
    expect(top.effect!.shown).toBeCloseTo(5 * p(6 * Math.sqrt(12)), 6);
    expect([middle.verdict, top.verdict]).toEqual(['not enough runs', 'supported']);
    expect(middle.text).toContain(
      'The interval alone excludes zero, but the test doesn’t, because it corrects for all statements tested at once.',
    );
    expect(top.text).toBe(
      'AnB − BnB is −6.0 points averaged over n = 6 and 7 (95% interval −7.2 to −4.8, 3 splits). A drop is established (p = 0.012); tested layer by layer, it is established at n = 6 and 7. If they differ as these do, 3 splits establish an effect as large as the paper’s (−6.1 points) in 98% of studies.',
    );
  });

  it('for ten are plain', () => {
    const ten = answers([shapedStudy(10)], circumstances);
    expect(ten.map(({ verdict }) => verdict)).toEqual([...Array(5).fill('supported'), 'not tested', 'not tested']);
    expect(ten[0].text).toBe(
      'AnB − baseB is 0.0 points averaged over n = 1 and 2 (95% interval 0.0 to 0.0, 10 splits). A drop of 1.0 point or more is excluded (p < 0.001). If they differ as these do, 10 splits exclude an effect of −1.0 points, where there is none, in 100% of studies.',
    );
  });

  it('leave open whether an established effect is worth the name, where the interval does', () => {
    const answer = answered(shapedStudy(10), 'transfer-boosts');
    // 0.8 points, give or take t(0.975, 9) times a deviation of 0.33 over the root of ten.
    expect(answer.text).toContain(
      'A gain is established (p < 0.001); it may be smaller than 1.0 point; tested layer by layer',
    );
    expect(answered(shapedStudy(10), 'fragile-co-adaptation').text).not.toContain('open');
  });

  it('tell an effect that is too small from one that nobody has seen', () => {
    const small: Effect = (kind, _n, replicate) => (kind === 'transfer+' ? 0.3 + APART[replicate] / 10 : 0);
    const answer = answered(madeUpEvidence(madeUpRuns(10, small)), 'transfer-boosts');
    expect(answer.verdict).toBe('not supported');
    expect(answer.text).toContain(
      'A gain is established (p < 0.001), but a gain of 1.0 point or more is excluded (p < 0.001): the effect is too small to count.',
    );
    const wide: Effect = (kind, _n, replicate) => (kind === 'transfer+' ? 0.3 + 5 * APART[replicate] : 0);
    expect(answered(madeUpEvidence(madeUpRuns(10, wide)), 'transfer-boosts').verdict).toBe('not enough runs');
  });

  it('do not count a rise as a drop, nor a loss as a gain', () => {
    const wrong: Effect = (kind, _n, replicate) =>
      (kind === 'selffer' ? 4 : kind === 'transfer+' ? -4 : 0) + APART[replicate] / 50;
    const study = madeUpEvidence(
      madeUpRuns(5, (kind, n, replicate) => (kind === 'base' ? 0 : wrong(kind, n, replicate))),
    );
    expect(answered(study, 'fragile-co-adaptation').verdict).toBe('not supported');
    expect(answered(study, 'transfer-boosts').verdict).toBe('not supported');
  });
});

describe('what is missing', () => {
  it('is said by name: a treatment, layers, the second study, networks that have not learnt', () => {
    const without = madeUpEvidence(madeUpRuns(3, (kind, n, r) => (kind === 'selffer+' ? NaN : shaped(kind, n, r))));
    expect(answered(without, 'not-longer-training')).toMatchObject({
      verdict: 'not tested',
      text: 'No pair of AnB+ and BnB+ is trained at n = 1 to 7: choose these treatments and layers, or wait for them.',
    });
    expect(answered(shapedStudy(3), 'distance-of-tasks').text).toContain(
      'The test needs a second study of the same images',
    );
    const shallow = { ...shapedStudy(3), depth: 3 };
    expect(answered(shallow, 'fragile-co-adaptation').text).toContain('too shallow');
    const why = 'baseA of replicate 1 did not learn.';
    const guessing = answers([{ ...shapedStudy(3), learnt: false }], { ...circumstances, notLearnt: why });
    expect(new Set(guessing.map(({ verdict }) => verdict))).toEqual(new Set(['not tested']));
    expect(guessing[0].text).toBe(why);
  });

  it('costs one n where a network failed, and not the replicate', () => {
    const failed: Effect = (kind, n, r) => (kind === 'selffer' && n === 4 && r === 1 ? NaN : shaped(kind, n, r));
    const answer = answered(madeUpEvidence(madeUpRuns(3, failed)), 'fragile-co-adaptation');
    expect([answer.layers, answer.effect!.replicates]).toEqual([[3, 5], 3]);
    expect(answer.text).toContain('averaged over n = 3 and 5, without n = 4, where networks are missing');
  });

  it('is not made up for by values that agree to the last image', () => {
    const same = madeUpEvidence(madeUpRuns(2, (kind) => (kind === 'selffer' ? -1.2 : 0)));
    const { effect } = answered(same, 'fragile-co-adaptation');
    expect(effect!.interval.high - effect!.interval.low).toBeGreaterThan(0);
  });
});

describe('two studies', () => {
  const distant: Effect = (kind, n, replicate) => {
    if (kind === 'base') return 0;
    return (kind === 'random' ? -6 * n : -2.5 * n) + APART[replicate] / 5;
  };

  it('together tell what distance costs and that distant features beat random ones', () => {
    const study = madeUpEvidence(madeUpRuns(4, shaped), { distant: madeUpRuns(4, distant) });
    const all = answers([study], { ...circumstances, companion: 'made and grown' });
    const [distance, random] = all.slice(5);
    // Near: -2.5 at three n and -6 at two, a mean of -19.5 / 7. Distant: -2.5 n, a mean of -10.
    expect(distance.effect!.points).toBeCloseTo(-19.5 / 7 + 10, 0);
    expect([distance.verdict, random.verdict]).toEqual(['supported', 'supported']);
    expect(distance.text).toContain('random halves less chosen ones');
    expect(distance.text).toContain('5 splits, with the study “made and grown”');
    expect(random.effect!.points).toBeCloseTo(3.5 * 4, 2);
  });

  it('of which each has one replicate say nothing about chance', () => {
    const study = madeUpEvidence(madeUpRuns(1, shaped), { distant: madeUpRuns(1, distant) });
    const answer = answered(study, 'distance-of-tasks');
    expect(answer.verdict).toBe('not enough runs');
    expect(answer.text).toContain('Seeds of one chosen split can’t show it: at least 1 more random split is needed');
  });
});

it('replicates of one split are one value: seeds alone can’t make a split certain', () => {
  const runs = madeUpRuns(4, shaped);
  const paired = { ...runs, unitOf: (replicate: number) => Math.floor(replicate / 2) };
  expect(answered(madeUpEvidence(paired), 'fragile-co-adaptation').effect!.replicates).toBe(2);
});

describe('the paper’s own networks, by the same test', () => {
  const paper = answers([paperEvidence(true)], { ...circumstances, unit: 'split' });
  const verdicts = Object.fromEntries(paper.map(({ id, verdict }) => [id, verdict]));

  it('support what the paper says, where the authors published the logs', () => {
    expect(verdicts).toMatchObject({
      'first-layers-general': 'supported',
      'fragile-co-adaptation': 'supported',
      'specific-towards-the-top': 'supported',
      'distance-of-tasks': 'supported',
    });
  });

  it('and no more than that: of fine-tuned and of random ones too few logs are there', () => {
    expect(verdicts).toMatchObject({
      'transfer-boosts': 'not enough runs',
      'not-longer-training': 'not tested',
      'distant-beats-random': 'not enough runs',
    });
    const [boost, random] = ['transfer-boosts', 'distant-beats-random'].map((id) =>
      paper.find((one) => one.id === id)!,
    );
    expect(boost.effect).toMatchObject({ replicates: 2 });
    expect(boost.effect!.points).toBeGreaterThan(0.9);
    expect(random.text).toContain('The data of these networks show an advantage');
  });

  it('have the means that the published numbers give', () => {
    const effect = (id: string) => paper.find((one) => one.id === id)!.effect!.points;
    // From the table of differences from the base (test/study/paper.test.ts), averaged by hand.
    expect(effect('first-layers-general')).toBeCloseTo((0.3 - 0.1) / 2, 1);
    expect(effect('fragile-co-adaptation')).toBeCloseTo((-0.2 - 1.9 - 2.9) / 3, 1);
    // n = 7 between the halves by meaning: -24.5 and -25.7 points of 27,550 and 22,450 images, against -8.3.
    const last = paper.find(({ id }) => id === 'distance-of-tasks')!.byLayer.find(({ n }) => n === 7)!;
    expect(last.points).toBeCloseTo(-8.26 + (24.542 * 27550 + 25.664 * 22450) / 50000, 1);
  });
});

import { describe, expect, it } from 'vitest';
import { analyse } from '../../src-main/study/analysis/analysis.ts';
import type { ReportedRun, StudyReport } from '../../src-main/study/analysis/study-report.ts';
import { madeUpStudy } from './report-made-up.ts';

/** A study with the accuracies of its networks, in percent, on so many held-out images each. */
function studyWith(replicates: number, images: number, percent: (run: ReportedRun) => number): StudyReport {
  const study = madeUpStudy({ replicates });
  const runs = study.runs.map((run) => {
    const correct = Math.round((images * percent(run)) / 100);
    return { ...run, status: 'finished' as const, correct, total: images, loss: 1 };
  });
  return { ...study, runs };
}
const sentenceOf = (study: StudyReport) =>
  analyse(study)
    .headlines.map(({ sentence }) => sentence)
    .join(' ');
const stateOf = (study: StudyReport) => analyse(study).headlines[0].state;

/** Frozen layers above the third lose points; what is fine-tuned loses `left`. Replicates differ by a tenth. */
const drop =
  (lost: number, left = 0) =>
  ({ kind, n, replicate, target }: ReportedRun): number => {
    const noise = 0.1 * ((replicate * 7 + n * 3 + (kind === 'transfer' ? 1 : 0) + (target === 'A' ? 2 : 0)) % 3);
    const loss = n < 4 ? 0 : kind === 'transfer' ? lost + n - 4 : kind === 'transfer+' ? left : 0;
    return 70 - loss + noise;
  };

describe('the answer in one sentence', () => {
  it('says up to where features transfer, what freezing costs from where on, and whether fine-tuning gives it back', () => {
    expect(sentenceOf(studyWith(5, 10_000, drop(3)))).toBe(
      'On these images layers 1 to 3 transfer without loss; from layer 4 on frozen layers cost 3 to 6 points; fine-tuning gives them back.',
    );
    expect(sentenceOf(studyWith(5, 10_000, drop(3, 2)))).toMatch(/; fine-tuning leaves up to 2\.\d points of that\.$/);
    expect(sentenceOf(studyWith(5, 10_000, drop(3, -2)))).toMatch(/; fine-tuning gives back more \(up to 2\.\d points/);
  });

  it('says so where all of them transfer', () => {
    const study = studyWith(5, 10_000, drop(0.2 - 4));
    const flat = studyWith(5, 10_000, (run) => (run.kind === 'base' ? 70 : 70 + 0.1 * (run.replicate % 2)));
    expect(sentenceOf(flat)).toMatch(/^On these images layers 1 to 7 transfer without loss: none of them is specific/);
    expect(stateOf(study)).toBe('told');
  });

  it('is careful with one replicate, and claims nothing from two that are alike', () => {
    const one = sentenceOf(studyWith(1, 2000, drop(9)));
    expect(one).toMatch(/^In this one replicate, layers 1 to 3 .* Other seeds and splits may differ\.$/);
    const two = madeUpStudy({ replicates: 2 });
    expect(sentenceOf(two)).toMatch(
      /^Nothing can be told yet: differences below ±\d.* can’t be seen with 1,000 held-out images and 2 replicates\. 1 more replicate/,
    );
  });

  it('says why not where nothing can be told: too few images, or two classes that nobody has learnt', () => {
    const few = studyWith(1, 72, drop(3));
    expect(stateOf(few)).toBe('too little data');
    expect(sentenceOf(few)).toMatch(
      /^Nothing can be told yet: differences below ±1\d points can’t be seen with 72 held-out images and one replicate\. 2 more replicates/,
    );
    expect(sentenceOf(few)).toMatch(/and 288 held-out images differences of ±[67]\.\d points\.$/);
    const classes = ['a', 'b', 'c', 'd'];
    const two = madeUpStudy({ replicates: 3, classes });
    const guessing = {
      ...two,
      runs: two.runs.map((run) => ({ ...run, correct: 20, total: 40, loss: 1, status: 'finished' as const })),
    };
    expect(sentenceOf(guessing)).toBe(
      'Nothing can be told yet. A base network can’t be told from guessing (50.0%), so there is nothing to transfer. Train longer or on more images.',
    );
  });

  it('names the bases that did not learn where others did, also those that only features come from, and what to do', () => {
    const without = (astray: readonly string[], replicates: number, study = studyWith(replicates, 1000, drop(3))) =>
      sentenceOf({
        ...study,
        runs: study.runs.map((run) =>
          astray.includes(`${run.name} ${run.replicate + 1}`) ? { ...run, correct: 104 } : run,
        ),
      });
    expect(without(['baseA 1'], 3)).toBe(
      'Nothing can be told yet. baseA of replicate 1 did not learn: it can’t be told from guessing (10.0%), as 5 other bases can. ' +
        'Its training went wrong, mostly by too high a learning rate: start a new study with a lower rate in its network’s file, or with other seeds.',
    );
    expect(without(['baseB 1'], 1)).toMatch(
      /baseB of replicate 1 did not learn: it .*, as 1 other base can\. Its training/,
    );
    expect(without(['baseA 1', 'baseA 3', 'baseB 2'], 3)).toMatch(
      /baseA of replicates 1, 3 and baseB of replicate 2 did not learn: they .* 3 other bases can\. Their trainings went/,
    );
    // Chosen halves are not alike: one of them may be too hard for all.
    const study = studyWith(2, 1000, drop(3));
    const split = { kind: 'groups', a: ['round'], b: ['angular'] } as const;
    const apart = { ...study, protocol: { ...study.protocol, split } };
    expect(without(['baseA 1', 'baseA 2'], 2, apart)).toMatch(
      /^Nothing can be told yet\. A base .* Train longer or on more/,
    );
    expect(without(['baseA 1'], 2, apart)).toMatch(/baseA of replicate 1 did not learn: it .* 1 other base can/);
  });

  it('names single cuts that cost, also where it has said nothing before', () => {
    const first = sentenceOf(studyWith(1, 2000, (run) => (run.kind === 'transfer' && run.n === 1 ? 46 : 70)));
    expect(first).toMatch(
      /^In this one replicate, freezing up to layer 1 costs about 24 points; fine-tuning gives them back\./,
    );
  });

  it('does not say that nothing can be told where a transfer is certainly better than training from scratch', () => {
    const gains = (kinds: readonly string[]) =>
      sentenceOf(studyWith(1, 500, (run) => (kinds.includes(run.kind) && run.n === 3 ? 82 : 72)));
    expect(gains(['transfer+'])).toMatch(
      /^In this one replicate, layers 1 to 3, fine-tuned, beat training from scratch by about 10 points; of what freezing costs nothing can be told yet: differences below ±\d/,
    );
    expect(gains(['transfer'])).toMatch(/^In this one replicate, layers 1 to 3, frozen, beat training from scratch by/);
    expect(gains([])).toMatch(/^Nothing can be told yet: differences below/);
  });

  it('offers what would show differences half as large as those that can be seen', () => {
    const numbersOf = (study: StudyReport) => {
      const sentence = sentenceOf(study);
      const [seen, offered] = [...sentence.matchAll(/±([\d.]+) points/g)].map(([, points]) => Number(points));
      return { sentence, seen, offered };
    };
    // Every network on 500 images, so that what can be seen is below five points.
    const one = numbersOf(studyWith(1, 500, drop(1)));
    expect(one.seen).toBeLessThan(10);
    expect(one.sentence).toMatch(/, and 2,000 held-out images differences of/);
    expect(one.offered).toBeCloseTo(one.seen / 2, 0);

    const wide = ({ kind, replicate, n }: ReportedRun) => 60 + (kind === 'transfer' ? 6 * ((replicate + n) % 3) : 0);
    const three = numbersOf(studyWith(3, 500, wide));
    // 4.30 / √3 over 2.78 / √5 is 2.
    expect(three.sentence).toMatch(/and 3 replicates\. 2 more replicates would show differences of ±/);
    expect(three.offered / three.seen).toBeCloseTo(0.5, 1);
  });

  it('is alone in saying what can’t be seen and what would help, where it says so: the advice below has no other figure', () => {
    const { headlines, advice } = analyse(studyWith(1, 72, drop(3)));
    expect(headlines[0].sentence).toMatch(/differences below ±1\d points can’t be seen .*±[67]\.\d points\.$/);
    expect(advice).toHaveLength(1);
    expect(advice[0].state).toBe('too little data');
    expect(advice[0].sentence).toMatch(
      /^Too little data for advice\. So far .* is ahead with .* not told apart from it; [^.]*\.$/,
    );
    expect([advice[0].sentence, ...advice[0].reasons].join(' ')).not.toMatch(
      /±[\d.]+ points|held-out images|would show/,
    );

    // Where the headline tells something, what more data would bring the advice stands there.
    const told = analyse(studyWith(1, 200, drop(40, 0)));
    expect(told.headlines[0].state).toBe('told');
    expect(told.advice[0].sentence).toMatch(/^Too little data for advice: differences below .* would show ±5 points/);
  });

  it('is left to the advice where features come from elsewhere, and to nobody without a frozen transfer', () => {
    const study = madeUpStudy();
    const source = {
      id: 'other',
      name: 'other',
      size: 36,
      classes: ['x', 'y'],
      trainCounts: [1, 1],
      heldOutCounts: [1, 1],
    };
    expect(analyse({ ...study, protocol: { ...study.protocol, sourceSet: source } }).headlines).toEqual([]);
    const tuned = { ...study, runs: study.runs.filter(({ kind }) => kind !== 'transfer') };
    expect(analyse(tuned).headlines).toEqual([]);
  });
});

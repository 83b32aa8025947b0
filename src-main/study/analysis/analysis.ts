import type { Cut } from '../../common/cuts.ts';
import { isLikePaper } from '../../network/describe.ts';
import { resolveNetwork } from '../../network/network.ts';
import type { Advice } from '../../common/results/advice.ts';
import type { Headline } from '../../common/results/headline.ts';
import { headlinesOf } from '../advice/headline.ts';
import { adviceOf } from '../advice/advice.ts';
import { withMoreImages } from '../advice/more-images.ts';
import type { Confusion } from '../../common/results/confusion.ts';
import { confusionOf } from '../results/confusion.ts';
import { chanceOf } from '../results/chance.ts';
import { accuracyCurves, poolingOf, targetsOf, type Pooling, type RunResult } from '../results/curves.ts';
import type { AccuracyCurve, ExampleCurve } from '../../common/results/accuracy.ts';
import { countSplits } from '../results/layout.ts';
import { effectCurves } from '../results/effects.ts';
import type { EffectCurve } from '../../common/results/effects.ts';
import { allImages, exampleCurves, onAllImages, type ExampleResult } from '../results/examples.ts';
import { treatmentParameters, type TreatmentParameters } from '../plan/parameter-counts.ts';
import type { Answer } from '../../common/results/statements.ts';
import { studyAnswers } from '../statements/answer.ts';
import type { Half } from '../../common/treatments/treatments.ts';
import { variantEffects, type VariantEffect } from '../statements/variants.ts';
import type { ReportedRun, StudyReport } from './study-report.ts';

/** The statistics of a study, as page, CSV and JSON show them. */
export interface Analysis {
  readonly pooling: Pooling;
  readonly results: readonly RunResult[];
  readonly curves: readonly AccuracyCurve[];
  readonly effects: readonly EffectCurve[];
  /** Effects of treatments that the paper doesn't have, against those they vary. Empty for most studies. */
  readonly variants: readonly VariantEffect[];
  /**
   * Accuracy by number of images per target class. All other fields use networks trained on all images. Empty for
   * most studies.
   */
  readonly examples: readonly ExampleCurve[];
  /** The paper's question answered in a sentence, for each half; none where features come from elsewhere. */
  readonly headlines: readonly Headline[];
  /** Which layers to keep, for each half that something was transferred to. */
  readonly advice: readonly Advice[];
  /** What the networks that are advised confuse; empty where answers to single images are not stored. */
  readonly confusions: readonly Confusion[];
  /** The study's verdict on each of the paper's statements. */
  readonly answers: readonly Answer[];
  /**
   * The halves that layers were transferred to, B first. Each gets its own figures. Only `B` if directions are
   * pooled.
   */
  readonly targets: readonly Half[];
  /** Accuracy of always naming the largest class of a half, a fraction. */
  readonly chance: Readonly<Record<Half, number>>;
  readonly replicates: number;
  /** Splits of the classes: 1 where the halves were chosen. */
  readonly splits: number;
  /** Where the network can be chopped. */
  readonly cuts: readonly Cut[];
  /** Whether n counts weight layers, as in the paper; otherwise the paper's curves can't be laid beside these. */
  readonly likePaper: boolean;
  /** How many parameters of each network were trained. */
  readonly parameters: readonly TreatmentParameters[];
}

export function analyse(report: StudyReport): Analysis {
  const { protocol, companion } = report;
  const network = resolveNetwork(protocol.network, 2);
  const pooling = poolingOf(protocol);
  const finished = report.runs.filter(isResult);
  const results = onAllImages(finished);
  const curves = accuracyCurves(results, pooling);
  const effects = effectCurves(results, pooling);
  const targets = targetsOf(curves);
  const chance = chanceOf(report.dataset, report.splits, protocol.sourceSet);
  const examples = exampleCurves(finished, pooling, allImages(protocol, report.dataset, report.splits));
  const judged = { protocol, results, pooling, targets, chance, cuts: network.cuts };
  const headlines = headlinesOf(judged);
  const advice = withMoreImages(adviceOf({ ...judged, headlines }), examples);
  return {
    pooling,
    results,
    curves,
    effects,
    variants: variantEffects({ protocol, results, pooling, targets }),
    examples,
    advice,
    confusions: confusionsOf(report, results, advice),
    headlines,
    answers: studyAnswers({ protocol, results, pooling, targets, chance, companion }),
    targets,
    chance,
    replicates: report.splits.length,
    splits: countSplits(protocol),
    cuts: network.cuts,
    likePaper: isLikePaper(network),
    parameters: treatmentParameters(onAllImages(report.runs).map((run) => ({ ...run, total: run.parameters }))),
  };
}

/** What the advised networks confuse, as far as answers are stored. */
function confusionsOf({ splits }: StudyReport, results: readonly RunResult[], advice: readonly Advice[]): Confusion[] {
  return advice.flatMap(({ target, choice }) => {
    const classesOf = (replicate: number) => splits[replicate][target === 'A' ? 'a' : 'b'];
    return confusionOf({ results, target, choice, classesOf }) ?? [];
  });
}

function isResult(run: ReportedRun): run is ReportedRun & ExampleResult {
  return run.status === 'finished' && run.correct !== null && run.total !== null && run.total > 0 && run.loss !== null;
}

import { parseHTML } from 'linkedom';
import { accuracyChart, dotsOf } from '../../common/charts/accuracy-chart.ts';
import { annotatedChart, bracketsOf } from '../../common/charts/annotated-chart.ts';
import { comparisonChart, effectsChart, variantsChart } from '../../common/charts/effects-chart.ts';
import { heldOutAccuracyChart, trainingLossChart } from '../../common/charts/learning-chart.ts';
import { overlayChart } from '../../common/charts/overlay-chart.ts';
import { lookStepsChart } from '../../common/charts/look-steps-chart.ts';
import { hasLines, predictorChart } from '../../common/charts/predictor-chart.ts';
import { frontOf, timeChart, timedChoices } from '../../common/charts/time-chart.ts';
import { type Half, parentOf } from '../../common/treatments/treatments.ts';
import type { Analysis } from '../analysis/analysis.ts';
import { baseDifferences, comparisonsOf } from '../analysis/comparisons.ts';
import type { LookTransfer } from '../analysis/look-transfer.ts';
import type { StudyReport } from '../analysis/study-report.ts';
import { toldFromChance } from '../results/effects.ts';
import { CURVE_NAMES } from '../prediction/findings.ts';
import type { PredictionView } from '../prediction/prediction-view.ts';

export interface Figure {
  /** Its file name without ending: `figure-2-top`. */
  readonly name: string;
  readonly title: string;
  readonly caption: string;
  readonly svg: string;
}

/** The document that charts create elements with if there is no page. It stays empty. */
export const chartDocument: Document = parseHTML('<!doctype html><html><body></body></html>').document;

/** The small curve beside the sentence that a report begins with: frozen and fine-tuned transfers less the base. */
export function headlineFigure(target: Half, { study, protocol }: StudyReport, analysis: Analysis): Figure {
  const title = 'Transfers above or below the base';
  const overlaid = {
    name: study.name,
    layers: protocol.layers,
    curves: analysis.curves.filter((curve) => curve.target === target),
    differences: baseDifferences(target, analysis),
  };
  const svg = overlayChart([overlaid], {
    document: chartDocument,
    ...{ width: 360, height: 230, label: title },
    ...{ kinds: ['transfer', 'transfer+'], measure: 'difference' },
  });
  return { name: `headline-${target}`, title, caption: '', svg: svg.outerHTML };
}

/** Figure 2 (top and bottom), the effects, the random control and the comparison with the paper, per target half. */
export function resultFigures(report: StudyReport, analysis: Analysis): Figure[] {
  return analysis.targets.flatMap((target) => figuresOf(target, report, analysis));
}

function figuresOf(target: Half, report: StudyReport, analysis: Analysis): Figure[] {
  const { layers } = report.protocol;
  const curves = analysis.curves.filter((curve) => curve.target === target);
  const effects = analysis.effects.filter((effect) => effect.target === target);
  const several = analysis.targets.length > 1;
  const place = (name: string, title: string, caption: string, svg: Element): Figure => ({
    name: several ? `${name}-${target}` : name,
    title: several ? `${title} (trained on ${target})` : title,
    caption,
    svg: svg.outerHTML,
  });
  const has = (...kinds: readonly string[]) => curves.some(({ kind }) => kinds.includes(kind));
  const copied = curves.flatMap(({ kind }) => (kind === 'base' || kind === 'random' ? [] : [kind]));
  const told = toldFromChance(effects);
  const dots = curves.some((curve) => curve.kind !== 'random' && dotsOf(curve).length > 0);
  const figures: Figure[] = [];
  if (copied.length > 0)
    figures.push(
      place(
        'figure-2-top',
        'Top-1 accuracy for every treatment',
        `As in the paper’s Figure 2, top: ${dots ? 'means with 95% intervals. Small dots are single networks.' : 'single networks with 95% intervals.'} Markers of one n are shifted sideways for legibility. Very wide intervals may be cut off at the frame; the table gives them in full.`,
        accuracyChart(curves, {
          document: chartDocument,
          kinds: copied,
          layers,
          label: 'Top-1 accuracy against layer n for every treatment',
        }),
      ),
    );
  if (copied.some((kind) => kind === parentOf(kind)))
    figures.push(
      place(
        'figure-2-bottom',
        'The means, with the effects that separate them',
        bracketsCaption(bracketsOf(effects, told)),
        annotatedChart(curves, effects, told, {
          document: chartDocument,
          layers,
          label: 'Mean accuracy against layer n, annotated with the effects',
        }),
      ),
    );
  if (effects.some(({ effect }) => EFFECTS_SHOWN.has(effect)))
    figures.push(
      place(
        'effects',
        'The effects against n',
        'Differences in points of top-1, paired by replicate, with 95% intervals.',
        effectsChart(effects, { document: chartDocument, label: 'Effects in points of top-1 against layer n' }),
      ),
    );
  const advice = analysis.advice.find((one) => one.target === target);
  if (advice && timedChoices(advice).length > 0)
    figures.push(
      place(
        'accuracy-time',
        'Accuracy against training time',
        `Each way to make a network for these classes: top-1 with its 95% interval against the mean time of a training.${frontOf(advice).length > 1 ? ' A line joins those that no other beats in both (the Pareto front).' : ''}`,
        timeChart(advice, { document: chartDocument, label: 'Top-1 accuracy against the time of a training' }),
      ),
    );
  const variants = analysis.variants.filter((variant) => variant.target === target);
  if (variants.length > 0)
    figures.push(
      place(
        'variants',
        'What other treatments change',
        'Treatments that the paper does not have, compared with those that they vary: differences in points of top-1, paired by replicate, with 95% intervals.',
        variantsChart(variants, {
          document: chartDocument,
          label: 'What other treatments change, in points of top-1 against layer n',
        }),
      ),
    );
  if (has('random'))
    figures.push(
      place(
        'random-control',
        'Baseline: random features',
        'As in the paper’s Figure 3, right: networks whose first n layers are random and frozen, compared with those whose first n layers are transferred and frozen.',
        accuracyChart(curves, {
          document: chartDocument,
          kinds: ['transfer', 'random'],
          chance: analysis.chance[target],
          layers,
          label: 'Accuracy of transferred and of random frozen layers against layer n',
        }),
      ),
    );
  const comparisons = comparisonsOf(target, report, analysis);
  if (comparisons.length > 0)
    figures.push(
      place(
        'beside-the-paper',
        'Beside the paper’s networks',
        'Differences from the base, in colour for this study, grey and dotted for Yosinski et al. (2014). The paper’s are computed by the same code from the logs that the authors published (ImageNet, random halves of 500 classes; for AnB+ and BnB+ only one or two networks per n). Images and base accuracies differ, so compare shapes, not sizes.',
        comparisonChart(comparisons, {
          document: chartDocument,
          label: 'Differences from the base against layer n, this study and the paper',
        }),
      ),
    );
  return figures;
}

/** What the brackets of Figure 2's bottom are, as far as there are any. */
function bracketsCaption({ numbered, grey }: ReturnType<typeof bracketsOf>): string {
  const test = 'told from chance (Student’s t over at least three replicates, corrected by Holm for all of them)';
  return [
    'As in the paper’s Figure 2, bottom, with its numbers.',
    numbered
      ? `Each numbered bracket marks the n at which its effect is largest, of those at which it is ${test}.`
      : `No effect is ${test}, so none has its number.`,
    ...(grey ? ['Grey brackets are effects that are not told from chance, at the n where they are largest.'] : []),
    ...(numbered
      ? ['The sizes written below are paired by replicate and may differ from the bracket if runs are missing.']
      : []),
  ].join(' ');
}

const EFFECTS_SHOWN = new Set<string>(['fragile co-adaptation', 'representation specificity', 'generalisation boost']);

/** Learning curves of the bases that were trained on all images. */
export function learningFigures(report: StudyReport): Figure[] {
  const bases = report.runs.filter(({ kind, examples }) => kind === 'base' && examples === undefined);
  const figures: Figure[] = [];
  if (bases.some(({ curve }) => curve.length > 1))
    figures.push({
      name: 'learning-loss',
      title: 'Training loss of the bases',
      caption: 'Softmax cross-entropy of training batches, without weight decay; one line per network.',
      svg: trainingLossChart(bases, { document: chartDocument }).outerHTML,
    });
  if (bases.some(({ evaluations }) => evaluations.length > 0))
    figures.push({
      name: 'learning-accuracy',
      title: 'Accuracy of the bases while they learn',
      caption: bases.some(({ curve }) => curve.length > 1)
        ? 'Solid: held-out images. Dotted: training batches.'
        : 'Of held-out images.',
      svg: heldOutAccuracyChart(bases, { document: chartDocument }).outerHTML,
    });
  return figures;
}

/** Measured accuracy against each cheap predictor. Empty if no layer has both. */
export function predictorFigures({ chart: { kind, panels } }: PredictionView): Figure[] {
  if (panels.length === 0) return [];
  const title = 'Accuracy against each predictor';
  return [
    {
      name: 'predictors',
      title,
      caption: `Measured top-1 of ${CURVE_NAMES[kind]} against each predictor, from its lowest to its highest value. Numbers are n${hasLines(panels) ? '; a line joins the layers of one transfer' : ''}. The points of a good predictor rise from left to right.`,
      svg: predictorChart(panels, kind, { document: chartDocument, label: title }).outerHTML,
    },
  ];
}

/** AnB − BnB of each layer against how it looks. */
export function lookFigures({ panels, overSteps }: LookTransfer): Figure[] {
  const title = 'What a layer’s transfer costs, against how it looks';
  return [
    {
      name: 'look-transfer',
      title,
      caption: `AnB − BnB in points of top-1 against each measure of the weights of baseA and baseB, from its lowest to its highest value. Numbers are n${hasLines(panels) ? '; a line joins the layers of one replicate' : ''}. r: Pearson’s correlation over the layers’ means, with its 95% interval.`,
      svg: predictorChart(panels, 'transfer', {
        ...{ document: chartDocument, label: title },
        ...{ across: 'Measure, lowest to highest', up: 'AnB − BnB (points)' },
      }).outerHTML,
    },
    ...(overSteps.length > 0 ? [lookStepsFigure(overSteps)] : []),
  ];
}

/** How well the look of layers while the bases learn goes with what their transfer costs in the end. */
function lookStepsFigure(points: LookTransfer['overSteps']): Figure {
  const title = 'The look of layers over training steps, and what their transfer costs';
  return {
    name: 'look-steps',
    title,
    caption:
      'Pearson’s r over layers of a measure at each step of the bases with AnB − BnB at the end, and its 95% interval by Fisher’s transformation, as if layers were independent. Gabor share and generality are of layer 1 alone before the end, and so not here.',
    svg: lookStepsChart(points, { document: chartDocument, label: title }).outerHTML,
  };
}

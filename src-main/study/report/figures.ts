import { accuracyChart } from '../../../src-renderer/charts/accuracy-chart.ts';
import { annotatedChart } from '../../../src-renderer/charts/annotated-chart.ts';
import { comparisonChart, effectsChart, variantsChart } from '../../../src-renderer/charts/effects-chart.ts';
import { heldOutAccuracyChart, trainingLossChart } from '../../../src-renderer/charts/learning-chart.ts';
import { parentOf, type Half } from '../../common/treatments/treatments.ts';
import type { Analysis } from './analysis.ts';
import { comparisonsOf } from './comparisons.ts';
import { chartDocument as document, type Figure } from './figure.ts';
import type { StudyReport } from './study-report.ts';

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
  const figures: Figure[] = [];
  if (copied.length > 0)
    figures.push(
      place(
        'figure-2-top',
        'Top-1 accuracy for every treatment',
        'As the paper’s Figure 2, top. Means with 95% intervals; small dots are single networks. Markers of one n stand beside each other for legibility. Very wide intervals may be cut at the frame; the table has them whole.',
        accuracyChart(curves, {
          document,
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
        'As the paper’s Figure 2, bottom, with its numbers. Each bracket stands where its effect is largest; sizes written below are paired by replicate and may differ from the bracket where runs are missing.',
        annotatedChart(curves, effects, {
          document,
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
        effectsChart(effects, { document, label: 'Effects in points of top-1 against layer n' }),
      ),
    );
  const variants = analysis.variants.filter((variant) => variant.target === target);
  if (variants.length > 0)
    figures.push(
      place(
        'variants',
        'What other treatments change',
        'Treatments that the paper does not have, against those that they vary: differences in points of top-1, paired by replicate, with 95% intervals.',
        variantsChart(variants, {
          document,
          label: 'What other treatments change, in points of top-1 against layer n',
        }),
      ),
    );
  if (has('random'))
    figures.push(
      place(
        'random-control',
        'Random, untrained lower layers',
        'As the paper’s Figure 3, right: the first n layers random and frozen, against the same layers transferred and frozen.',
        accuracyChart(curves, {
          document,
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
        'Differences from the base, in colour for this study, grey and dotted for Yosinski et al. (2014), computed by the same code from the logs the authors published (ImageNet, random halves of 500 classes; for AnB+ and BnB+ only one or two networks per n). Other images and base accuracies: compare shapes, not sizes.',
        comparisonChart(comparisons, {
          document,
          label: 'Differences from the base against layer n, this study and the paper',
        }),
      ),
    );
  return figures;
}

const EFFECTS_SHOWN = new Set<string>(['fragile co-adaptation', 'representation specificity', 'generalisation boost']);

/** Learning curves of the bases that have all images. */
export function learningFigures(report: StudyReport): Figure[] {
  const bases = report.runs.filter(({ kind, examples }) => kind === 'base' && examples === undefined);
  const figures: Figure[] = [];
  if (bases.some(({ curve }) => curve.length > 1))
    figures.push({
      name: 'learning-loss',
      title: 'Training loss of the bases',
      caption: 'Softmax cross-entropy of training batches, without weight decay; one line per network.',
      svg: trainingLossChart(bases, { document }).outerHTML,
    });
  if (bases.some(({ evaluations }) => evaluations.length > 0))
    figures.push({
      name: 'learning-accuracy',
      title: 'Accuracy of the bases while they learn',
      caption: 'Solid: held-out images. Dotted: training batches.',
      svg: heldOutAccuracyChart(bases, { document }).outerHTML,
    });
  return figures;
}

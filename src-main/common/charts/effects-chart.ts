import type { TreatmentKind } from '../treatments/treatments.ts';
import type { Comparison, EffectCurve, EffectName, VariantCurve } from '../results/effects.ts';
import { lookOf, WIDTH, type ChartOptions } from './look.ts';
import { panelChart, type Panel } from './panel-chart.ts';

/** Every effect in the colour of the treatment that it is about. */
export const EFFECT_KINDS: Readonly<Record<EffectName, TreatmentKind>> = {
  'fragile co-adaptation': 'selffer',
  'representation specificity': 'transfer',
  'generalisation boost': 'transfer+',
  'generalisation boost over selffer': 'transfer+',
  'selffer recovery': 'selffer+',
  'transfer over random': 'random',
};

/** The paper's three. */
export const MAIN_EFFECTS: readonly EffectName[] = [
  'fragile co-adaptation',
  'representation specificity',
  'generalisation boost',
];

interface EffectsChartOptions extends ChartOptions {
  readonly label: string;
  /** Absent: the paper's three. */
  readonly shown?: readonly EffectName[];
}

/** Effects against n, beside each other on one scale. */
export function effectsChart(effects: readonly EffectCurve[], options: EffectsChartOptions): SVGSVGElement {
  return panelChart(effectPanels(effects, options.shown), 'Points of top-1', options);
}

/** One panel for each effect that the study has, in the order of `shown`. */
export function effectPanels(effects: readonly EffectCurve[], shown: readonly EffectName[] = MAIN_EFFECTS): Panel[] {
  return shown.flatMap((effect) => {
    const curve = effects.find((candidate) => candidate.effect === effect);
    const title = `${effect}\n${curve?.difference}`;
    return curve ? [{ title, kind: EFFECT_KINDS[effect], points: curve.points }] : [];
  });
}

type ShownVariant = Pick<VariantCurve, 'effect' | 'difference' | 'kind' | 'points'>;

/** Treatments that the paper doesn't have, each against one that it varies. */
export function variantsChart(
  variants: readonly ShownVariant[],
  options: ChartOptions & { readonly label: string },
): SVGSVGElement {
  const width = options.width ?? WIDTH;
  return panelChart(variantPanels(variants), 'Points of top-1', { ...options, width });
}

export function variantPanels(variants: readonly ShownVariant[]): Panel[] {
  return variants.map(({ effect, difference, kind, points }) => ({ title: `${effect}\n${difference}`, kind, points }));
}

/**
 * A study's treatments and the paper's, each as the difference from its own base. Accuracies themselves can't be
 * compared (other images, other numbers of classes), differences can, with care.
 */
export function comparisonChart(
  comparisons: readonly Comparison[],
  options: ChartOptions & { readonly label: string },
): SVGSVGElement {
  return panelChart(comparisonPanels(comparisons), 'Points of top-1 above the base', options);
}

export function comparisonPanels(comparisons: readonly Comparison[]): Panel[] {
  return comparisons.map(({ kind, name, own, paper }) => {
    return { title: `${name}\n${lookOf(kind).meaning}`, kind, points: own, paper };
  });
}

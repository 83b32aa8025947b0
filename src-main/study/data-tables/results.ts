import type { EffectPoint } from '../../common/results/effects.ts';
import type { Answer, AnsweredEffect } from '../../common/results/statements.ts';
import type { Half } from '../../common/treatments/treatments.ts';
import type { Analysis } from '../analysis/analysis.ts';
import { baseDifferences } from '../analysis/comparisons.ts';
import { type VariantEffect, variantSentences } from '../statements/variants.ts';
import { Columns, type DataTable } from './table.ts';

/** One row per point of a curve of the paper's Figure 2. */
export function accuraciesTable({ curves }: Analysis): DataTable {
  const rows = curves.flatMap(({ points, ...curve }) => points.map((point) => ({ ...curve, ...point })));
  return {
    name: 'accuracies',
    title: 'Top-1 accuracy',
    about:
      'One row per treatment and n: mean top-1 accuracy as a fraction, and its 95% interval; balanced accuracy where classes are of unequal size.',
    columns: new Columns<(typeof rows)[number]>()
      .text('curve', ({ name }) => name)
      .text('kind', ({ kind }) => kind)
      .text('target', ({ target }) => target)
      .integer('n', ({ n }) => n)
      .number('top1', ({ accuracy }) => accuracy)
      .number('balanced', ({ balanced }) => balanced)
      .number('low', ({ interval }) => interval.low)
      .number('high', ({ interval }) => interval.high)
      .text('interval_of', ({ how }) => how)
      .integer('networks', ({ runs }) => runs)
      .integer('replicates', ({ replicates }) => replicates)
      .of(rows),
  };
}

/** One row per effect and n. */
export function effectsDataTable({ effects, variants }: Analysis): DataTable {
  const rows = [...effects, ...variants].flatMap(({ effect, difference, target, points }) =>
    points.map((at) => ({ effect, difference, target, at })),
  );
  return {
    name: 'effects',
    title: 'Effects',
    about: 'One row per effect and n: mean difference in points of top-1, and its 95% interval.',
    columns: effectPointColumns(
      new Columns<(typeof rows)[number]>()
        .text('effect', ({ effect }) => effect)
        .text('difference', ({ difference }) => difference),
    ).of(rows),
  };
}

/** One row per treatment and n, as the difference from its base. */
export function differencesTable(analysis: Analysis): DataTable {
  const rows = analysis.targets
    .flatMap((target) => baseDifferences(target, analysis))
    .flatMap(({ points, ...curve }) => points.map((point) => ({ ...curve, at: point })));
  return {
    name: 'differences',
    title: 'Differences from the base',
    about: 'One row per treatment and n: mean difference from its base in points of top-1, and its 95% interval.',
    columns: effectPointColumns(
      new Columns<(typeof rows)[number]>().text('curve', ({ name }) => name).text('kind', ({ kind }) => kind),
    ).of(rows),
  };
}

/** A difference at one n, in points of top-1. */
function effectPointColumns<Row extends { readonly target: Half; readonly at: EffectPoint }>(
  columns: Columns<Row>,
): Columns<Row> {
  return columns
    .text('target', ({ target }) => target)
    .integer('n', ({ at }) => at.n)
    .number('points', ({ at }) => at.points)
    .number('low', ({ at }) => at.interval.low)
    .number('high', ({ at }) => at.interval.high)
    .text('interval_of', ({ at }) => at.how)
    .integer('pairs', ({ at }) => at.pairs)
    .integer('replicates', ({ at }) => at.replicates);
}

interface StatementRow {
  readonly answer: Answer;
  /** Absent: the row of the whole statement. */
  readonly n?: number;
  readonly effect: AnsweredEffect | null;
}

/**
 * The answers to the paper's statements: one row for the effect of each, then one for each layer, with the paper's
 * beside it.
 */
export function statementsDataTable({ answers, likePaper }: Analysis): DataTable {
  const rows = answers.flatMap((answer): StatementRow[] => [
    { answer, effect: answer.effect },
    ...answer.byLayer.map((effect) => ({ answer, n: effect.n, effect })),
  ]);
  const whole = <Value>(value: (answer: Answer) => Value) => {
    return ({ answer, n }: StatementRow) => (n === undefined ? value(answer) : null);
  };
  return {
    name: 'statements',
    title: 'The paper’s statements',
    about:
      'One row per statement, then one row for each of its layers: the effect in points of top-1, and the paper’s beside it.',
    columns: new Columns<StatementRow>()
      .text('statement', ({ answer }) => answer.id)
      .text('title', ({ answer }) => answer.title)
      .text('target', ({ answer }) => answer.target)
      .text('difference', ({ answer }) => answer.difference)
      .text('n', ({ answer, n }) => (n === undefined ? answer.layers.join(' ') : String(n)))
      .text(
        'verdict',
        whole(({ verdict }) => verdict),
      )
      .number('points', ({ effect }) => effect?.points)
      .number('low', ({ effect }) => effect?.interval.low)
      .number('high', ({ effect }) => effect?.interval.high)
      .text('interval_of', ({ effect }) => effect?.how)
      .integer('replicates', ({ effect }) => effect?.replicates)
      .number('p_no_effect', ({ effect }) => effect?.shown)
      .number('p_effect_worth_the_name', ({ effect }) => effect?.excluded)
      .number(
        'power',
        whole(({ power }) => power?.probability ?? null),
      )
      .number(
        'power_for_points',
        whole(({ power }) => power?.size ?? null),
      )
      .integer(
        'more_seeds',
        whole(({ moreSeeds }) => moreSeeds),
      )
      .number('paper_points', ({ answer, n }) =>
        likePaper ? answer.paper.byLayer.find((theirs) => theirs.n === n)?.points : null,
      )
      .text(
        'paper_verdict',
        whole(({ paper }) => paper.verdict),
      )
      .text(
        'text',
        whole(({ text }) => text),
      )
      .of(rows),
  };
}

/** One row per treatment that the paper doesn't have and treatment that it varies: the mean over n, and its tests. */
export function variantsDataTable({ variants, cuts }: Analysis): DataTable {
  return {
    name: 'variants',
    title: 'Other treatments',
    about:
      'One row per treatment that the paper does not have and treatment that it varies: mean difference over n in points of top-1, its 95% interval, and p-values corrected for all rows.',
    columns: new Columns<VariantEffect>()
      .text('effect', ({ effect }) => effect)
      .text('difference', ({ difference }) => difference)
      .text('target', ({ target }) => target)
      .text('n', ({ layers }) => layers.join(' '))
      .number('points', ({ mean }) => mean.points)
      .number('low', ({ mean }) => mean.interval.low)
      .number('high', ({ mean }) => mean.interval.high)
      .text('interval_of', ({ mean }) => mean.how)
      .integer('replicates', ({ mean }) => mean.units)
      .number('p_no_difference', ({ test }) => test?.shown)
      .number('p_difference_worth_the_name', ({ test }) => test?.excluded)
      .text('text', (variant) => variantSentences(variant, cuts))
      .of(variants),
  };
}

/** One row per class and class that the advised network gives any of its images, right ones included. */
export function confusionDataTable({ confusions }: Analysis): DataTable {
  const rows = confusions.flatMap(({ target, choice, networks, classes, counts }) =>
    counts.flatMap((row, of) =>
      row.flatMap((images, as) =>
        images > 0 ? [{ target, choice, networks, of: classes[of], as: classes[as], images }] : [],
      ),
    ),
  );
  return {
    name: 'confusions',
    title: 'What the advised network confuses',
    about:
      'One row per class and class that the advised network gives its held-out images: how many, added up over its networks of the first split.',
    columns: new Columns<(typeof rows)[number]>()
      .text('target', ({ target }) => target)
      .text('network', ({ choice }) => choice)
      .integer('networks', ({ networks }) => networks)
      .text('class', ({ of }) => of)
      .text('answered', ({ as }) => as)
      .integer('images', ({ images }) => images)
      .of(rows),
  };
}

/** One row per treatment, n and number of images of each target class. */
export function examplesDataTable({ examples }: Analysis): DataTable {
  const rows = examples.flatMap(({ points, ...curve }) => points.map((point) => ({ ...curve, at: point })));
  return {
    name: 'examples',
    title: 'Few target examples',
    about:
      'One row per treatment, n and number of images of each target class: mean top-1 accuracy as a fraction, the gain over training from scratch on the same images in points, and where training from scratch catches up with the treatment.',
    columns: new Columns<(typeof rows)[number]>()
      .text('network', ({ name }) => name)
      .text('curve', ({ curve }) => curve)
      .text('kind', ({ kind }) => kind)
      .text('target', ({ target }) => target)
      .integer('n', ({ n }) => n)
      // For all images this is the mean over classes, which need not be an integer.
      .number('images_per_target_class', ({ at }) => at.examples)
      .text('images', ({ at }) => (at.all ? 'all' : 'few'))
      .number('top1', ({ at }) => at.accuracy)
      .number('balanced', ({ at }) => at.balanced)
      .number('low', ({ at }) => at.interval.low)
      .number('high', ({ at }) => at.interval.high)
      .text('interval_of', ({ at }) => at.how)
      .integer('networks', ({ at }) => at.runs)
      .integer('replicates', ({ at }) => at.replicates)
      .number('gain_points', ({ at }) => at.gain?.points)
      .number('gain_low', ({ at }) => at.gain?.interval.low)
      .number('gain_high', ({ at }) => at.gain?.interval.high)
      .text('gain_interval_of', ({ at }) => at.gain?.how)
      .integer('pairs', ({ at }) => at.gain?.pairs)
      .text('crossover', ({ crossover }) => crossover?.state)
      .number('crossover_images', ({ crossover }) => crossover?.examples)
      .number('crossover_low', ({ crossover }) => crossover?.range?.low)
      .number('crossover_high', ({ crossover }) => crossover?.range?.high)
      .of(rows),
  };
}

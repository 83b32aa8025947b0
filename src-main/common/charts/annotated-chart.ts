import * as Plot from '@observablehq/plot';
import { signed, signedRange } from '../numbers.ts';
import { parentOf, type TreatmentKind } from '../treatments/treatments.ts';
import type { AccuracyCurve, AccuracyPoint } from '../results/accuracy.ts';
import type { EffectCurve, EffectName, EffectPoint } from '../results/effects.ts';
import {
  accuracyFrame,
  baseLast,
  endLabels,
  layersOf,
  layerAxes,
  marginsOf,
  meanLine,
  type AccuracyChartOptions,
} from './accuracy-chart.ts';
import { canvasOf, finish, lineOf, markerOf, paletteOf, type ChartOptions } from './look.ts';

/** The numbers are the paper's (section 4.1: its list of findings, and Figure 2, bottom). */
const NOTES: readonly {
  effect: EffectName;
  number: number;
  kinds: readonly [TreatmentKind, TreatmentKind | 'base'];
  text: string;
  direction: 1 | -1;
}[] = [
  {
    effect: 'fragile co-adaptation',
    number: 2,
    kinds: ['selffer', 'base'],
    text: 'fragile co-adaptation',
    direction: -1,
  },
  {
    effect: 'selffer recovery',
    number: 3,
    kinds: ['selffer+', 'base'],
    text: 'fine-tuning recovers co-adapted interactions',
    direction: -1,
  },
  {
    effect: 'representation specificity',
    number: 4,
    kinds: ['transfer', 'selffer'],
    text: 'representation specificity',
    direction: -1,
  },
  {
    effect: 'generalisation boost',
    number: 5,
    kinds: ['transfer+', 'base'],
    text: 'transfer and fine-tuning: generalisation',
    direction: 1,
  },
];

interface Note {
  readonly number: number;
  /** The position of its bracket. Brackets are shifted sideways, so that the numbers never meet. */
  readonly x: number;
  readonly low: number;
  readonly high: number;
  readonly line: string;
  /** Whether its effect is told from chance. */
  readonly told: boolean;
}

/**
 * The paper's Figure 2, bottom: the lines of means alone, each effect marked by a bracket at the n where it is largest. Those
 * that are told from chance have their number, with its meaning and size written out below; the rest are grey and have no size.
 *
 * @param told the points of effects that are told from chance
 */
export function annotatedChart(
  curves: readonly AccuracyCurve[],
  effects: readonly EffectCurve[],
  told: ReadonlySet<EffectPoint>,
  options: Pick<AccuracyChartOptions, keyof ChartOptions | 'label' | 'layers'>,
): SVGSVGElement {
  const shown = baseLast(curves.filter(({ kind }) => kind === parentOf(kind) && kind !== 'random'));
  const frame = accuracyFrame(shown.map(meansOnly));
  const notes = notesOf(shown, effects, told);
  const numbered = notes.filter((note) => note.told);
  const palette = paletteOf(options);
  const { ink, faint, surface } = palette;
  const colour = (note: Note) => (note.told ? ink : faint);
  const margins = marginsOf(options);
  const chart = Plot.plot({
    ...canvasOf(options),
    height: 400 + 18 * notes.length,
    ...margins,
    marginBottom: margins.marginBottom + 8 + 18 * notes.length,
    ...layerAxes(layersOf(shown), frame, options),
    marks: [
      Plot.ruleY([frame.low], { stroke: faint }),
      ...shown.flatMap((curve) => {
        const base = curve.kind === 'base';
        return [
          base ? Plot.ruleY(curve.points, { y: percent, stroke: ink, strokeOpacity: 0.6 }) : undefined,
          Plot.line(base ? [] : meanLine(curve, shown, false, options.layers), {
            x: 'n',
            y: 'y',
            ...lineOf(curve.kind, palette),
          }),
          Plot.dot(curve.points, { x: 'n', y: percent, ...markerOf(curve.kind, palette, 3) }),
        ];
      }),
      Plot.ruleX(notes, { x: 'x', y1: 'low', y2: 'high', stroke: colour, strokeWidth: 1.25 }),
      Plot.dot(numbered, { x: 'x', y: (note) => (note.low + note.high) / 2, r: 8, fill: surface, stroke: ink }),
      Plot.text(numbered, {
        x: 'x',
        y: (note) => (note.low + note.high) / 2,
        text: (note) => String(note.number),
        fill: ink,
        fontWeight: 'bold',
      }),
      ...notes.map((note, index) =>
        Plot.text([note.line], {
          frameAnchor: 'bottom-left',
          textAnchor: 'start',
          lineAnchor: 'top',
          dy: 54 + 18 * index,
          text: (line: string) => line,
          fill: colour(note),
        }),
      ),
      ...endLabels(shown, frame, options),
    ],
  });
  return finish(chart, options.label);
}

/** Whether any bracket has a number, and whether any is grey. */
export function bracketsOf(
  effects: readonly EffectCurve[],
  told: ReadonlySet<EffectPoint>,
): { readonly numbered: boolean; readonly grey: boolean } {
  const notes = NOTES.flatMap(({ effect }) => effects.find((curve) => curve.effect === effect) ?? []);
  const isTold = notes.map(({ points }) => points.some((point) => told.has(point)));
  return { numbered: isTold.includes(true), grey: isTold.includes(false) };
}

const percent = (point: AccuracyPoint): number => 100 * point.accuracy;

/** The curve without single runs and intervals, which the figure leaves out. */
function meansOnly(curve: AccuracyCurve): AccuracyCurve {
  const points = curve.points.map((point) => {
    return { ...point, interval: { low: point.accuracy, high: point.accuracy } };
  });
  return { ...curve, points, dots: [] };
}

function notesOf(
  curves: readonly AccuracyCurve[],
  effects: readonly EffectCurve[],
  told: ReadonlySet<EffectPoint>,
): Note[] {
  const accuracy = (kind: TreatmentKind | 'base', n: number) => {
    const points = curves.find((curve) => curve.kind === kind)?.points;
    return 100 * (points?.find((point) => point.n === (kind === 'base' ? 0 : n))?.accuracy ?? NaN);
  };
  return NOTES.flatMap(({ effect, number, kinds, text, direction }, place) => {
    const curve = effects.find((candidate) => candidate.effect === effect);
    if (!curve) return [];
    const sure = curve.points.filter((point) => told.has(point));
    const largest = (sure.length > 0 ? sure : curve.points).reduce((best, point) =>
      direction * point.points > direction * best.points ? point : best,
    );
    const ends = [accuracy(kinds[0], largest.n), accuracy(kinds[1], largest.n)];
    const { low, high } = largest.interval;
    const isTold = sure.length > 0;
    const what = `${text} (${curve.difference})`;
    const line = isTold
      ? `${number}  ${what}: ${signed(largest.points)} points at n = ${largest.n} (95%: ${signedRange({ low, high })})`
      : `–  ${what}: not told from chance at any n`;
    return [
      {
        number,
        x: largest.n + (place - (NOTES.length - 1) / 2) * 0.24,
        low: Math.min(...ends),
        high: Math.max(...ends),
        line,
        told: isTold,
      },
    ];
  });
}

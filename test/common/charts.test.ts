import fc from 'fast-check';
import { expect, test } from 'vitest';
import { accuracyChart } from '../../src-main/common/charts/accuracy-chart.ts';
import { effectPanels, effectsChart } from '../../src-main/common/charts/effects-chart.ts';
import { colourOf, layerTicks, lookOf, PALETTES, type Kind, type Theme } from '../../src-main/common/charts/look.ts';
import { overlayChart, overlaySeries, overlaySymbols } from '../../src-main/common/charts/overlay-chart.ts';
import { positionOf } from '../../src-main/common/charts/readable.ts';
import {
  heldOutPoints,
  runChart,
  smoothed,
  runPoints,
  thinned,
  trainingPoints,
  type RunCurve,
} from '../../src-main/common/charts/run-chart.ts';
import { selectivityChart } from '../../src-main/common/charts/selectivity-chart.ts';
import { TREATMENT_KINDS } from '../../src-main/common/treatments/treatments.ts';
import { analyse } from '../../src-main/study/analysis/analysis.ts';
import { chartDocument as document } from '../../src-main/study/report/figures.ts';
import { timeChart } from '../../src-main/common/charts/time-chart.ts';
import { annotatedChart } from '../../src-main/common/charts/annotated-chart.ts';
import { toldFromChance } from '../../src-main/study/results/effects.ts';
import { baseDifferences } from '../../src-main/study/analysis/comparisons.ts';
import { RandomStream } from '../../src-main/random.ts';
import { madeUpStudy } from '../study/report-made-up.ts';

const analysis = analyse(madeUpStudy());
const overlaid = (name: string) => {
  const curves = analysis.curves.filter(({ target }) => target === 'B');
  return { name, layers: [1, 2, 3, 4, 5, 6, 7], curves, differences: baseDifferences('B', analysis) };
};

test.each(['light', 'dark'] as Theme[])('lines and text are legible on the surface of the %s theme', (theme) => {
  const { surface, ink, faint, lines, names, halves } = PALETTES[theme];
  const ground = surface === 'white' ? '#ffffff' : surface;
  for (const colour of [...Object.values(lines), ...Object.values(halves)])
    expect(contrast(colour, ground)).toBeGreaterThanOrEqual(3);
  for (const colour of [ink, faint, ...Object.values(names), ...Object.values(halves)])
    expect(contrast(colour, ground)).toBeGreaterThanOrEqual(4.5);
});

test('a dark chart has no colour of the light one, and none of the text around it', () => {
  const dark = accuracyChart(overlaid('one').curves, {
    document,
    theme: 'dark',
    kinds: ['selffer', 'selffer+', 'transfer', 'transfer+'],
    label: 'chart',
  }).outerHTML;
  const { ink, faint, lines } = PALETTES.light;
  for (const colour of [ink, faint, ...Object.values(lines)]) expect(dark).not.toContain(`"${colour}"`);
  expect(dark).not.toMatch(/(fill|stroke)="white"/);
  expect(dark).toContain(`color:${PALETTES.dark.ink}`);
});

test('no two treatments of a study look the same, near ranks of adapters least of all', () => {
  const ranks = [1, 2, 4, 8, 16, 32, 64].map((rank) => `transfer~${rank}` as const);
  const others = [
    'transfer~stats',
    'transfer~norms',
    'transfer+0.1',
    'transfer+^0.9',
    'transfer+^0.75',
    'transfer^',
  ] as const;
  const kinds: Kind[] = ['base', ...TREATMENT_KINDS, ...others, ...ranks];
  const looks = kinds.map((kind) => {
    const { symbol, hollow, dashes } = lookOf(kind);
    return JSON.stringify([colourOf(kind, PALETTES.light), symbol, hollow, dashes]);
  });
  expect(new Set(looks).size).toBe(kinds.length);
  ranks.slice(1).forEach((rank, index) => {
    const [one, next] = [lookOf(ranks[index]), lookOf(rank)];
    expect(next.symbol).not.toBe(one.symbol);
    expect(next.dashes).not.toBe(one.dashes);
  });
});

test('two studies over each other differ in dashes, and are numbered', () => {
  const studies = [overlaid('first'), overlaid('second')];
  const series = overlaySeries(studies, { kinds: ['transfer'], measure: 'accuracy' });
  expect(series.map(({ name }) => name)).toEqual(['baseB 1', 'AnB 1', 'baseB 2', 'AnB 2']);
  const chart = overlayChart(studies, { document, kinds: ['transfer'], measure: 'accuracy', label: 'both' });
  const text = [...chart.querySelectorAll('text')].map((element) => element.textContent);
  expect(text).toEqual(expect.arrayContaining(['AnB 1', 'AnB 2']));
  expect(text.join()).not.toContain('second');
  const file = overlayChart(studies, { document, kinds: [], measure: 'accuracy', label: 'both', alone: true });
  expect([...file.querySelectorAll('text')].map((element) => element.textContent)).toContain('2  second');
});

test('differences are drawn in points above the base, whose line is zero', () => {
  const { differences } = overlaid('one');
  const series = overlaySeries([overlaid('one')], { kinds: ['transfer'], measure: 'difference' });
  const transfer = differences.find(({ kind }) => kind === 'transfer')!;
  expect(series.map(({ name }) => name)).toEqual(['AnB']);
  expect(series[0].points.map(({ value }) => value)).toEqual(transfer.points.map(({ points }) => points));
  expect(transfer.points[6].points).toBeLessThan(-10);
});

test('an n that a study did not ask for does not break its line, one whose network is missing does', () => {
  const all = overlaid('one');
  const curves = all.curves.map((curve) => ({ ...curve, points: curve.points.filter(({ n }) => n % 2 === 1) }));
  const pieces = (layers: number[]) => {
    const options = { document, kinds: ['transfer' as const], measure: 'accuracy' as const, label: 'x' };
    const chart = overlayChart([{ ...all, curves, layers }], options);
    const line = chart.querySelector(`g[fill="none"][stroke="${PALETTES.light.lines.transfer}"] path`)!;
    return line.getAttribute('d')!.match(/M/g)!.length;
  };
  expect(pieces([1, 3, 5, 7])).toBe(1);
  expect(pieces([1, 2, 3, 5, 7])).toBeGreaterThan(1);
});

test.each([300, 760, 1100])('points of every panel are found where they are drawn, %i pixels wide', (width) => {
  const effects = analysis.effects;
  const shown = effects.map(({ effect }) => effect);
  const panels = effectPanels(effects, shown);
  const chart = effectsChart(effects, { document, width, shown, label: 'effects' });
  const markers = [...chart.querySelectorAll('path[transform], circle')];
  panels.forEach(({ points }, panel) => {
    const place = positionOf(chart, { x: points[0].n, y: points[0].points, panel, series: '', title: '', lines: [] })!;
    expect(place.left).toBeGreaterThan(0);
    expect(place.left).toBeLessThan(width);
    expect(place.top).toBeLessThan(Number(chart.getAttribute('height')));
    expect(markers.some((marker) => near(absolutePlace(marker), place))).toBe(true);
  });
});

const run = (changes: Partial<RunCurve> = {}): RunCurve => ({
  target: 'B',
  steps: 1000,
  training: trainingPoints(Float64Array.of(10, 2.5, 0.2, 0.01, 20, 2, 0.3, 0.01)),
  heldOut: heldOutPoints(Float64Array.of(20, 2.1, 25, 100)),
  ...changes,
});

test('a training has its whole length on the axis from the first step on', () => {
  const options = { document, width: 500, label: 'run' };
  const at = (chart: SVGSVGElement) => positionOf(chart, { x: 1000, y: 0, series: '', title: '', lines: [] })!.left;
  const early = at(runChart(run(), 'loss', options));
  expect(at(runChart(run({ training: [], heldOut: [] }), 'loss', options))).toBe(early);
  expect(early).toBe(500 - 66);
});

test('what is read off a training is what came over the wire', () => {
  const curve = run();
  expect(runPoints(curve, 'accuracy').map(({ x, y }) => [x, y])).toEqual([
    [20, 25],
    [10, 20],
    [20, 30],
  ]);
});

test('accuracy and loss of a training have one axis of steps beneath each other, whatever their numbers', () => {
  const curve = run({
    training: trainingPoints(Float64Array.of(10, 12_345.678, 0.1, 0.01, 500, 9_876.5, 0.987, 0.01)),
  });
  const ends = (measure: 'accuracy' | 'loss') => {
    const chart = runChart(curve, measure, { document, label: 'run', width: 400 });
    return [0, curve.steps].map((x) => positionOf(chart, { x, y: 0, series: '', title: '', lines: [] })!.left);
  };
  expect(ends('accuracy')).toEqual(ends('loss'));
  // The labels of the largest numbers have room.
  expect(ends('loss')[0]).toBe(48);
});

test('on Layers, accuracy and how specific units are have one axis of n beneath each other', () => {
  const options = { document, label: 'x', width: 500, height: 260, last: 8 };
  const layers = Array.from({ length: 8 }, (_, place) => ({ n: place + 1, share: 0.5, ofA: 0.5 }));
  const charts = [
    accuracyChart(overlaid('one').curves, { ...options, kinds: ['transfer'] }),
    selectivityChart(layers, { ...options, chance: 0.1 }),
  ];
  const [above, below] = charts.map((chart) =>
    [1, 7, 8].map((x) => positionOf(chart, { x, y: 50, series: '', title: '', lines: [] })!.left),
  );
  expect(below).toEqual(above);
});

test('a loss that is no number any more leaves the others drawn', () => {
  const training = trainingPoints(Float64Array.of(10, 2.5, 0.2, 0.01, 20, NaN, 0.3, 0.01, 30, Infinity, 0.3, 0.01));
  const chart = runChart(run({ training, heldOut: [] }), 'loss', { document, label: 'run' });
  expect(chart.outerHTML).not.toMatch(/NaN|Infinity/);
  expect(runPoints(run({ training, heldOut: [] }), 'loss').length).toBe(1);
});

test('thinning keeps the last step and the mean of groups of like size', () => {
  fc.assert(
    fc.property(fc.array(fc.double({ min: 0, max: 10, noNaN: true }), { minLength: 1, maxLength: 400 }), (values) => {
      const points = values.map((value, index) => ({ step: index + 1, value }));
      const few = thinned(points, 50);
      expect(few.length).toBeLessThanOrEqual(50);
      expect(few.at(-1)!.step).toBe(values.length);
      expect(Math.min(...few.map(({ value }) => value))).toBeGreaterThanOrEqual(Math.min(...values) - 1e-9);
      expect(Math.max(...few.map(({ value }) => value))).toBeLessThanOrEqual(Math.max(...values) + 1e-9);
    }),
  );
});

/** WCAG 2: contrast ratio of two `#rrggbb`. */
function contrast(one: string, two: string): number {
  const luminance = (colour: string) => {
    const [r, g, b] = [1, 3, 5]
      .map((place) => parseInt(colour.slice(place, place + 2), 16) / 255)
      .map((value) => (value <= 0.03928 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4));
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const [high, low] = [luminance(one), luminance(two)].sort((a, b) => b - a);
  return (high + 0.05) / (low + 0.05);
}

/** Sum of the translations of an element and all around it; of circles their centre as well. */
function absolutePlace(element: Element): { left: number; top: number } {
  let left = Number(element.getAttribute('cx') ?? 0);
  let top = Number(element.getAttribute('cy') ?? 0);
  for (let at: Element | null = element; at; at = at.parentElement) {
    const [, x, y] = /translate\(([-\d.]+),([-\d.]+)\)/.exec(at.getAttribute('transform') ?? '') ?? [];
    left += Number(x ?? 0);
    top += Number(y ?? 0);
  }
  return { left, top };
}

const near = (one: { left: number; top: number }, two: { left: number; top: number }) =>
  Math.hypot(one.left - two.left, one.top - two.top) < 1;

test('an axis of n has a number at each where there is room, else at those that have points, as far as these are apart', () => {
  expect(layerTicks(0, [0, 1, 4, 7], 100)).toEqual([0, 1, 2, 3, 4, 5, 6, 7]);
  expect(layerTicks(1, [1, 4, 8, 14, 17], 600)).toHaveLength(17);
  expect(layerTicks(1, [1, 4, 8, 14, 17], 160)).toEqual([1, 4, 8, 14, 17]);
  fc.assert(
    fc.property(
      fc.uniqueArray(fc.integer({ min: 1, max: 60 }), { minLength: 1 }),
      fc.integer({ min: 80, max: 900 }),
      (points, width) => {
        const ticks = layerTicks(1, points, width);
        const last = Math.max(...points);
        if (last <= 8) return;
        for (const [index, n] of ticks.entries())
          if (index > 0) expect(((n - ticks[index - 1]) * width) / last).toBeGreaterThanOrEqual(18);
      },
    ),
  );
});

test('laid over each other, no two treatments of one colour and filling share a marker', () => {
  const kinds: Kind[] = [
    'transfer',
    'transfer~4',
    'transfer~5',
    'transfer~6',
    'transfer~32',
    'transfer~stats',
    'transfer^',
  ];
  const symbolOf = overlaySymbols(kinds);
  const looks = kinds.map((kind) => `${lookOf(kind).hollow} ${symbolOf(kind)}`);
  expect(new Set(looks).size).toBe(kinds.length);
  expect(symbolOf('transfer')).toBe(lookOf('transfer').symbol);
});

test('the bottom of Figure 2 numbers what is told from chance, and pins nothing with one or two replicates', () => {
  const lines = (replicates: number) => {
    const { curves, effects } = analyse(madeUpStudy({ replicates }));
    const chart = annotatedChart(curves, effects, toldFromChance(effects), { document, label: 'x', layers: [1, 7] });
    return [...chart.querySelectorAll('text')].flatMap(({ textContent }) =>
      /\(.* − /.test(textContent!) ? textContent! : [],
    );
  };
  for (const few of [1, 2])
    expect(lines(few)).toEqual(Array(4).fill(expect.stringMatching(/^– {2}.*: not told from chance at any n$/)));
  expect(lines(8)).toEqual(
    expect.arrayContaining([expect.stringMatching(/^4 {2}representation specificity .* points at n = /)]),
  );
});

test('early in a training the names of its curves stand right of both, on no line', () => {
  const point = (step: number) => ({ step, loss: 1, accuracy: 0.5 });
  const curve: RunCurve = { target: 'B', steps: 1000, training: [point(10), point(300)], heldOut: [point(100)] };
  const chart = runChart(curve, 'accuracy', { document, label: 'x' });
  const places = [...chart.querySelectorAll('text')]
    .filter(({ textContent }) => textContent === 'training' || textContent === 'held-out')
    .map((text) => /translate\(([\d.]+),/.exec(text.getAttribute('transform')!)![1]);
  expect(places).toHaveLength(2);
  expect(new Set(places).size).toBe(1);
});

test('a smoothed curve keeps its steps, a constant and the range, and is quieter', () => {
  const stream = new RandomStream(4, 'curve');
  const points = Array.from({ length: 400 }, (_, step) => ({ step, value: 1 + stream.gaussian() }));
  const smooth = smoothed(points, 20);
  expect(smooth.map(({ step }) => step)).toEqual(points.map(({ step }) => step));
  expect(smooth[0].value).toBe(points[0].value);
  expect(smoothed(points, 0)).toEqual(points);
  expect(
    smoothed(
      points.map(({ step }) => ({ step, value: 7 })),
      20,
    ).every(({ value }) => Math.abs(value - 7) < 1e-12),
  ).toBe(true);
  const deviation = (values: readonly number[]) =>
    Math.sqrt(values.reduce((sum, value) => sum + (value - 1) ** 2, 0) / values.length);
  // An exponential average over a memory of m has about 1 / sqrt(2 m) of the deviation.
  const late = smooth.slice(100).map(({ value }) => value);
  expect(deviation(late)).toBeLessThan(0.3);
  const curve: RunCurve = {
    target: 'B',
    steps: 10,
    training: [1, 2, 3].map((step) => ({ step, loss: step, accuracy: 0 })),
    heldOut: [],
  };
  const paths = (smooth: boolean) =>
    runChart(curve, 'loss', { document, label: 'x', smooth }).querySelectorAll('path').length;
  expect(paths(true)).toBe(paths(false) + 1);
});

test('differences of a point or two beside wide intervals are drawn as small as they are', () => {
  const told = overlaid('one');
  const wide = (low: number, high: number) =>
    overlayChart(
      [
        {
          ...told,
          differences: told.differences.map((curve) => ({
            ...curve,
            points: curve.points.map((point) => ({ ...point, points: -1.4, interval: { low, high } })),
          })),
        },
      ],
      { document, kinds: ['transfer'], measure: 'difference', label: 'x' },
    );
  const rise = (chart: SVGSVGElement) => {
    const at = (y: number) => positionOf(chart, { x: 1, y, series: '', title: '', lines: [] })!.top;
    return at(-1.4) - at(0);
  };
  expect(rise(wide(-16, 13))).toBeLessThan(rise(wide(-2, -1)) / 4);
});

test('a name on the front stands left of its marker where the next one is near, so that it lies over no other', () => {
  const choice = (name: string, seconds: number, accuracy: number) => ({
    ...{
      name,
      kind: 'transfer',
      n: 1,
      seconds,
      accuracy,
      front: true,
      interval: { low: accuracy - 0.03, high: accuracy + 0.03 },
    },
  });
  const choices = [choice('A7B', 2, 0.71), choice('A1B', 14, 0.8), choice('A5B', 15, 0.81), choice('A3B', 30, 0.79)];
  const chart = timeChart({ choices } as never, { document, label: 'x' });
  const anchors = [...chart.querySelectorAll('text')]
    .filter(({ textContent }) => /^A\dB$/.test(textContent))
    .map((text) => [text.textContent, text.closest('g')!.getAttribute('text-anchor') ?? 'middle']);
  expect(Object.fromEntries(anchors)).toMatchObject({ A1B: 'end', A5B: 'start' });
});

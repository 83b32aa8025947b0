import type { Verdict } from '../results/statements.ts';
import { DASHES, type Drawn, type Look, type Symbol, type Theme } from '../treatments/definition.ts';
import {
  compareKinds,
  drawnOf,
  type Half,
  type PaperKind,
  parentOf,
  partsOf,
  TREATMENT_KINDS,
  type TreatmentKind,
} from '../treatments/treatments.ts';

export type { Symbol, Theme };

/** Where and how a chart is drawn. */
export interface ChartOptions {
  /** The page's document, or linkedom's in Node. */
  readonly document: Document;
  /** Pixels; absent: WIDTH, as in the report. */
  readonly width?: number;
  readonly height?: number;
  /** The background; absent: white. */
  readonly theme?: Theme;
  /** Whether it is a file of its own, without a page around it that explains it. */
  readonly alone?: boolean;
}

export type Kind = TreatmentKind | 'base';

export const WIDTH = 760;
/** Below this width there is no room beside the lines for what their names mean. */
export const NARROW = 600;

/** Colours of one theme: those of lines have a contrast of 3 on the surface, those of text 4.5. */
export interface Palette {
  readonly surface: string;
  readonly ink: string;
  readonly faint: string;
  readonly lines: Readonly<Record<PaperKind | 'base', string>>;
  /** The colour of text about a line. */
  readonly names: Readonly<Record<PaperKind | 'base', string>>;
  readonly halves: Readonly<Record<Half, string>>;
}

/** The paper's colours (blue for selffer, red for transfer) moved onto Okabe and Ito's colour-blind safe ones. */
const coloursOf = (base: string, colour: (drawn: Drawn) => string) =>
  Object.fromEntries([['base', base], ...TREATMENT_KINDS.map((kind) => [kind, colour(drawnOf(kind))])]) as Readonly<
    Record<PaperKind | 'base', string>
  >;

const NIGHT = coloursOf('#eceff3', ({ dark }) => dark);

export const PALETTES: Readonly<Record<Theme, Palette>> = {
  light: {
    surface: 'white',
    ink: '#1f2328',
    faint: '#6b7280',
    lines: coloursOf('#1f2328', ({ light }) => light),
    names: coloursOf('#1f2328', ({ light, lightText = light }) => lightText),
    halves: { A: '#b84300', B: '#005a8f' },
  },
  // The surface is --surface of style/tokens.css.
  dark: {
    surface: '#1d2126',
    ink: '#eceff3',
    faint: '#a7b0bc',
    lines: NIGHT,
    names: NIGHT,
    halves: { A: '#f2915a', B: '#4aa3e0' },
  },
};

export const paletteOf = ({ theme = 'light' }: ChartOptions): Palette => PALETTES[theme];

const FONT = { fontFamily: 'system-ui, "DejaVu Sans", sans-serif', fontSize: '12px' };

/**
 * The style of a whole chart. On white, axes have the colour of the text around; a dark chart is dark on every page.
 */
const styleOf = ({ theme = 'light' }: ChartOptions) =>
  theme === 'light' ? FONT : { ...FONT, color: PALETTES[theme].ink };

/** The height of a chart that stands beside another. */
const HEIGHT = 260;

/** What every chart gives Plot first: its document, its style, and its size unless the options give one. */
export const canvasOf = (options: ChartOptions, height = HEIGHT, width = WIDTH) => ({
  document: options.document,
  width: options.width ?? width,
  height: options.height ?? height,
  style: styleOf(options),
});

/** The axis along the bottom, with its name in the middle. */
export const bottomAxis = (label: string) => ({
  ...{ label, labelAnchor: 'center' as const, labelArrow: 'none' as const },
});

/** The axis at the left, with its name above and grid lines. */
export const leftAxis = (label: string) => ({ label, labelArrow: 'none' as const, grid: true });

const BASE_LOOK: Look = { meaning: 'base', hollow: true, symbol: 'circle', dashes: DASHES };

/** A variant has the colour of the paper's treatment that it comes from, with markers and dashes of its own. */
export function lookOf(kind: Kind): Look {
  if (kind === 'base') return BASE_LOOK;
  const { definition, ...parts } = partsOf(kind);
  return definition.look(parts);
}

/** Colour of a treatment's line, and of text about it. */
export const colourOf = (kind: Kind, { lines }: Palette): string => lines[parentOf(kind)];
export const nameColourOf = (kind: Kind, { names }: Palette): string => names[parentOf(kind)];

/**
 * Sideways shifts of the markers of a figure, in units of n: those of one n stand beside each other, as in the paper's
 * Figure 2. @param kinds all that are drawn
 */
export function shiftsOf(kinds: readonly Kind[]): (kind: Kind) => number {
  if (kinds.every((kind) => kind === parentOf(kind))) return (kind) => (kind === 'base' ? 0 : drawnOf(kind).shift);
  const beside = kinds.filter((kind) => kind !== 'base').toSorted(compareKinds);
  const slot = Math.min(0.1, 0.6 / beside.length);
  return (kind) => (kind === 'base' ? 0 : (beside.indexOf(kind) - (beside.length - 1) / 2) * slot);
}

/** How a treatment's means are marked. */
export function markerOf(kind: Kind, palette: Palette, r = 4) {
  const { hollow, symbol } = lookOf(kind);
  const colour = colourOf(kind, palette);
  return { r, symbol, stroke: colour, strokeWidth: 1.75, fill: hollow ? palette.surface : colour };
}

/** How a treatment's line is drawn. */
export function lineOf(kind: Kind, palette: Palette) {
  return { stroke: colourOf(kind, palette), strokeWidth: 1.75, strokeDasharray: lookOf(kind).dashes };
}

/** Pixels that the number of a tick needs, and the paper's n, which always have room. */
const TICK = 18;
const PAPER_LAYERS = 8;

/**
 * The ticks of an axis of n: every number where there is room for all, else those that have points, as far as these are apart.
 *
 * @param width pixels of the axis
 */
export function layerTicks(first: number, points: readonly number[], width: number): number[] {
  const last = Math.max(1, ...points);
  const all = Array.from({ length: last - first + 1 }, (_, index) => first + index);
  const unit = width / (last - first + 1);
  if (last <= PAPER_LAYERS || unit >= TICK) return all;
  const ticks: number[] = [];
  for (const n of new Set(points.toSorted((a, b) => a - b)))
    if (ticks.length === 0 || (n - ticks.at(-1)!) * unit >= TICK) ticks.push(n);
  return ticks;
}

export const LAYER_AXIS = 'Layer n at which network is chopped and retrained';
export const SHORT_LAYER_AXIS = 'Layer n';
export const ACCURACY_AXIS = 'Top-1 accuracy (%)';

/** Completes an SVG: a label for screen readers, and the namespace that a file needs. */
export function finish(chart: Element, label: string): SVGSVGElement {
  chart.setAttribute('xmlns', 'http://www.w3.org/2000/svg');
  chart.setAttribute('role', 'img');
  // An image has one label. Plot's labels of marks are removed, because elements inside an image may have none.
  for (const part of chart.querySelectorAll('[aria-label]')) part.removeAttribute('aria-label');
  chart.setAttribute('aria-label', label);
  return chart as SVGSVGElement;
}

/** A sign for each verdict, so that they can be told apart without colour; the words stand beside it. */
export const VERDICT_SIGNS: Readonly<Record<Verdict, string>> = {
  supported: '✓',
  'not supported': '✗',
  'not enough runs': '?',
  'not tested': '–',
};

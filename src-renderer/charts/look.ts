import type { TreatmentKind } from '../../src-main/study/treatment.ts';

/** Where a chart is drawn: the page's document, or linkedom's in Node. */
export interface ChartOptions {
  readonly document: Document;
  readonly width?: number;
}

export const WIDTH = 760;
export const FONT = { fontFamily: 'system-ui, "DejaVu Sans", sans-serif', fontSize: '12px' };
export const INK = '#1f2328';
export const FAINT = '#6b7280';

interface Look {
  readonly colour: string;
  readonly meaning: string;
  /** Fine-tuned networks are drawn hollow and dashed, so that no two curves differ by colour alone. */
  readonly hollow: boolean;
  readonly symbol: 'circle' | 'square' | 'triangle' | 'diamond2';
  /** Sideways shift of its markers, in units of n: those of one n stand beside each other, as in the paper's Figure 2. */
  readonly shift: number;
}

/** The paper's colours (blue for selffer, red for transfer) moved onto Okabe and Ito's colour-blind safe ones. */
export const LOOKS: Readonly<Record<TreatmentKind | 'base', Look>> = {
  base: { colour: '#1f2328', meaning: 'base', hollow: true, symbol: 'circle', shift: 0 },
  selffer: { colour: '#005a8f', meaning: 'selffer, frozen', hollow: false, symbol: 'circle', shift: -0.15 },
  'selffer+': { colour: '#2f8fcf', meaning: 'selffer, fine-tuned', hollow: true, symbol: 'circle', shift: -0.05 },
  transfer: { colour: '#b84300', meaning: 'transfer, frozen', hollow: false, symbol: 'square', shift: 0.05 },
  'transfer+': { colour: '#cc7a00', meaning: 'transfer, fine-tuned', hollow: true, symbol: 'square', shift: 0.15 },
  random: { colour: '#6b6b6b', meaning: 'random, frozen', hollow: false, symbol: 'triangle', shift: -0.05 },
};

const DASHES = '5 3';
/** How a treatment's means are marked. */
export function markerOf(kind: TreatmentKind | 'base', r = 4) {
  const { colour, hollow, symbol } = LOOKS[kind];
  return { r, symbol, stroke: colour, strokeWidth: 1.75, fill: hollow ? 'white' : colour };
}

/** How a treatment's line is drawn. */
export function lineOf(kind: TreatmentKind | 'base') {
  const { colour, hollow } = LOOKS[kind];
  return { stroke: colour, strokeWidth: 1.75, strokeDasharray: hollow ? DASHES : undefined };
}

export const LAYER_AXIS = 'Layer n at which network is chopped and retrained';
export const ACCURACY_AXIS = 'Top-1 accuracy (%)';
/** Points with their sign, to one decimal: `−2.9`, `+0.3`; what rounds to zero has none. */
export function signed(points: number): string {
  const text = Math.abs(points).toFixed(1);
  return text === '0.0' ? '0.0' : `${points < 0 ? '−' : '+'}${text}`;
}

/** An SVG of its own: labelled for readers of screens, and with the namespace that a file needs. */
export function finish(chart: Element, label: string): SVGSVGElement {
  chart.setAttribute('xmlns', 'http://www.w3.org/2000/svg');
  chart.setAttribute('role', 'img');
  // An image has one label; those that Plot gives its marks would be inside it, on elements that may have none.
  for (const part of chart.querySelectorAll('[aria-label]')) part.removeAttribute('aria-label');
  chart.setAttribute('aria-label', label);
  return chart as SVGSVGElement;
}

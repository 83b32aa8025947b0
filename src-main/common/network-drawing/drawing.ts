import type { Half } from '../treatments/treatments.ts';
import { finish, paletteOf, type ChartOptions, type Palette } from '../charts/look.ts';
import { short } from '../numbers.ts';
import type { Layout, PlacedBox, PlacedCut } from './layout.ts';
import type { Shortcut } from './parts.ts';

/** Where a layer's weights come from, as in the paper's Figure 1. */
export interface LayerOrigin {
  readonly origin: Half | 'random';
  readonly frozen: boolean;
}

export interface DrawingOptions extends ChartOptions {
  /** What it is, for those who don't see it. */
  readonly label: string;
  /** Where layer n comes from; absent: networks that are trained from scratch. */
  readonly originOf?: (n: number) => LayerOrigin;
  /** The n that are tried. */
  readonly tried: readonly number[];
  /** The n that is looked at: its cut, or where `looked` is `layer` the layer itself. */
  readonly n?: number;
  readonly looked?: 'cut' | 'layer';
  /** Whether each cut has its number above it; otherwise something else labels it. */
  readonly numbered: boolean;
}

const LETTERS: Readonly<Record<LayerOrigin['origin'], string>> = { A: 'A', B: 'B', random: 'R' };
/** Pixels of a letter of the names below boxes. */
const LETTER = 7;
/** Pixels that words may have beyond their column, and the width of a letter of the widest font (DejaVu Sans), by its size. */
const BESIDE = 12;
const EM = 0.66;

/** A network as boxes from the images on the left to the classes on the right, with ways past layers above them. */
export function networkDrawing(layout: Layout, options: DrawingOptions): SVGSVGElement {
  const { width, height, boxes, cuts, flows } = layout;
  const palette = paletteOf(options);
  const draw = pen(options.document);
  const svg = draw(
    'svg',
    { width, height, viewBox: `0 0 ${width} ${height}`, 'font-family': 'system-ui, "DejaVu Sans", sans-serif' },
    ...flows.map(({ y, left, right }) =>
      draw('line', { x1: left, x2: right, y1: y, y2: y, stroke: palette.faint, 'stroke-opacity': 0.5 }),
    ),
    ...cuts.map((cut) => cutMarks(draw, cut, options, palette)),
    ...boxes.map((box) => boxMarks(draw, box, options, palette)),
  );
  return finish(svg, options.label);
}

type Pen = (name: string, attributes: Readonly<Record<string, string | number>>, ...inside: Inside[]) => Element;
type Inside = Element | string;

const pen =
  (document: Document): Pen =>
  (name, attributes, ...inside) => {
    const element = document.createElementNS('http://www.w3.org/2000/svg', name);
    for (const [key, value] of Object.entries(attributes))
      element.setAttribute(key, typeof value === 'number' ? String(Math.round(100 * value) / 100) : value);
    element.append(...inside);
    return element;
  };

function cutMarks(draw: Pen, { cut, x, top, line, bottom }: PlacedCut, options: DrawingOptions, palette: Palette) {
  const tried = options.tried.includes(cut.n);
  const at = options.looked !== 'layer' && options.n === cut.n;
  const isStage = cut.level === 'stage';
  const stroke = at ? palette.ink : palette.faint;
  return draw(
    'g',
    {},
    draw('line', {
      ...{ x1: x, x2: x, y1: line, y2: bottom, stroke },
      'stroke-width': at ? 2.5 : isStage ? 2 : 1.25,
      'stroke-opacity': at ? 1 : tried ? 0.9 : isStage ? 0.5 : 0.35,
      ...(at ? {} : { 'stroke-dasharray': isStage ? '5 4' : '2 4' }),
    }),
    ...(options.numbered
      ? [
          draw(
            'text',
            {
              ...{ x, y: top + 17, 'text-anchor': 'middle', 'font-size': 13 },
              ...{ 'font-weight': tried || at ? 700 : 400, fill: tried || at ? palette.ink : palette.faint },
            },
            String(cut.n),
          ),
        ]
      : []),
  );
}

function boxMarks(draw: Pen, placed: PlacedBox, options: DrawingOptions, palette: Palette): Element {
  const { box, column, left, top, width, height, words } = placed;
  const { part, times, name } = box;
  const from = options.originOf?.(part.n);
  const colour = !from || from.origin === 'random' ? palette.faint : palette.halves[from.origin];
  const frame = { stroke: colour, 'stroke-width': from?.frozen ? 3 : 2, rx: 4 };
  const isLooked = options.looked === 'layer' && options.n === part.n;
  const dashes: Readonly<Record<string, string>> =
    from?.origin === 'random' && !from.frozen ? { 'stroke-dasharray': '5 3' } : {};
  const ground = (dx: number, dy: number) => [
    draw('rect', { x: left + dx, y: top + dy, width, height, rx: 4, fill: palette.surface }),
    draw('rect', {
      ...{ x: left + dx, y: top + dy, width, height, fill: colour, 'fill-opacity': isLooked ? 0.34 : 0.13 },
      ...frame,
      ...dashes,
    }),
  ];
  const middle = column.left + column.width / 2;
  const line = (row: number, text: string, bold: boolean) =>
    draw(
      'text',
      {
        ...{ x: middle, y: words + 13 + 17 * row, 'text-anchor': 'middle' },
        ...{
          'font-size': fitting(text, column.width, bold ? 13 : 12),
          'font-weight': bold ? 600 : 400,
          fill: bold ? palette.ink : palette.faint,
        },
      },
      text,
    );
  const long = part.contents.length > MOST_CONTENTS;
  const contents = [...part.contents.slice(0, MOST_CONTENTS), ...(long ? ['…'] : [])].join(', ');
  return draw(
    'g',
    {},
    draw('title', {}, `${name}: ${contents}`),
    ...(times > 1 ? [...ground(7, -7), ...ground(3.5, -3.5)] : []),
    ...part.shortcuts.flatMap((shortcut) => arc(draw, shortcut, placed, palette)),
    ...ground(0, 0),
    ...(from ? markOf(draw, from, left + width / 2, top + height / 2, colour) : []),
    // Where the letter would be; elsewhere what opens a fold says how many.
    ...(times > 1 && !from
      ? [draw('text', { ...centred(left + width / 2, top + height / 2), fill: palette.ink }, `×${times}`)]
      : []),
    line(0, shortened(name, column.width), true),
    line(1, part.shape, false),
    line(2, `${short(times * part.parameters)}${column.width < WIDE ? '' : ' weights'}`, false),
  );
}

const centred = (x: number, y: number) => ({
  x,
  y: y + 5.5,
  'text-anchor': 'middle',
  'font-size': 15,
  'font-weight': 700,
});

const MOST_CONTENTS = 12;
/** A column of so many pixels has room for what its number counts. */
const WIDE = 96;

/** The end of a name says more than its beginning. */
function shortened(name: string, width: number): string {
  const room = Math.max(4, Math.floor((width + 10) / LETTER));
  return name.length <= room ? name : `…${name.slice(1 - room)}`;
}

/** The size of words that reach no further than halfway to the next column. */
const fitting = (text: string, width: number, size: number): number =>
  Math.min(size, (width + BESIDE) / (EM * text.length));

/** Over the box, from where it leaves to where it comes back; a square on it stands for its weights. */
function arc(draw: Pen, { from, to, weighted }: Shortcut, { box, left, top, width }: PlacedBox, palette: Palette) {
  // The boxes behind a fold's first reach higher.
  const base = box.times > 1 ? top - 7 : top;
  const shift = box.times > 1 ? 7 : 0;
  const [start, end] = [left + shift + 3 + from * (width - 6), left + shift + 3 + to * (width - 6)];
  const rise = 7 + 9 * Math.min(1, to - from);
  const stroke = { fill: 'none', stroke: palette.ink, 'stroke-width': 1.5 };
  const peak = base - rise;
  const bend = Math.min(8, (end - start) / 2);
  return [
    draw('path', {
      d: `M${start} ${base}V${peak + bend}Q${start} ${peak} ${start + bend} ${peak}H${end - bend}Q${end} ${peak} ${end} ${peak + bend}V${base}`,
      ...stroke,
    }),
    draw('path', { d: `M${end - 3} ${base - 4.5}L${end} ${base - 0.5}L${end + 3} ${base - 4.5}`, ...stroke }),
    ...(weighted
      ? [
          draw('rect', {
            ...{ x: (start + end) / 2 - 4, y: peak - 4, width: 8, height: 8 },
            ...{ fill: palette.surface, stroke: palette.ink, 'stroke-width': 1.5 },
          }),
        ]
      : []),
  ];
}

/** The letter of the source, and a lock where weights stay as they are or a pencil where they learn. */
function markOf(draw: Pen, { origin, frozen }: LayerOrigin, x: number, y: number, colour: string): Element[] {
  const line = { fill: 'none', stroke: colour, 'stroke-width': 1.6, 'stroke-linejoin': 'round' };
  const at = { transform: `translate(${x + 1} ${y - 6.5})` };
  return [
    draw('text', { ...centred(x - 8, y), fill: colour }, LETTERS[origin]),
    frozen
      ? draw(
          'g',
          at,
          draw('rect', { x: 1.5, y: 5.5, width: 10, height: 7, rx: 1.5, ...line }),
          draw('path', { d: 'M3.5 5.5V4a3 3 0 0 1 6 0v1.5', ...line }),
        )
      : draw('g', at, draw('path', { d: 'M9.5 1.5l2.5 2.5L4.5 11.5l-3.3 .8l.8 -3.3z', ...line })),
  ];
}

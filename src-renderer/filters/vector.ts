import type { Bank } from './bank.ts';
import { filterColours, layoutOf, placeOf } from './paint.ts';

/** One network of a drawing. */
export interface Panel {
  readonly title: string;
  readonly bank: Bank;
  readonly order: readonly number[];
  /** The weight that gets full colour; absent: each filter's own largest. */
  readonly largest?: number;
}

/** Units of one weight between two networks. */
export const BETWEEN = 6;

/** Filters as an SVG file, a rectangle for each weight (one for neighbours of the same colour); `scale` units per weight. */
export function filtersSvg(panels: readonly Panel[], scale: number): string {
  let left = 0;
  const parts: string[] = [];
  const layouts = panels.map(({ bank, order }) => layoutOf(order.length, bank.shape[2], bank.shape[3]));
  const height = Math.max(...layouts.map((layout) => layout.height));
  panels.forEach((panel, index) => {
    parts.push(`<g transform="translate(${left} 0)"><title>${escape(panel.title)}</title>`);
    panel.order.forEach((filter, place) => {
      const [, , rows, columns] = panel.bank.shape;
      const at = placeOf(place, layouts[index], rows, columns);
      parts.push(`<g transform="translate(${at.left} ${at.top})"><title>filter ${filter + 1}</title>`);
      parts.push(rectangles(filterColours(panel.bank, filter, panel.largest), rows, columns), '</g>');
    });
    parts.push('</g>');
    left += layouts[index].width + BETWEEN;
  });
  const width = left - BETWEEN;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width * scale}" height="${height * scale}"`,
    ` viewBox="0 0 ${width} ${height}" shape-rendering="crispEdges">`,
    `<rect width="${width}" height="${height}" fill="#ffffff"/>`,
    ...parts,
    '</svg>\n',
  ].join('');
}

function rectangles(colours: Uint8ClampedArray, rows: number, columns: number): string {
  const hex = (row: number, column: number) => {
    const place = 4 * (row * columns + column);
    return `#${[...colours.subarray(place, place + 3)].map((value) => value.toString(16).padStart(2, '0')).join('')}`;
  };
  let drawn = '';
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < columns;) {
      const fill = hex(row, column);
      let width = 1;
      while (column + width < columns && hex(row, column + width) === fill) width += 1;
      drawn += `<rect x="${column}" y="${row}" width="${width}" height="1" fill="${fill}"/>`;
      column += width;
    }
  }
  return drawn;
}

const escape = (text: string): string => text.replace(/[<&]/g, (sign) => (sign === '<' ? '&lt;' : '&amp;'));

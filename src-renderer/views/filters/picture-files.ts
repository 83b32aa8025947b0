import { download } from '../../parts/chart-file.ts';
import type { Bank } from '../../filters/bank.ts';
import { filterColours, layoutOf, paintMosaic, positionOf } from '../../filters/paint.ts';

/** One network of a drawing. */
export interface Panel {
  readonly title: string;
  readonly bank: Bank;
  readonly order: readonly number[];
  /** The weight that gets full colour; absent: each filter's own largest. */
  readonly largest?: number;
}

/** Units of one weight between two networks. */
const BETWEEN = 6;

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
      const at = positionOf(place, layouts[index], rows, columns);
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

/** Pixels of a picture file for each weight: fit for print. */
const SCALE = 16;

/** What is shown as a PNG file, a square of pixels a weight, on white. */
export async function savePng(name: string, panels: readonly Panel[]): Promise<void> {
  const pictures = panels.map(({ bank, order, largest }) => paintMosaic(bank, { order, largest, scale: SCALE }));
  const between = BETWEEN * SCALE;
  const width = pictures.reduce((sum, picture) => sum + picture.width + between, -between);
  const canvas = new OffscreenCanvas(width, Math.max(...pictures.map(({ height }) => height)));
  const context = canvas.getContext('2d')!;
  context.fillStyle = '#ffffff';
  context.fillRect(0, 0, canvas.width, canvas.height);
  let left = 0;
  for (const { width, height, pixels } of pictures) {
    context.putImageData(new ImageData(pixels, width, height), left, 0);
    left += width + between;
  }
  download(name, await canvas.convertToBlob({ type: 'image/png' }));
}

/** What is shown as an SVG file, a rectangle a weight. */
export function saveSvg(name: string, panels: readonly Panel[]): void {
  download(name, filtersSvg(panels, SCALE), 'image/svg+xml');
}

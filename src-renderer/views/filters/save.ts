import { download } from '../../charts/chart-file.ts';
import { paintMosaic } from '../../filters/paint.ts';
import { BETWEEN, filtersSvg, type Panel } from '../../filters/vector.ts';

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

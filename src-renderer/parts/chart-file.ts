import { PALETTES, type Theme } from '../../src-main/common/charts/look.ts';

/** A chart as an SVG file that stands on its own: its size, and the ground of its theme. */
export function svgFile(chart: SVGSVGElement, theme: Theme): string {
  const alone = chart.cloneNode(true) as SVGSVGElement;
  alone.removeAttribute('aria-hidden');
  const ground = chart.ownerDocument.createElementNS('http://www.w3.org/2000/svg', 'rect');
  for (const [name, value] of [
    ['width', '100%'],
    ['height', '100%'],
    ['fill', PALETTES[theme].surface],
  ])
    ground.setAttribute(name, value);
  const style = alone.querySelector('style');
  if (style) style.after(ground);
  else alone.prepend(ground);
  return new XMLSerializer().serializeToString(alone);
}

/** Milliseconds for which a file is kept: browsers fetch it some time after the click. */
const KEPT = 60_000;

/** Hands a file over as a download. */
export function download(name: string, content: Blob | string, type = 'text/plain'): void {
  const address = URL.createObjectURL(typeof content === 'string' ? new Blob([content], { type }) : content);
  const link = document.createElement('a');
  link.href = address;
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(address), KEPT);
}

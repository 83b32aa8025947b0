import { areNamed } from '../../common/cuts.ts';
import { boxesOf, isInside } from '../../common/network-drawing/boxes.ts';
import { networkDrawing } from '../../common/network-drawing/drawing.ts';
import { layoutOf } from '../../common/network-drawing/layout.ts';
import { partsOf } from '../../common/network-drawing/parts.ts';
import { WIDTH } from '../../common/charts/look.ts';
import { describedLayers } from '../../network/describe.ts';
import { resolveNetwork } from '../../network/network.ts';
import type { StudyReport } from '../analysis/study-report.ts';
import { chartDocument as document, type Figure } from './figures.ts';

/** The network with its cuts, those that the study tried in bold. Blocks of one kind without a tried cut stand as one. */
export function networkFigure({ protocol, splits }: StudyReport): Figure {
  const network = resolveNetwork(protocol.network, splits[0].b.length);
  const { cuts } = network;
  const parts = partsOf({ layers: describedLayers(network), cuts });
  const tried = protocol.layers;
  const boxes = boxesOf(parts, (fold) => tried.some((n) => isInside(fold, n)));
  const title = `Network ${network.spec.name}, and where it was chopped`;
  const blocks = areNamed(cuts)
    ? ' A line over a box is a way past layers in it, a square on that line a projection with weights. Blocks of one kind between tried cuts stand as one box; × is how many they are.'
    : '';
  return {
    name: 'network',
    title,
    caption: `Images enter at the left. Above a cut its n, in bold where it was tried; below a box what leaves it, and its number of weights.${blocks}`,
    svg: networkDrawing(layoutOf(boxes, WIDTH, { foldable: false }), {
      ...{ document, tried, numbered: true },
      label: `${title}: ${cuts
        .filter(({ n }) => tried.includes(n))
        .map(({ n, name }) => `n = ${n} after ${name}`)
        .join(', ')}`,
    }).outerHTML,
  };
}

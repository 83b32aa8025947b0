import { accuracyChart } from '../../common/charts/accuracy-chart.ts';
import { deadUnits, selectivityChart } from '../../common/charts/selectivity-chart.ts';
import { count, percent } from '../../common/numbers.ts';
import { type Mosaic, mosaicPng, pictureMosaic } from '../../filters/mosaic.ts';
import type { Analysis } from '../analysis/analysis.ts';
import { chartDocument as document, type Figure } from './figures.ts';
import type { LayeredNetwork, ReportedLayer, ReportedLayers } from '../analysis/study-report.ts';

/** What excites the layers of some networks, as the page shows it. */
export interface LayerSection {
  readonly intro: string;
  readonly problems: readonly string[];
  /** The curve, and beside it how specific the units of each network are. */
  readonly figures: readonly Figure[];
  readonly networks: readonly { readonly title: string; readonly layers: readonly LayerPicture[] }[];
}

interface LayerPicture {
  /** `3 conv3` */
  readonly name: string;
  readonly facts: string;
  /** What the picture shows, in words; empty without a picture. */
  readonly words: string;
  /** Absent if no unit is shown. */
  readonly picture?: { readonly source: string; readonly width: number; readonly height: number };
}

/** Pixels; three figures fit beside each other. */
const [WIDTH, HEIGHT] = [380, 260];
/** Approximate rows and columns that a patch is enlarged to, by a whole factor. */
const VISIBLE = 48;

/** @param asked the n of the study, rising */
export async function layerSection(
  layers: ReportedLayers,
  analysis: Analysis,
  asked: readonly number[],
): Promise<LayerSection> {
  const [first] = layers.networks;
  return {
    intro: first
      ? `Of ${count(first.among)} images of both halves, these excite a unit most, the best first. Each patch is the receptive field in which the unit responds most. The first units of each layer that respond at all are shown side by side.`
      : '',
    problems: layers.problems.map((problem) => `What excites the layers can’t be shown: ${problem}`),
    figures: layers.networks.length > 0 ? layerFigures(layers, analysis, asked) : [],
    networks: await Promise.all(
      layers.networks.map(async (network) => ({
        title: titleOf(network),
        layers: await Promise.all(
          network.layers.map(async (layer) => ({ ...factsOf(layer), ...(await pictureOf(layer)) })),
        ),
      })),
    ),
  };
}

const titleOf = ({ name, replicate }: LayeredNetwork): string => `${name}, replicate ${replicate + 1}`;

/** The accuracies in small, and how specific each network's units are, layer by layer. */
export function layerFigures({ networks }: ReportedLayers, { curves }: Analysis, layers: readonly number[]): Figure[] {
  const onB = curves.filter(({ target }) => target === 'B');
  const kinds = onB.flatMap(({ kind }) => (kind === 'base' ? [] : [kind]));
  const label = 'Accuracy on B by n';
  const curve = (): Figure => ({
    name: 'layer-curve',
    title: label,
    caption: 'Top-1 accuracy against the layer n at which networks are chopped, as above.',
    svg: accuracyChart(onB, { document, width: WIDTH, height: HEIGHT, kinds, layers, label }).outerHTML,
  });
  return [
    ...(kinds.length > 0 ? [curve()] : []),
    ...networks.map((network): Figure => {
      const { name, layers, chance, asked } = network;
      const title = `How specific the units of ${name} are`;
      const shares = layers.flatMap(({ n, share }) => (share === null ? [] : [`layer ${n} ${percent(share)}`]));
      return {
        name: `layer-selectivity-${name}`,
        title,
        caption: `The share of the most frequent class, and of A’s classes, among the ${asked} images that excite a unit most; means over the units of a layer that respond. Chance is the expected share among images drawn at random.`,
        svg: selectivityChart(layers, {
          ...{ document, width: WIDTH, height: HEIGHT, chance: chance.share },
          label: `${title}, images of one class: ${shares.join(', ')}; chance ${percent(chance.share)}`,
        }).outerHTML,
      };
    }),
  ];
}

function factsOf({ n, name, type, units, window, share, shown, silent, constant }: ReportedLayer): LayerPicture {
  const kind = type === 'conv' ? 'filters' : 'units';
  const facts = [
    `${count(units)} ${kind}, receptive field ${window} × ${window} pixels`,
    ...(share === null ? [] : [`${percent(share)} of one class`]),
    deadUnits(silent, constant),
  ];
  const words = shown.map(({ unit, class: label, share: part }) => `${unit + 1}: ${percent(part)} ${label}`);
  return {
    name: `${n} ${name}`,
    facts: facts.filter(Boolean).join('; '),
    words: words.length > 0 ? `${kind === 'filters' ? 'Filter' : 'Unit'} ${words.join(', ')}` : '',
  };
}

async function pictureOf(layer: ReportedLayer): Promise<Pick<LayerPicture, 'picture'>> {
  if (layer.shown.length === 0) return {};
  const mosaic = layerMosaic(layer);
  const source = `data:image/png;base64,${(await mosaicPng(mosaic)).toString('base64')}`;
  return { picture: { source, width: mosaic.width, height: mosaic.height } };
}

/** The patches of the shown units side by side. At least one unit must be shown. */
export function layerMosaic({ pixels, size, shown }: ReportedLayer): Mosaic {
  const scale = Math.max(1, Math.round(VISIBLE / size));
  return pictureMosaic(pixels, size, size, { columns: shown.length, scale });
}

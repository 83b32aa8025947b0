import type { LayerSpec, LayerType } from '../../network/layers/layers.ts';
import { CHANNELS, type Layer, type Network } from '../../network/network.ts';
import type { Layout } from './layout.ts';
import { graphLayout, graphLayoutOnCard } from './graph-layout.ts';
import { batchFirst, batchLast, toBlocked, type Blocked, type LayerForm } from './layers/layer.ts';
import { kindOf } from './layers/kinds.ts';
import { softmaxCrossEntropy, softmaxCrossEntropyOnCard } from './layers/softmax-cross-entropy.ts';

/** [channels, rows, columns, N]: for chains of any sizes, any number of images and any processor. */
export const batchLastLayout: Layout = {
  images: (graph, images, shape) => batchLast(graph, images, shape),
  shape: ({ output }, batch) => [...output, batch],
  mask: (graph, mask, _layer, shape) => batchLast(graph, mask, shape),
  layerValue: (graph, layer, inputs) => kindOf(layer).batchLast!(graph, layer, inputs),
  logits: (graph, y, classes, batch) => graph.reshape(y, classes, batch),
  fromLogits: (graph, dLogits, classes, batch) => graph.reshape(dLogits, classes, 1, 1, batch),
  plain: (graph, value, { output }) => batchFirst(graph, value, output),
  fromPlain: (graph, images, { output }) => batchLast(graph, images, output),
  plainImages: batchFirst,
  softmaxCrossEntropy,
};

/** For graphics cards: batch last, of operators that their providers have kernels for. */
export const cardLayout: Layout = {
  ...batchLastLayout,
  layerValue: (graph, layer, inputs) => {
    const { card, batchLast } = kindOf(layer);
    return (card ?? batchLast!)(graph, layer, inputs);
  },
  isOnCard: true,
  softmaxCrossEntropy: softmaxCrossEntropyOnCard,
};

/**
 * Blocked images up to the first dense layer, batch last from there on. Only for networks and batches that `canBeBlocked`
 * admits.
 */
export function blockedLayout(network: Network, { block }: Blocked): Layout {
  const dense = network.layers.find(({ spec }) => spec.type === 'dense')!;
  const isBelow = (layer: Layer) => layer.n < dense.n;
  return {
    ...batchLastLayout,
    block,
    images: (_graph, images) => images,
    shape: (layer, batch) => (isBelow(layer) ? [batch, ...layer.output] : batchLastLayout.shape(layer, batch)),
    mask: (graph, mask, layer, shape) =>
      isBelow(layer) ? toBlocked(graph, mask) : batchLastLayout.mask(graph, mask, layer, shape),
    layerValue: (graph, layer, inputs) => {
      const { blocked, batchLast } = kindOf(layer);
      const readsBlocked = isBelow(layer) || layer.name === dense.name;
      const form: LayerForm<LayerType> = (readsBlocked && blocked?.(block)) || batchLast!;
      return form(graph, layer, inputs);
    },
  };
}

/**
 * Whether all of a network's convolutions can be laid out so: whole blocks of images, filters and channels (for the first
 * layer, which reads plain images, of filters only), and a stride only where no gradient goes further down.
 */
export function canBeBlocked({ layers }: Network, batch: number, block: number): boolean {
  const convolutions = layers.filter(({ spec }) => spec.type === 'conv');
  if (convolutions.length === 0 || layers[0].spec.type !== 'conv' || batch % block !== 0) return false;
  return convolutions.every(({ spec, input }, index) => {
    if (spec.type !== 'conv' || Number(spec.pad) >= spec.kernel) return false;
    const wholeFilters = spec.filters % (block * spec.groups) === 0;
    if (index === 0) return input[0] === CHANNELS && spec.groups === 1 && wholeFilters;
    return wholeFilters && input[0] % (block * spec.groups) === 0 && spec.stride === 1;
  });
}

/** The layout of a network that any processor computes. */
export const plainLayout = (network: Network): Layout => (isChain(network) ? batchLastLayout : graphLayout(network));

/** The layout of a network on a graphics card. */
export const layoutOnCard = (network: Network): Layout => (isChain(network) ? cardLayout : graphLayoutOnCard(network));

/**
 * Whether a network is a chain of kinds that have a form with the batch last, with the settings that those know: one bias a
 * weight, padding equal on all sides. Others are computed in `graphLayout`.
 */
export const isChain = ({ layers }: Network): boolean =>
  layers.every(({ spec, sources }, place) => sources.join() === String(place - 1) && isClassic(spec));

function isClassic(spec: LayerSpec): boolean {
  switch (spec.type) {
    case 'conv':
      return spec.bias !== false && spec.dilation === undefined && typeof spec.pad === 'number';
    case 'dense':
      return spec.bias !== false && spec.over === undefined;
    case 'pool':
      return typeof spec.pad === 'number' && !spec.ceil && !spec.countPadding;
    default:
      return kindOf({ spec }).batchLast !== undefined;
  }
}

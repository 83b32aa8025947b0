import { CHANNELS, type Layer, type Network, type Shape } from '../../network/network.ts';
import type { LayerSpec } from '../../network/spec.ts';
import type { Graph, Value } from './graph.ts';
import { convolution } from './layers/convolution.ts';
import { dense } from './layers/dense.ts';
import { dropout } from './layers/dropout.ts';
import {
  batchLast,
  toBlocked,
  type Blocked,
  type LayerForm,
  type LayerInputs,
  type LayerKind,
  type LayerValue,
} from './layers/layer.ts';
import { lrn } from './layers/lrn.ts';
import { pooling } from './layers/pooling.ts';
import { relu } from './layers/relu.ts';
import { softmaxCrossEntropy, softmaxCrossEntropyOnCard } from './layers/softmax-cross-entropy.ts';

const KINDS: { readonly [Type in LayerSpec['type']]: LayerKind<Type> } = {
  conv: convolution,
  dense,
  relu,
  pool: pooling,
  lrn,
  dropout,
};

/** The kind of a layer: its forward pass and gradients in every layout. */
export const kindOf = ({ spec }: Layer) => KINDS[spec.type] as LayerKind<typeof spec.type>;

/** How values between layers are laid out, and the layers in that form. */
export interface Layout {
  /** What layer 1 reads, of images [N, 3, rows, columns]. */
  images(graph: Graph, images: Value, shape: Shape): Value;
  /** The shape of a layer's output, for graphs that take it over from another. */
  shape(layer: Layer, batch: number | 'N'): (number | 'N')[];
  /** What a dropout layer reads, of a mask [N, ...shape of the layer]. */
  dropoutMask(graph: Graph, mask: Value, layer: Layer): Value;
  /** Adds a layer's forward pass; its gradients only when `backward` is called. */
  layerValue(graph: Graph, layer: Layer, inputs: LayerInputs): LayerValue;
  /** The loss, of the last layer's output [classes, N]. */
  readonly softmaxCrossEntropy: typeof softmaxCrossEntropy;
}

/** [channels, rows, columns, N]: for any network, any number of images and any processor. */
export const batchLastLayout: Layout = {
  images: batchLast,
  shape: ({ output }, batch) => [...output, batch],
  dropoutMask: (graph, mask, { output }) => batchLast(graph, mask, output),
  layerValue: (graph, layer, inputs) => kindOf(layer).batchLast(graph, layer, inputs),
  softmaxCrossEntropy,
};

/** For graphics cards: batch last, of operators that their providers have kernels for. */
export const cardLayout: Layout = {
  ...batchLastLayout,
  layerValue: (graph, layer, inputs) => {
    const { card, batchLast } = kindOf(layer);
    return (card ?? batchLast)(graph, layer, inputs);
  },
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
    images: (_graph, images) => images,
    shape: (layer, batch) => (isBelow(layer) ? [batch, ...layer.output] : batchLastLayout.shape(layer, batch)),
    dropoutMask: (graph, mask, layer) =>
      isBelow(layer) ? toBlocked(graph, mask) : batchLastLayout.dropoutMask(graph, mask, layer),
    layerValue: (graph, layer, inputs) => {
      const { blocked, batchLast } = kindOf(layer);
      const readsBlocked = isBelow(layer) || layer.name === dense.name;
      const form: LayerForm<LayerSpec['type']> = (readsBlocked && blocked?.(block)) || batchLast;
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
    if (spec.type !== 'conv' || spec.pad >= spec.kernel) return false;
    const wholeFilters = spec.filters % (block * spec.groups) === 0;
    if (index === 0) return input[0] === CHANNELS && spec.groups === 1 && wholeFilters;
    return wholeFilters && input[0] % (block * spec.groups) === 0 && spec.stride === 1;
  });
}

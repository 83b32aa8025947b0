import type { Layer, Network } from '../../network/network.ts';
import type { Graph, Value } from './graph.ts';
import { canBeInBlocks } from './layers/convolution/in-blocks.ts';
import { kindOf } from './layers/kinds.ts';
import { canFill, cutValue, filledLayer, filledParameters, filledShape } from './layers/filled-blocks.ts';
import {
  fromBlocked,
  toBlocked,
  type Blocked,
  type LayerInputs,
  type LayerOf,
  type LayerValue,
} from './layers/layer.ts';
import { unfusedTranspose } from './layers/matrix-product.ts';
import { softmaxCrossEntropy, softmaxCrossEntropyOnCard } from './layers/softmax-cross-entropy.ts';
import type { Layout } from './layout.ts';

interface Blocks extends Blocked {
  /** Images in a batch. */
  readonly batch: number;
}

/**
 * Values are [N, ...shape], and blocked images (layers/layer.ts) from convolutions on that can make those, as far up as layers
 * have a form for them and read and make whole blocks: for networks of any kind and any number of images.
 *
 * @param blocks absent: nothing is blocked
 */
export function graphLayout(network: Network, blocks?: Blocks): Layout {
  const blocked = blocks === undefined ? new Set<number>() : blockedLayers(network, blocks);
  const readers = network.layers.map(({ place }) => network.layers.filter(({ sources }) => sources.includes(place)));
  /** What gradients are yet to be multiplied with, in each graph. */
  const factors = new WeakMap<Graph, Map<Value, Value>>();
  /** A value in the form in which a layer reads it. */
  const read = (graph: Graph, value: Value, source: number, isWanted: boolean, shape: readonly number[]): Value =>
    source < 0 || blocked.has(source) === isWanted ? value : turned(graph, value, isWanted, shape, blocks!);
  return {
    block: blocks?.block,
    images: (_graph, images) => images,
    shape: ({ output, place }, batch) => [batch, ...(blocked.has(place) ? filledShape(output, blocks!.block) : output)],
    mask: (graph, mask, layer, shape) => (blocked.has(layer.place) && shape[0] > 1 ? toBlocked(graph, mask) : mask),
    layerValue(graph, layer, inputs) {
      const isHere = blocked.has(layer.place);
      const values = inputs.inputs.map((value, place) =>
        read(graph, value, layer.sources[place], isHere, layer.inputs[place]),
      );
      const alone = layer.sources.map(
        (source) => source >= 0 && readers[source].length === 1 && isOfLayer(source, layer.n),
      );
      const takesFactor = alone[0] && blocked.has(layer.sources[0]) && isConvolution(layer.sources[0]);
      const given = { ...inputs, inputs: values, alone, takesFactor };
      const value = isHere
        ? valueInBlocks(graph, layer, given, blocks!.block)
        : kindOf(layer).batchFirst(graph, layer, given);
      return returned(graph, layer, value, isHere);
    },
    logits: (graph, y, classes) => graph.transpose(graph.reshape(y, -1, classes), 1, 0),
    fromLogits: (graph, dLogits, classes) => graph.reshape(graph.transpose(dLogits, 1, 0), -1, classes, 1, 1),
    plain: (graph, value, layer) =>
      blocked.has(layer.place) ? turned(graph, value, false, layer.output, blocks!) : value,
    fromPlain: (graph, images, layer) =>
      blocked.has(layer.place) ? turned(graph, images, true, layer.output, blocks!) : images,
    plainImages: (_graph, gradient) => gradient,
    softmaxCrossEntropy,
  };

  /** Whether no cut lies between, where a prefix may end. */
  function isOfLayer(place: number, n: number): boolean {
    return network.layers[place].n === n;
  }

  function isConvolution(place: number): boolean {
    const { spec } = network.layers[place];
    return spec.type === 'conv' && spec.bias === false;
  }

  /** The layer's value, whose gradients go back in the form in which its inputs came. */
  function returned(graph: Graph, layer: Layer, value: LayerValue, isHere: boolean): LayerValue {
    return {
      ...value,
      backward: (dy, needs, learns) => {
        const gradients = value.backward(dy, needs, learns, factors.get(graph)?.get(dy));
        if (gradients.factor !== undefined && gradients.inputs[0] !== undefined)
          factors.set(
            graph,
            (factors.get(graph) ?? new Map<Value, Value>()).set(gradients.inputs[0], gradients.factor),
          );
        const inputs = gradients.inputs.map((dx, place) => {
          const source = layer.sources[place];
          if (dx === undefined || source < 0 || blocked.has(source) === isHere) return dx;
          return turned(graph, dx, !isHere, layer.inputs[place], blocks!);
        });
        return { ...gradients, inputs };
      },
    };
  }
}

/** For graphics cards: nothing is blocked, and every operator is one that their providers have kernels for. */
export const graphLayoutOnCard = (network: Network): Layout => ({
  ...graphLayout(network),
  layerValue: (graph, layer, inputs) => {
    const { batchFirst, cardFirst } = kindOf(layer);
    return (cardFirst ?? batchFirst)(graph, layer, inputs);
  },
  // onnxruntime would move a plain transpose past a comparison, and cards don't transpose truth values.
  logits: (graph, y, classes) => unfusedTranspose(graph, graph.reshape(y, -1, classes)),
  isOnCard: true,
  softmaxCrossEntropy: softmaxCrossEntropyOnCard,
});

/** A layer on blocked images. */
function valueInBlocks(graph: Graph, layer: Layer, inputs: LayerInputs, block: number): LayerValue {
  const whole = filledLayer(layer, block);
  const parameters = inputs.parameters && filledParameters(graph, layer, whole, inputs.parameters);
  const kind = kindOf(layer);
  const value = (kind.inBlocks ?? kind.blocked)!(block)(graph, whole, { ...inputs, parameters });
  return cutValue(graph, layer, whole, value);
}

/** Images of one pixel are the same in whole blocks. */
function turned(
  graph: Graph,
  value: Value,
  toBlocks: boolean,
  [channels, ...sides]: readonly number[],
  { block }: Blocked,
): Value {
  if (channels % block === 0 && sides.every((side) => side === 1)) return value;
  return toBlocks ? toBlocked(graph, value) : fromBlocked(graph, value, channels);
}

/** Places of the layers that are computed on blocked images. */
function blockedLayers({ layers }: Network, { block, batch }: Blocks): Set<number> {
  const places = new Set<number>();
  const canBe = (shape: readonly number[]) => shape.length === 3 && canFill(shape[0], block);
  for (const layer of layers) {
    const { spec, place, sources, inputs, output } = layer;
    const can =
      spec.type === 'conv'
        ? canBeInBlocks(layer as LayerOf<'conv'>, batch, block)
        : sources.some((source) => places.has(source)) && inputs.every(canBe) && canBe(output) && hasForm(layer, block);
    // A ReLU and the maximum above it change places (forward.ts).
    const above = spec.type === 'relu' ? layers.filter(({ sources }) => sources.includes(place)) : [];
    if (can && above.every((reader) => reader.spec.type !== 'pool' || hasForm(reader, block))) places.add(place);
  }
  return places;
}

/** Whether a layer other than a convolution has a form for blocked images, with the settings that it has. */
function hasForm(layer: Layer, block: number): boolean {
  const { spec, inputs, output } = layer;
  switch (spec.type) {
    case 'dense':
      return false;
    // Their channels read others, for which zeros would have to stay zeros.
    case 'lrn':
    case 'zero-channels':
      return [...inputs, output].every(([channels]) => channels % block === 0);
    case 'slice':
      return spec.axis > 0;
    case 'add':
      return inputs.every((shape) => shape.join() === inputs[0].join());
    case 'pool':
      return typeof spec.pad === 'number' && !spec.ceil && !spec.countPadding;
    default: {
      const { inBlocks, blocked } = kindOf(layer);
      return (inBlocks ?? blocked) !== undefined;
    }
  }
}

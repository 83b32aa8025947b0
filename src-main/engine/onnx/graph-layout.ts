import type { Layer, Network } from '../../network/network.ts';
import type { Graph, Value } from './graph.ts';
import { kindOf } from './layers/kinds.ts';
import { fromBlocked, toBlocked, type LayerValue } from './layers/layer.ts';
import { unfusedTranspose } from './layers/matrix-product.ts';
import { softmaxCrossEntropy, softmaxCrossEntropyOnCard } from './layers/softmax-cross-entropy.ts';
import type { Layout } from './layout.ts';

/**
 * Values are [N, ...shape], and blocked images (layers/layer.ts) where a layer has a form for them and reads and makes whole
 * blocks: for networks of any kind and any number of images.
 *
 * @param block channels that stand together; absent: nothing is blocked
 */
export function graphLayout(network: Network, block?: number): Layout {
  const blocked = new Set<number>();
  if (block !== undefined) for (const layer of network.layers) if (isBlocked(layer, block)) blocked.add(layer.place);
  /** A value in the form in which a layer reads it. */
  const read = (graph: Graph, value: Value, source: number, isWanted: boolean, channels: number): Value => {
    if (source < 0 || blocked.has(source) === isWanted) return value;
    return isWanted ? toBlocked(graph, value) : fromBlocked(graph, value, channels);
  };
  return {
    images: (_graph, images) => images,
    shape: ({ output }, batch) => [batch, ...output],
    mask: (graph, mask, layer) => (blocked.has(layer.place) ? toBlocked(graph, mask) : mask),
    layerValue(graph, layer, inputs) {
      const kind = kindOf(layer);
      const isHere = blocked.has(layer.place);
      const form = isHere ? kind.blocked!(block!) : kind.batchFirst;
      const values = inputs.inputs.map((value, place) =>
        read(graph, value, layer.sources[place], isHere, layer.inputs[place][0]),
      );
      return returned(graph, layer, form(graph, layer, { ...inputs, inputs: values }), isHere);
    },
    logits: (graph, y, classes) => graph.transpose(graph.reshape(y, -1, classes), 1, 0),
    fromLogits: (graph, dLogits, classes) => graph.reshape(graph.transpose(dLogits, 1, 0), -1, classes, 1, 1),
    plain: (graph, value, layer) => (blocked.has(layer.place) ? fromBlocked(graph, value, layer.output[0]) : value),
    fromPlain: (graph, images, layer) => (blocked.has(layer.place) ? toBlocked(graph, images) : images),
    plainImages: (_graph, gradient) => gradient,
    softmaxCrossEntropy,
  };

  /** The layer's value, whose gradients go back in the form in which its inputs came. */
  function returned(graph: Graph, layer: Layer, value: LayerValue, isHere: boolean): LayerValue {
    return {
      ...value,
      backward: (dy, needs, learns) => {
        const gradients = value.backward(dy, needs, learns);
        const inputs = gradients.inputs.map((dx, place) => {
          const source = layer.sources[place];
          if (dx === undefined || source < 0 || blocked.has(source) === isHere) return dx;
          return isHere ? fromBlocked(graph, dx, layer.inputs[place][0]) : toBlocked(graph, dx);
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
  softmaxCrossEntropy: softmaxCrossEntropyOnCard,
});

/** Whether a layer is computed on blocked images; a dense layer's form for them puts out its values batch last. */
function isBlocked(layer: Layer, block: number): boolean {
  const { spec, inputs, output } = layer;
  const whole = (shape: readonly number[]) => shape.length === 3 && shape[0] % block === 0;
  const hasForm = kindOf(layer).blocked !== undefined && spec.type !== 'conv' && spec.type !== 'dense';
  return hasForm && whole(output) && inputs.every(whole);
}

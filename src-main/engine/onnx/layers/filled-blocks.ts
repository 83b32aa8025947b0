import type { Layer, Shape } from '../../../network/network.ts';
import type { Graph, Value } from '../graph.ts';
import type { LayerParameters, LayerValue } from './layer.ts';

/**
 * Images whose channels are not whole blocks are filled up to whole ones. A layer is computed as one that has so many more channels,
 * with zeros for their weights: nothing of them reaches a channel of its own, forwards or back, and their gradients are cut off again.
 */

/** ReorderInput fills up from so many channels that belong together. */
const TOGETHER = 4;
/** So many times as many channels are still sooner computed in blocks. */
const AT_MOST = 1.5;

const filled = (channels: number, block: number): number => Math.ceil(channels / block) * block;

/** Whether images of this many channels are whole blocks, or worth being filled up to them. */
export const canFill = (channels: number, block: number): boolean =>
  channels % TOGETHER === 0 && filled(channels, block) <= AT_MOST * channels;

/** The shape of images in whole blocks. */
export const filledShape = (shape: Shape, block: number): Shape =>
  shape.length === 3 ? shape.with(0, filled(shape[0], block)) : shape;

/** A layer with as many channels as whole blocks have. The network's images stay as they are. */
export function filledLayer<Own extends Layer>(layer: Own, block: number): Own {
  const inputs = layer.inputs.map((shape, place) => (layer.sources[place] < 0 ? shape : filledShape(shape, block)));
  const output = filledShape(layer.output, block);
  const { spec } = layer;
  if (spec.type !== 'conv') return { ...layer, inputs, input: inputs[0], output };
  const groups = spec.groups === 1 ? 1 : inputs[0][0];
  return { ...layer, spec: { ...spec, filters: output[0], groups }, inputs, input: inputs[0], output };
}

/** Channels after which the channels of a parameter go on with zeros, axis by axis. */
function ownSides(layer: Layer): { readonly weight: readonly number[]; readonly vector: readonly number[] } {
  const { spec, input, output } = layer;
  if (spec.type !== 'conv') return { weight: [input[0]], vector: [input[0]] };
  return { weight: [output[0], input[0] / spec.groups], vector: [output[0]] };
}

/** Parameters of a layer with zeros for the channels that `filledLayer` adds. */
export function filledParameters(
  graph: Graph,
  layer: Layer,
  whole: Layer,
  parameters: LayerParameters,
): LayerParameters {
  return eachOf(parameters, layer, whole, (value, from, to) => {
    const more = from.map((size, axis) => to[axis] - size);
    const others = layer.spec.type === 'conv' && from.length > 1 ? [0, 0] : [];
    const none = [...from, ...others].map(() => 0);
    return graph.node('Pad', [value, graph.integers(...none, ...more, ...others)]);
  });
}

/** What a whole layer computes, with gradients and statistics of the layer's own parameters. */
export function cutValue(graph: Graph, layer: Layer, whole: Layer, value: LayerValue): LayerValue {
  const cut = (parameters: LayerParameters | undefined) =>
    parameters &&
    eachOf(parameters, layer, whole, (gradient, from) => {
      const axes = from.map((_, axis) => axis);
      return graph.slice(
        gradient,
        axes,
        axes.map(() => 0),
        from,
      );
    });
  return {
    ...value,
    statistics: cut(value.statistics),
    backward: (...given) => {
      const gradients = value.backward(...given);
      return { ...gradients, parameters: cut(gradients.parameters) };
    },
  };
}

/** Parameters of which those with other sides in the whole layer are changed. */
function eachOf(
  parameters: LayerParameters,
  layer: Layer,
  whole: Layer,
  change: (value: Value, from: readonly number[], to: readonly number[]) => Value,
): LayerParameters {
  const [own, more] = [ownSides(layer), ownSides(whole)];
  return Object.fromEntries(
    Object.entries(parameters).map(([role, value]) => {
      const sides = role === 'weight' ? 'weight' : 'vector';
      const isSame = value === undefined || own[sides].join() === more[sides].join();
      return [role, isSame ? value : change(value, own[sides], more[sides])];
    }),
  );
}

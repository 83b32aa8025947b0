import { create, toBinary } from '@bufbuild/protobuf';
import { CHANNELS, SAVED_AS, type Layer, type Network } from '../../../network/network.ts';
import { inputScales } from '../../../network/spec.ts';
import type { Weights } from '../../../network/weights.ts';
import { ModelProtoSchema } from '../proto/onnx_pb.js';
import { kindOf } from '../layers/kinds.ts';
import { StandardGraph, type StandardValue } from './graph.ts';

/** Opset 17 came with ONNX 1.12 (2022), whose IR version is 8: other programs have long understood it. */
const OPSET = 17n;
const IR_VERSION = 8n;

const [INPUT, LOGITS, PROBABILITIES] = SAVED_AS;

interface StandardModel {
  readonly network: Network;
  readonly weights: Weights;
  /** What is subtracted from the pixels of every image, [3, inputSize, inputSize]. */
  readonly mean: Float32Array;
  /** Name of the graph. */
  readonly name: string;
  /** The model's description, for people. */
  readonly description: string;
  /** The model's properties, for programs. */
  readonly metadata: Readonly<Record<string, string>>;
  /** This program's version. */
  readonly version: string;
}

/**
 * A trained network as other programs expect one, the bytes of an .onnx file: operators of the standard alone, one node a
 * layer under the layer's name, weights as constants under their names in checkpoints. Our mathematics are the standard's
 * (https://onnx.ai/onnx/operators), so that weights stay as they are.
 *
 * - input `images` [N, 3, inputSize, inputSize]: pixels as they are, 0..255, red first. The first nodes subtract the mean
 *   image and scale the difference.
 * - outputs `logits` and `probabilities` [N, classes]
 *
 * Dropout has no node: it does nothing in a trained network, whose values were scaled in training.
 */
export function standardModel(model: StandardModel): Uint8Array {
  const { name, description, metadata, version } = model;
  return toBinary(
    ModelProtoSchema,
    create(ModelProtoSchema, {
      irVersion: IR_VERSION,
      opsetImport: [{ domain: '', version: OPSET }],
      producerName: 'Transplant',
      producerVersion: version,
      docString: description,
      metadataProps: Object.entries(metadata).map(([key, value]) => ({ key, value })),
      graph: standardGraph(model).proto(name),
    }),
  );
}

function standardGraph({ network, weights, mean }: StandardModel): StandardGraph {
  const { inputSize } = network.spec;
  const graph = new StandardGraph();
  const shape = ['N', CHANNELS, inputSize, inputSize];
  graph.input(INPUT, shape, 'Pixels from 0 to 255: image, channel (red, green, blue), row, column.');
  for (const { name, shape } of network.parameters) graph.constant(name, shape, weights.get(name)!.data);
  const values: StandardValue[] = [];
  const images: StandardValue = { value: preprocessed(graph, network, mean), flat: false };
  const names = namesApart(network.layers);
  const last = network.layers.length - 1;
  network.layers.forEach((layer, index) => {
    const inputs = layer.sources.map((source) => (source < 0 ? images : values[source]));
    values.push(kindOf(layer).standard(graph, layer, names[index], inputs, index === last ? LOGITS : undefined));
  });
  graph.node('output.softmax', 'Softmax', [LOGITS], { axis: 1 }, PROBABILITIES);
  graph.output(LOGITS, ['N', network.classes], 'The last layer, one number a class.');
  graph.output(PROBABILITIES, ['N', network.classes], 'Softmax of the logits.');
  return graph;
}

/** (pixels - mean) * scale, in this order, as in training (data/cropper.ts). */
function preprocessed(graph: StandardGraph, { spec }: Network, mean: Float32Array): string {
  const { inputSize, training } = spec;
  if (training.pixels) {
    const byChannel = (name: string, values: readonly number[]) =>
      graph.constant(name, [1, CHANNELS, 1, 1], Float32Array.from(values));
    const less = graph.node('input.subtract_mean', 'Sub', [INPUT, byChannel('input.mean', training.pixels.mean)]);
    return graph.node('input.scale', 'Mul', [less, byChannel('input.factor', inputScales(training))]);
  }
  const constant = graph.constant('input.mean', [1, CHANNELS, inputSize, inputSize], mean);
  const difference = graph.node('input.subtract_mean', 'Sub', [INPUT, constant]);
  if (training.inputScale === 1) return difference;
  const factor = graph.constant('input.factor', [], Float32Array.of(training.inputScale));
  return graph.node('input.scale', 'Mul', [difference, factor]);
}

/** Layers without weights may stand several times under one name: `conv1.relu`, `conv1.relu.2`. */
function namesApart(layers: readonly Layer[]): string[] {
  const times = new Map<string, number>();
  return layers.map(({ name }) => {
    const time = (times.get(name) ?? 0) + 1;
    times.set(name, time);
    return time === 1 ? name : `${name}.${time}`;
  });
}

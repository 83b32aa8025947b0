import { Tensor, type InferenceSession } from 'onnxruntime-node';
import { CHANNELS, type Layer, type Network } from '../../network/network.ts';
import { layerOfUnits, unitShape } from '../../network/receptive-field.ts';
import type { Weights } from '../../network/weights.ts';
import { commonInputs, pass, stretch } from './forward.ts';
import { Graph, type Value } from './graph.ts';
import { imageFeeds } from './inputs.ts';
import { plainLayout } from './layouts.ts';
import { createSession } from './session.ts';

/**
 * Where a network is read. `end`: the input of layer n + 1, after ReLU, pooling and normalisation of layer n; for the last
 * layer the logits. `weights`: the output of layer n's convolution or matrix product, bias included, before its ReLU.
 */
export interface ReadingPoint {
  readonly n: number;
  readonly place: 'weights' | 'end';
}

/** Key of a reading point, which is also the name of its output in the graph: `layer2.end`. */
export const readingName = ({ n, place }: ReadingPoint): string => `layer${n}.${place}`;

/** The layer whose output is read there. Throws a RangeError where the network has no layer n. */
export function layerReadAt(network: Network, { n, place }: ReadingPoint): Layer {
  if (!(n >= 1 && n <= network.depth)) throw new RangeError(`the network has no layer ${n}`);
  return place === 'weights' ? layerOfUnits(network, n) : stretch(network, n - 1, n).at(-1)!;
}

/** A layer's output [N, ...shape] as [N, ...unitShape], and back: of tokens the values come first. */
function unitsFirst(graph: Graph, value: Value, layer: Layer): Value {
  const { output } = layer;
  if (output.length === 3) return value;
  return graph.reshape(output.length === 2 ? graph.transpose(value, 0, 2, 1) : value, -1, ...unitShape(layer));
}
export function fromUnitsFirst(graph: Graph, value: Value, layer: Layer): Value {
  const { output } = layer;
  if (output.length === 3) return value;
  const [units, rows] = unitShape(layer);
  return output.length === 2
    ? graph.transpose(graph.reshape(value, -1, units, rows), 0, 2, 1)
    : graph.reshape(value, -1, ...output);
}

/**
 * The forward pass without dropout whose outputs are activations: inputs are images [N, 3, inputSize, inputSize]
 * and the weights up to the highest point, outputs [N, ...unitShape] by `readingName`.
 */
function readingGraph(network: Network, points: readonly ReadingPoint[], batch: number): Graph {
  const graph = new Graph();
  const highest = Math.max(...points.map(({ n }) => n));
  const read = points.map((point) => ({ name: readingName(point), layer: layerReadAt(network, point).place }));
  const layout = plainLayout(network);
  const inputs = commonInputs(graph, network, 'N', layout, { from: 0, to: highest });
  const outputs: { readonly name: string; readonly value: Value; readonly shape: readonly (number | string)[] }[] = [];
  pass(graph, network, layout, inputs, {
    ...{ from: 0, to: highest, batch },
    onValue: (layer, { y }) => {
      for (const { name } of read.filter((one) => one.layer === layer.place)) {
        const value = unitsFirst(graph, layout.plain(graph, y, layer), layer);
        outputs.push({ name, value, shape: ['N', ...unitShape(layer)] });
      }
    },
  });
  // A value is renamed when it becomes an output, so not before the layers above have read it.
  const names = new Map<Value, string>();
  for (const { name, value, shape } of outputs) names.set(value, graph.output(name, names.get(value) ?? value, shape));
  return graph;
}

interface ReaderOptions {
  readonly network: Network;
  readonly weights: Weights;
  readonly points: readonly ReadingPoint[];
  /** The usual number of images in a read. */
  readonly batchSize: number;
  /** CPU threads. */
  readonly threads: number;
}

/** Reads a trained network's activations at chosen points, in evaluation mode; on the processor, whatever trained it. */
export class LayerReader {
  readonly #network: Network;
  readonly #session: InferenceSession;
  readonly #weights: Readonly<Record<string, Tensor>>;

  private constructor({ network, weights }: ReaderOptions, session: InferenceSession) {
    this.#network = network;
    this.#session = session;
    this.#weights = Object.fromEntries(
      network.parameters
        .filter(({ name }) => session.inputNames.includes(name))
        .map(({ name, shape }) => [name, new Tensor('float32', weights.get(name)!.data, shape)]),
    );
  }

  static async open(options: ReaderOptions): Promise<LayerReader> {
    const { network, points, batchSize, threads } = options;
    return new LayerReader(options, await createSession(readingGraph(network, points, batchSize), threads));
  }

  /**
   * @param images mean-subtracted pixels [N, 3, inputSize, inputSize], any N
   * @returns activations [N, units, rows, columns] (`unitShape`) by `readingName`
   */
  async read(images: Float32Array): Promise<ReadonlyMap<string, Float32Array>> {
    const { inputSize } = this.#network.spec;
    const count = images.length / (CHANNELS * inputSize ** 2);
    if (!Number.isInteger(count) || count === 0) throw new RangeError(`${images.length} values are not whole images`);
    const outputs = await this.#session.run({ ...imageFeeds(this.#network, images, count), ...this.#weights });
    return new Map(Object.entries(outputs).map(([name, { data }]) => [name, data as Float32Array]));
  }

  async dispose(): Promise<void> {
    await this.#session.release();
  }
}

import { Tensor, type InferenceSession } from 'onnxruntime-node';
import { CHANNELS, type Network, type Shape } from '../../network/network.ts';
import { unitShape } from '../../network/receptive-field.ts';
import type { Weights } from '../../network/weights.ts';
import { commonInputs, pass } from './forward.ts';
import { Graph, type Value } from './graph.ts';
import { imageFeeds } from './inputs.ts';
import { plainLayout } from './layouts.ts';
import { fromUnitsFirst, layerReadAt } from './reader.ts';
import { createSession } from './session.ts';
import { Tape } from './tape.ts';

const SELECTION = 'selection';
const OBJECTIVE = 'objective';
const GRADIENT = 'gradient';

/**
 * The objective that feature visualisation climbs, and its gradient by the images: the sum of the outputs of layer n's
 * convolution or matrix product, before its ReLU, times a selection. Inputs are images [N, 3, inputSize, inputSize], a
 * selection [N, ...unitShape of the layer] and the weights up to layer n; outputs the objective of each image [N] and its
 * gradient in the images' shape.
 */
export function unitGradientGraph(network: Network, n: number, batch: number): Graph {
  const graph = new Graph();
  const read = layerReadAt(network, { n, place: 'weights' });
  const layout = plainLayout(network);
  const inputs = commonInputs(graph, network, batch, layout, { from: 0, to: n });
  const selected = graph.input(SELECTION, [batch, ...unitShape(read)]);
  const selection = layout.fromPlain(graph, fromUnitsFirst(graph, selected, read), read);
  const tape = Tape.ofImages();
  let units: Value | undefined;
  pass(graph, network, layout, inputs, {
    ...{ from: 0, to: n, batch },
    onValue: (layer, value) => {
      // What lies above the units, up to the end of layer n, has no part in it.
      if (units !== undefined) return;
      tape.add(layer, value);
      if (layer.place === read.place) units = value.y;
    },
  });
  const products = layout.plain(graph, graph.node('Mul', [units!, selection]), read);
  const others = graph.integers(...read.output.map((_, side) => side + 1));
  graph.output(OBJECTIVE, graph.node('ReduceSum', [products, others], { keepdims: 0 }), [batch]);
  const shape: Shape = [CHANNELS, network.spec.inputSize, network.spec.inputSize];
  const gradient = layout.plainImages(graph, tape.backward(graph, selection)!, shape);
  graph.output(GRADIENT, gradient, [batch, ...shape]);
  graph.dropUnread();
  return graph;
}

interface UnitGradientOptions {
  readonly network: Network;
  readonly weights: Weights;
  readonly n: number;
  /** Number of images, the same in every call. */
  readonly batch: number;
  /** CPU threads. */
  readonly threads: number;
}

/** How images have to change for units of layer n to respond more; on the processor, whatever trained the network. */
export class UnitGradient {
  readonly #options: UnitGradientOptions;
  readonly #session: InferenceSession;
  readonly #weights: Readonly<Record<string, Tensor>>;

  private constructor(options: UnitGradientOptions, session: InferenceSession) {
    const { network, weights, n } = options;
    this.#options = options;
    this.#session = session;
    this.#weights = Object.fromEntries(
      network.parameters
        .filter((parameter) => parameter.n <= n)
        .map(({ name, shape }) => [name, new Tensor('float32', weights.get(name)!.data, shape)]),
    );
  }

  static async open(options: UnitGradientOptions): Promise<UnitGradient> {
    const { network, n, batch, threads } = options;
    return new UnitGradient(options, await createSession(unitGradientGraph(network, n, batch), threads));
  }

  /**
   * @param images mean-subtracted pixels [batch, 3, inputSize, inputSize]
   * @param selection the weights of the layer's outputs in the objective, [batch, ...unitShape of layer n]
   * @returns the objective of each image, [batch], and its gradient in the images' shape
   */
  async at(
    images: Float32Array,
    selection: Float32Array,
  ): Promise<{ objective: Float32Array; gradient: Float32Array }> {
    const { network, n, batch } = this.#options;
    const shape = unitShape(layerReadAt(network, { n, place: 'weights' }));
    if (images.length !== batch * CHANNELS * network.spec.inputSize ** 2)
      throw new RangeError(`${images.length} values are not ${batch} images`);
    const { objective, gradient } = await this.#session.run({
      ...imageFeeds(network, images, batch),
      [SELECTION]: new Tensor('float32', selection, [batch, ...shape]),
      ...this.#weights,
    });
    return { objective: objective.data as Float32Array, gradient: gradient.data as Float32Array };
  }

  async dispose(): Promise<void> {
    await this.#session.release();
  }
}

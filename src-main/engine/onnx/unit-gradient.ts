import { Tensor, type InferenceSession } from 'onnxruntime-node';
import { CHANNELS, type Network } from '../../network/network.ts';
import type { Weights } from '../../network/weights.ts';
import { commonInputs, stretch } from './forward.ts';
import { Graph } from './graph.ts';
import { imageFeeds } from './inputs.ts';
import { batchFirst, batchLast } from './layers/layer.ts';
import { batchLastLayout } from './layouts.ts';
import { layerReadAt } from './reader.ts';
import { createSession } from './session.ts';

const SELECTION = 'selection';
const OBJECTIVE = 'objective';
const GRADIENT = 'gradient';

/**
 * The objective that feature visualisation climbs, and its gradient by the images: the sum of the outputs of layer n's
 * convolution or matrix product, before its ReLU, times a selection. Inputs are images [N, 3, inputSize, inputSize], a
 * selection [N, ...output of the layer] and the weights up to layer n; outputs the objective of each image [N] and its
 * gradient in the images' shape.
 */
export function unitGradientGraph(network: Network, n: number, batch: number): Graph {
  const graph = new Graph();
  const { output } = layerReadAt(network, { n, place: 'weights' });
  const { images, parameters } = commonInputs(graph, network, batch, batchLastLayout, { from: 0, to: n });
  const selection = batchLast(graph, graph.input(SELECTION, [batch, ...output]), output);
  const layers = [...stretch(network, 0, n - 1), stretch(network, n - 1, n)[0]];
  let x = images;
  const tape = layers.map((layer) => {
    const value = batchLastLayout.layerValue(graph, layer, { x, batch, parameters: parameters.get(layer.name) });
    x = value.y;
    return value;
  });
  const selected = graph.node('Mul', [x, selection]);
  graph.output(OBJECTIVE, graph.node('ReduceSum', [selected, graph.integers(0, 1, 2)], { keepdims: 0 }), [batch]);
  const gradient = tape.reduceRight((dy, value) => value.backward(dy, true).x!, selection);
  graph.output(GRADIENT, batchFirst(graph, gradient, layers[0].input), [batch, ...layers[0].input]);
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
   * @param selection the weights of the layer's outputs in the objective, [batch, ...output of layer n]
   * @returns the objective of each image, [batch], and its gradient in the images' shape
   */
  async at(
    images: Float32Array,
    selection: Float32Array,
  ): Promise<{ objective: Float32Array; gradient: Float32Array }> {
    const { network, n, batch } = this.#options;
    const { output } = layerReadAt(network, { n, place: 'weights' });
    if (images.length !== batch * CHANNELS * network.spec.inputSize ** 2)
      throw new RangeError(`${images.length} values are not ${batch} images`);
    const { objective, gradient } = await this.#session.run({
      ...imageFeeds(network, images, batch),
      [SELECTION]: new Tensor('float32', selection, [batch, ...output]),
      ...this.#weights,
    });
    return { objective: objective.data as Float32Array, gradient: gradient.data as Float32Array };
  }

  async dispose(): Promise<void> {
    await this.#session.release();
  }
}

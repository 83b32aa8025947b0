import { Tensor, type InferenceSession } from 'onnxruntime-node';
import type { Network } from '../../network/network.ts';
import type { Activations, Batch, Prefix, PrefixOptions, TrainingBatch } from '../engine.ts';
import { commonInputs, givenInEvaluation, givenInTraining, pass } from './forward.ts';
import { Graph } from './graph.ts';
import { boundaryOf, dropoutFeeds, imageFeeds } from './inputs.ts';
import type { Layout } from './layout.ts';
import { createSession } from './session.ts';
import { giveBack } from './state.ts';

/**
 * The forward pass of the lowest layers, up to the highest of `layers`: inputs are images, weights and, with dropout, the
 * masks; for each n there is an output that layer n + 1 reads, in the layout of the graph above.
 */
function prefixGraph(
  network: Network,
  batch: number,
  layers: readonly number[],
  layout: Layout,
  dropout: boolean,
): Graph {
  const graph = new Graph();
  const highest = layers.at(-1)!;
  const inputs = commonInputs(graph, network, dropout ? batch : 'N', layout, { from: 0, to: highest });
  // Frozen: batch norm takes its running statistics in training as well.
  const given = dropout ? givenInTraining(graph, network, batch, layout, highest) : givenInEvaluation;
  let { images } = inputs;
  layers.forEach((n, place) => {
    const from = place === 0 ? 0 : layers[place - 1];
    images = graph.output(
      boundaryOf(n),
      pass(graph, network, layout, { ...inputs, images }, { from, to: n, batch, given }),
    );
  });
  return graph;
}

/** What a prefix hands to the networks above it: a tensor that no JavaScript reads. */
export class OnnxActivations implements Activations {
  readonly images: number;
  readonly tensor: Tensor;

  constructor(images: number, tensor: Tensor) {
    this.images = images;
    this.tensor = tensor;
  }
}

/** Two sessions, with and without dropout, on the same weights. */
export class OnnxPrefix implements Prefix {
  readonly #network: Network;
  readonly #layers: readonly number[];
  readonly #training: InferenceSession;
  readonly #evaluation: InferenceSession;
  readonly #weights: Readonly<Record<string, Tensor>>;
  /** Outputs by number of images. They take memory until the next batch of the same size (`giveBack`). */
  readonly #outputs = new Map<number, InferenceSession.ReturnType>();

  private constructor(options: PrefixOptions, training: InferenceSession, evaluation: InferenceSession) {
    this.#network = options.network;
    this.#layers = options.layers;
    this.#training = training;
    this.#evaluation = evaluation;
    this.#weights = Object.fromEntries(
      options.network.parameters
        .filter(({ n }) => n <= options.layers.at(-1)!)
        .map(({ name, shape }) => [name, new Tensor('float32', options.weights.get(name)!.data, shape)]),
    );
  }

  static async compile(options: PrefixOptions, layout: Layout): Promise<OnnxPrefix> {
    const { network, batchSize, layers, threads } = options;
    const training = await createSession(prefixGraph(network, batchSize, layers, layout, true), threads);
    const evaluation = await createSession(prefixGraph(network, batchSize, layers, layout, false), threads);
    return new OnnxPrefix(options, training, evaluation);
  }

  train({ images, labels, dropoutMasks }: TrainingBatch): Promise<ReadonlyMap<number, Activations>> {
    const masks = dropoutFeeds(this.#network, dropoutMasks, labels.length, { to: this.#layers.at(-1)! });
    return this.#run(this.#training, { images, labels }, masks);
  }

  evaluate(batch: Batch): Promise<ReadonlyMap<number, Activations>> {
    return this.#run(this.#evaluation, batch, {});
  }

  async dispose(): Promise<void> {
    await this.#training.release();
    await this.#evaluation.release();
  }

  async #run(session: InferenceSession, { images, labels }: Batch, masks: Readonly<Record<string, Tensor>>) {
    const feeds = { ...imageFeeds(this.#network, images, labels.length), ...masks, ...this.#weights };
    Object.values(this.#outputs.get(labels.length) ?? {}).forEach(giveBack);
    const outputs = await session.run(feeds);
    this.#outputs.set(labels.length, outputs);
    return new Map(this.#layers.map((n) => [n, new OnnxActivations(labels.length, outputs[boundaryOf(n)])]));
  }
}

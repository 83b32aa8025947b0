import { createTrainingBatches } from '../../data/batches.ts';
import type { ImageSet } from '../../data/image-set.ts';
import { loadEngine } from '../../engine/select.ts';
import { Cancelled } from '../../errors.ts';
import { volume } from '../../network/layers/layer.ts';
import { learns, type Network, resolveNetwork } from '../../network/network.ts';
import type { Weights } from '../../network/weights.ts';
import type { Sampled } from './sample.ts';

/** Batches whose gradients are averaged, and the images of one: fewer where the values of all layers don't fit. */
const BATCHES = 3;
const MOST_BATCH = 16;
const BATCH_VALUES = 2e8;
/** So small that steps change no weight: what the optimiser remembers then is the gradient times this. */
const RATE = 2 ** -40;

/** Passes forwards that the gradients take, in images: one for the head, and three for a pass forwards and back. */
export const GRADIENT_PASSES = BATCHES * MOST_BATCH * 4;

interface GradientOptions {
  readonly source: { readonly network: Network; readonly weights: Weights };
  readonly set: ImageSet;
  readonly classes: number;
  readonly images: Sampled;
  readonly mean: Float32Array;
  readonly threads: number;
  readonly signal: AbortSignal;
  /** Called after each batch with its passes forwards, in images. */
  readonly onBatch: (passes: number) => void;
}

/**
 * Auto-RGN: Lee, Chen, Tajwar, Kumar, Yao, Liang and Finn, "Surgical Fine-Tuning Improves Adaptation to Distribution Shifts",
 * ICLR 2023, section 4: for each layer the norm of the gradient over the norm of its weights, here of all parameters of layer n
 * together and averaged over a few batches of the target. It is large where fine-tuning would change most. The classes are
 * new, so the head is the direction of its own first step from zero: differences of class means.
 *
 * @returns by n, of 1..depth - 1; null where layer n has no parameters that learn, or all of them are 0
 */
export async function relativeGradients(options: GradientOptions): Promise<ReadonlyMap<number, number | null>> {
  const { source, classes } = options;
  const { training, ...graph } = source.network.spec;
  const { optimiser: _adam, clipNorm: _clip, labelSmoothing: _smoothing, ...sgd } = training;
  const spec = { ...graph, training: { ...sgd, momentum: 0, weightDecay: 0 } };
  const network = resolveNetwork(spec, classes);
  const head = network.layers.at(-1)!.name;
  const weights = new Map(
    network.parameters.map(({ name, layer, shape, size }) => {
      return [name, layer === head ? { shape, data: new Float32Array(size) } : source.weights.get(name)!];
    }),
  );
  const [first] = await gradients(network, weights, network.depth - 1, 1, options);
  const length = Math.hypot(...[...first].map(([, values]) => norm(values))) || 1;
  for (const [name, values] of first) {
    const { shape } = weights.get(name)!;
    weights.set(name, { shape, data: values.map((value) => -value / length) });
  }
  const each = await gradients(network, weights, 0, BATCHES, options);
  const ratio = (n: number) => {
    const own = network.parameters.filter((parameter) => parameter.n === n && learns(parameter, 0));
    const size = Math.hypot(...own.map(({ name }) => norm(weights.get(name)!.data)));
    const means = each.map((batch) => Math.hypot(...own.map(({ name }) => norm(batch.get(name)!))));
    const value = means.reduce((sum, one) => sum + one, 0) / BATCHES / size;
    return Number.isFinite(value) ? value : null;
  };
  return new Map(network.cuts.map(({ n }) => [n, ratio(n)]));
}

/** Gradients by parameter above the frozen layers, of each batch. */
async function gradients(
  network: Network,
  weights: Weights,
  frozen: number,
  batches: number,
  { set, images: { images, labels }, mean, threads, signal, onBatch }: GradientOptions,
): Promise<ReadonlyMap<string, Float32Array>[]> {
  const values = network.layers.reduce((sum, { output }) => sum + volume(output), 0);
  const batchSize = Math.max(2, Math.min(MOST_BATCH, images.length, Math.floor(BATCH_VALUES / values)));
  const engine = await loadEngine('onnx', { threads });
  const trainer = await engine.compile({ network, batchSize, frozen, threads, weights });
  const made = createTrainingBatches({ set, images, labels, network, batchSize, mean, seed: 'relative gradients' });
  const learning = network.parameters.filter((parameter) => learns(parameter, frozen));
  try {
    const each: ReadonlyMap<string, Float32Array>[] = [];
    for (let step = 0; step < batches; step++) {
      if (signal.aborted) throw new Cancelled();
      await trainer.step(made.batch(step), RATE);
      const remembered = await trainer.momentum();
      each.push(
        new Map(
          learning.map(({ name, multipliers: { learningRate } }) => {
            const { data } = remembered.get(name)!;
            return [name, data.map((value) => value / (RATE * learningRate))];
          }),
        ),
      );
      onBatch((frozen > 0 ? 1 : 3) * MOST_BATCH);
    }
    return each;
  } finally {
    await trainer.dispose();
  }
}

const norm = (values: Float32Array): number => Math.sqrt(values.reduce((sum, value) => sum + value * value, 0));

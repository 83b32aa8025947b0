import { readFileSync, writeFileSync } from 'node:fs';
import { DEAD_LEAVES_CLASSES, deadLeafImage } from '../../src-main/data/dead-leaves/image.ts';
import type { TrainingBatch } from '../../src-main/engine/engine.ts';
import { isChain } from '../../src-main/engine/onnx/layouts.ts';
import { maskShape } from '../../src-main/network/layers/dropout.ts';
import { volume } from '../../src-main/network/layers/layer.ts';
import { CHANNELS, resolveNetwork, type Network, type Shape } from '../../src-main/network/network.ts';
import type { NetworkSpec } from '../../src-main/network/spec.ts';
import { initialWeights, type Weights } from '../../src-main/network/weights.ts';
import { RandomStream } from '../../src-main/random.ts';
import { decodeSafetensors, encodeSafetensors, type Tensor } from '../../src-main/store/safetensors.ts';

/** Half of the twenty classes of a study. */
const CLASSES = 10;
/** Enough that no batch is in the caches of a core from its last turn. */
const BATCHES = 4;
const SEED = 'bench';
const MIDDLE_GREY = 128;

/** What every contestant computes: one network, where its weights start, and the batches that it sees in turn. */
export interface Exercise {
  readonly network: Network;
  readonly weights: Weights;
  readonly batches: readonly TrainingBatch[];
}

/**
 * Writes an exercise as one safetensors file that both sides read: the network's parameters by name, and of batch i
 * `batch.i.images` [N, 3, size, size], `batch.i.labels` [N] and `batch.i.mask.k` [N, ...layer shape], one for each
 * layer k that drops. The metadata holds the network's JSON (`network`), the number of `classes` and `batches`, whether it is a
 * `graph`, and each parameter's `multipliers` of learning rate and decay.
 */
export function writeExercise(file: string, spec: NetworkSpec): Network {
  const network = resolveNetwork(spec, CLASSES);
  const tensors = new Map<string, Tensor>(initialWeights(network, SEED));
  for (let batch = 0; batch < BATCHES; batch++) addBatch(tensors, network, batch);
  const learning = network.parameters.filter(({ kept, role }) => !kept && !role.startsWith('running'));
  const multipliers = learning.map(({ name, multipliers: { learningRate, decay } }) => [name, [learningRate, decay]]);
  const metadata = {
    ...{ network: JSON.stringify(spec), classes: String(CLASSES), batches: String(BATCHES) },
    ...{ graph: isChain(network) ? 'no' : 'yes', multipliers: JSON.stringify(Object.fromEntries(multipliers)) },
  };
  writeFileSync(file, Buffer.concat(encodeSafetensors(tensors, metadata)));
  return network;
}

/** Dead leaves: numbers such as trainings see. On noise a network would have fewer zeros, and more denormals. */
function addBatch(tensors: Map<string, Tensor>, network: Network, number: number): void {
  const { inputSize, training } = network.spec;
  const { batchSize, inputScale } = training;
  const random = new RandomStream(SEED, 'batch', number);
  const labels = Float32Array.from({ length: batchSize }, () => random.integer(CLASSES));
  const images = new Float32Array(batchSize * CHANNELS * inputSize ** 2);
  labels.forEach((label, i) => {
    const classIndex = label % DEAD_LEAVES_CLASSES.length;
    const pixels = deadLeafImage({ seed: 1, classIndex, number: number * batchSize + i, size: inputSize });
    images.set(
      Float32Array.from(pixels, (pixel) => (pixel - MIDDLE_GREY) * inputScale),
      i * pixels.length,
    );
  });
  tensors.set(`batch.${number}.images`, { shape: [batchSize, CHANNELS, inputSize, inputSize], data: images });
  tensors.set(`batch.${number}.labels`, { shape: [batchSize], data: labels });
  for (const [k, { rate, shape }] of masksOf(network).entries()) {
    const mask = Float32Array.from({ length: batchSize * volume(shape) }, () =>
      random.uniform() < rate ? 0 : 1 / (1 - rate),
    );
    tensors.set(`batch.${number}.mask.${k}`, { shape: [batchSize, ...shape], data: mask });
  }
}

/** The layers that drop values, or whole branches. */
const masksOf = ({ layers }: Network): { readonly rate: number; readonly shape: Shape }[] =>
  layers.flatMap((layer) => {
    const shape = maskShape(layer);
    return shape && 'rate' in layer.spec ? [{ rate: layer.spec.rate, shape }] : [];
  });

export function readExercise(file: string): Exercise {
  const { tensors, metadata } = decodeSafetensors(readFileSync(file));
  const network = resolveNetwork(JSON.parse(metadata.network) as NetworkSpec, Number(metadata.classes));
  const weights = new Map(network.parameters.map(({ name }) => [name, tensors.get(name)!]));
  const masks = masksOf(network).length;
  const batches = Array.from({ length: Number(metadata.batches) }, (_, i): TrainingBatch => {
    const data = (name: string) => tensors.get(`batch.${i}.${name}`)!.data;
    return {
      images: data('images'),
      labels: Int32Array.from(data('labels')),
      dropoutMasks: Array.from({ length: masks }, (_, k) => data(`mask.${k}`)),
    };
  });
  return { network, weights, batches };
}

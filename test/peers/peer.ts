import { readdirSync, readFileSync } from 'node:fs';
import { join, parse } from 'node:path';
import { createOnnxEngine } from '../../src-main/engine/onnx/engine.ts';
import { BUILT_IN_NETWORKS } from '../../src-main/network/built-in.ts';
import { resolveNetwork, type Network, type Parameter } from '../../src-main/network/network.ts';
import { networkSchema, type NetworkInput } from '../../src-main/network/spec.ts';
import type { Tensor, Weights } from '../../src-main/network/weights.ts';

/** What PyTorch came to (torch_peer.py), beside the network that it did. */
export interface Peer {
  readonly versions: Readonly<Record<string, string>>;
  readonly classes: number;
  /** What the random images are made from. */
  readonly images: string;
  /** The loss of each step. */
  readonly losses: readonly number[];
  /** Without layers: those of the built-in network of this name. */
  readonly network: NetworkInput;
  /** Of each parameter and running statistic: the norm of its change, the largest of its changes, and some of its values. */
  readonly after: Readonly<
    Record<string, { readonly norm: number; readonly largest: number; readonly values: readonly number[] }>
  >;
}

interface Steps {
  readonly network: Network;
  readonly before: Weights;
  readonly after: Weights;
  readonly losses: readonly number[];
}

const FIXTURES = join(import.meta.dirname, 'fixtures');

/** Those that are kept, by name. */
export const peers = (): [name: string, peer: Peer][] =>
  readdirSync(FIXTURES).map((file) => [
    parse(file).name,
    JSON.parse(readFileSync(join(FIXTURES, file), 'utf8')) as Peer,
  ]);

/** The peer's network, all parameters of which learn and decay alike. */
export function networkOf({ network, classes }: Peer): Network {
  const layers = network.layers.length > 0 ? network.layers : BUILT_IN_NETWORKS.get(network.name)!.layers;
  return resolveNetwork(networkSchema.parse({ ...network, layers: layers.map(alike) }), classes);
}

/** The weights that the peer started from. */
export const weightsOf = ({ parameters }: Network): Weights =>
  new Map(parameters.map((parameter) => [parameter.name, initial(parameter)]));

/** As many steps of the peer's network as it did, from the same weights, on the same images. */
export async function stepsOf(peer: Peer): Promise<Steps> {
  const network = networkOf(peer);
  const { batchSize, learningRate } = network.spec.training;
  const before = weightsOf(network);
  const shape = [batchSize, 3, network.spec.inputSize, network.spec.inputSize];
  const images = initial({ name: peer.images, shape }).data.map((value) => 2 * value);
  const labels = Int32Array.from({ length: batchSize }, (_, i) => i % peer.classes);
  const trainer = await createOnnxEngine().compile({ network, batchSize, frozen: 0, threads: 1, weights: before });
  try {
    const losses = [];
    while (losses.length < peer.losses.length)
      losses.push((await trainer.step({ images, labels, dropoutMasks: [] }, learningRate)).loss);
    return { network, before, after: await trainer.weights(), losses };
  } finally {
    await trainer.dispose();
  }
}

/** PyTorch's optimisers make no difference between weights, biases, norms and tables. */
function alike(layer: NetworkInput['layers'][number]): NetworkInput['layers'][number] {
  const plain = { learningRate: 1, decay: 1 };
  switch (layer.type) {
    case 'block':
      return { ...layer, layers: layer.layers.map(alike) };
    case 'residual':
      return {
        ...layer,
        ...{ branch: layer.branch.map(alike), shortcut: layer.shortcut?.map(alike), after: layer.after?.map(alike) },
      };
    case 'conv':
    case 'dense':
    case 'batch-norm':
    case 'layer-norm':
    case 'group-norm':
      return { ...layer, multipliers: { weight: plain, bias: plain } };
    case 'table':
    case 'relative-position':
      return { ...layer, multipliers: plain };
    default:
      return layer;
  }
}

/** A tensor by its name and shape, with values that values.py computes too. */
export function initial({ name, shape }: Pick<Parameter, 'name' | 'shape'>): Tensor {
  const size = shape.reduce((product, side) => product * side, 1);
  const isWeight = name.endsWith('.weight');
  const isAroundOne = name.endsWith('running_var') || (isWeight && shape.length === 1);
  const scale = isAroundOne ? 0.5 : isWeight ? Math.sqrt(6 / (size / shape[0])) : 0.5;
  const middle = isAroundOne ? 1 : 0;
  return { shape, data: uniform(name, size).map((u) => middle + scale * u) };
}

/** Of each place the fraction -1..1 that a hash of name and place gives: FNV-1a, and the end of MurmurHash3. */
function uniform(name: string, count: number): Float32Array {
  let seed = 2166136261;
  for (const byte of Buffer.from(name)) seed = Math.imul(seed ^ byte, 16777619);
  return Float32Array.from({ length: count }, (_, place) => {
    let h = (seed + Math.imul(place, 0x9e3779b9)) | 0;
    h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
    h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
    h ^= h >>> 16;
    return (h >>> 8) / 2 ** 23 - 1;
  });
}

/** The places of a tensor whose values a peer's file has, at most four, evenly. */
export function samplePlaces(size: number): number[] {
  const samples = Math.min(4, size);
  return Array.from({ length: samples }, (_, k) => Math.floor(((2 * k + 1) * size) / 8));
}

type Numbers = Float32Array | readonly number[];

/** NaN where one of them is. */
export function largestDifference(a: Numbers, b: Numbers): number {
  let largest = 0;
  for (let i = 0; i < a.length; i++) largest = Math.max(largest, Math.abs(a[i] - b[i]));
  return largest;
}

export const norm = (values: Float32Array): number => Math.sqrt(values.reduce((sum, value) => sum + value ** 2, 0));

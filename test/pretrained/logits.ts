import { LayerReader } from '../../src-main/engine/onnx/reader.ts';
import { resolveNetwork } from '../../src-main/network/network.ts';
import type { Weights } from '../../src-main/network/weights.ts';
import type { NetworkOfFile } from '../../src-main/pretrained/network-of-file.ts';

/**
 * What a network makes of images as it reads them [N, 3, size, size]: logits [N, classes], or, of one without a classifier, what
 * a new one would read.
 */
export async function logitsOf(read: NetworkOfFile, images: Float32Array, batch = 16): Promise<Float32Array> {
  const { spec } = read;
  const features = read.classes === 0 ? resolveNetwork(spec, 2).parameters.at(-2)!.shape[1] : 0;
  const network = resolveNetwork(spec, read.classes || features);
  const weights = features === 0 ? read.weights : withIdentity(read.weights, network.layers.at(-1)!.name, features);
  const point = { n: network.depth, place: 'end' } as const;
  const reader = await LayerReader.open({ network, weights, points: [point], batchSize: batch, threads: 2 });
  const values = batch * 3 * spec.inputSize ** 2;
  const parts: number[] = [];
  try {
    for (let from = 0; from < images.length; from += values)
      parts.push(...(await reader.read(images.subarray(from, from + values))).values().next().value!);
  } finally {
    await reader.dispose();
  }
  return Float32Array.from(parts);
}

function withIdentity(weights: Weights, head: string, size: number): Weights {
  const identity = Float32Array.from({ length: size ** 2 }, (_, i) => (i % (size + 1) === 0 ? 1 : 0));
  return new Map([
    ...weights,
    [`${head}.weight`, { shape: [size, size], data: identity }],
    [`${head}.bias`, { shape: [size], data: new Float32Array(size) }],
  ]);
}

/** The largest difference, by the largest of the values that are right. */
export function relativeError(values: Float32Array, right: Float32Array): number {
  if (values.length !== right.length) throw new Error(`${values.length} values in place of ${right.length}`);
  const largest = right.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
  return values.reduce((most, value, i) => Math.max(most, Math.abs(value - right[i])), 0) / largest;
}

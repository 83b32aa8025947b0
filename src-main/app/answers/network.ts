import { readFile, stat } from 'node:fs/promises';
import { basename } from 'node:path';
import type { Resizing } from '../../data/import/decode.ts';
import { messageOf, UserError } from '../../errors.ts';
import { CHANNELS, type Network, resolveNetwork } from '../../network/network.ts';
import { inputScales } from '../../network/spec.ts';
import type { Weights } from '../../network/weights.ts';
import type { NetworkOfFile, Pixels } from '../../pretrained/network-of-file.ts';
import { readNetwork } from '../../pretrained/read-network.ts';
import { inputMean } from '../network-file/mean.ts';
import { readSavedNetwork } from '../network-file/read.ts';
import { finalWeights } from '../network-file/write.ts';
import { readHome } from '../opened-home.ts';
import { labelOf, placeInStudy, storedRun } from '../stored/run.ts';
import { presentImages } from '../stored/study.ts';

/** A trained network with all that it takes to ask it about an image. */
export interface AskedNetwork {
  readonly network: Network;
  readonly weights: Weights;
  /** Subtracted from pixels 0..255, [3, inputSize, inputSize]. */
  readonly mean: Float32Array;
  /** What multiplies them then: red, green, blue. */
  readonly scales: readonly [number, number, number];
  /** Names of the classes, in the order of its outputs. */
  readonly classes: readonly string[];
  /** Pixels that an image's shorter side is resized to, unless it has the input's size; the centre is cut out. */
  readonly imageSize: number;
  readonly kernel?: Resizing['kernel'];
  /** What had to be assumed, a sentence each. */
  readonly notes: readonly string[];
}

/** The network of a finished training. Throws a UserError where its weights, or the images for its mean, are not here. */
export function networkOfRun(path: string, key: string): Promise<AskedNetwork> {
  return readHome(path, async (home) => {
    const run = storedRun(home, key);
    const { identity, network } = run;
    const { training } = network.spec;
    const weights = await finalWeights(home, run, labelOf(key, placeInStudy(home.store, key)));
    const { size } = presentImages(home, identity.data);
    const mean = (await inputMean(home, run))!;
    const { imageSize = size } = training;
    return { network, weights, mean, scales: inputScales(training), classes: identity.classes, imageSize, notes: [] };
  });
}

/** The network of a file: one that this program has saved, or any that can be read as one. Throws a UserError. */
export async function networkOfFile(file: string): Promise<AskedNetwork> {
  const saved = await savedNetwork(file);
  if (saved) return { ...saved, scales: inputScales(saved.network.spec.training), notes: [] };
  return askedOf(await readNetwork(file), basename(file));
}

/** Bytes of a file that this program has saved, at most: larger ones are another's to read, or to refuse. */
const MOST_BYTES = 2 ** 31;

async function savedNetwork(file: string) {
  const found = await stat(file).catch(() => undefined);
  if (!found?.isFile() || found.size >= MOST_BYTES) return undefined;
  const bytes = await readFile(file).catch(() => undefined);
  try {
    return bytes && readSavedNetwork(bytes);
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    throw new UserError(`The network ${basename(file)} can't be used: ${messageOf(error)}.`, {
      usage: true,
      cause: error,
    });
  }
}

function askedOf({ spec, classes, weights, pixels, classNames, notes }: NetworkOfFile, name: string): AskedNetwork {
  if (classes === 0)
    throw new UserError(
      `The network ${name} can't be asked: it has no layer for classes; train one on your images first ("transplant study run --help").`,
      { usage: true },
    );
  const { crop = 1, interpolation, deviation, size } = pixels;
  const [red, green, blue] = deviation;
  return {
    network: resolveNetwork(spec, classes),
    weights,
    mean: planes(pixels.mean, spec.inputSize),
    scales: [1 / red, 1 / green, 1 / blue],
    classes: classNames ?? Array.from({ length: classes }, (_, place) => String(place)),
    imageSize: Math.max(spec.inputSize, Math.floor(size / crop)),
    kernel: interpolation && KERNELS[interpolation],
    notes,
  };
}

const KERNELS = { bilinear: 'linear', bicubic: 'cubic', nearest: 'nearest' } as const satisfies Record<
  NonNullable<Pixels['interpolation']>,
  Resizing['kernel']
>;

/** A value for each channel as an image, [3, size, size]. */
function planes(values: readonly number[], size: number): Float32Array {
  return Float32Array.from({ length: CHANNELS * size ** 2 }, (_, place) => values[Math.floor(place / size ** 2)]);
}

import { readFile, stat } from 'node:fs/promises';
import { basename } from 'node:path';
import { byteSize } from '../../common/numbers.ts';
import { messageOf, UserError } from '../../errors.ts';
import type { Network } from '../../network/network.ts';
import type { Weights } from '../../network/weights.ts';
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
  /** Subtracted from pixels 0..255 before `inputScales` multiply, [3, inputSize, inputSize]. */
  readonly mean: Float32Array;
  /** Names of the classes, in the order of its outputs. */
  readonly classes: readonly string[];
  /** Pixels that an image's shorter side is resized to, unless it has the input's size; the centre is cut out. */
  readonly imageSize: number;
}

/** The network of a finished training. Throws a UserError where its weights, or the images for its mean, are not here. */
export function networkOfRun(path: string, key: string): Promise<AskedNetwork> {
  return readHome(path, async (home) => {
    const run = storedRun(home, key);
    const { identity, network } = run;
    const weights = await finalWeights(home, run, labelOf(key, placeInStudy(home.store, key)));
    const { size } = presentImages(home, identity.data);
    const mean = (await inputMean(home, run))!;
    const { imageSize = size } = network.spec.training;
    return { network, weights, mean, classes: identity.classes, imageSize };
  });
}

/** The limit of file sizes; Protocol Buffers, and so an ONNX model in one file, have the same. */
const MOST_BYTES = 2 ** 31;

/** The network of a file that this program has saved. Throws a UserError that names the file. */
export async function networkOfFile(file: string): Promise<AskedNetwork> {
  const found = await stat(file).catch((error: NodeJS.ErrnoException) => {
    throw unusable(file, `it can't be read (${error.code})`, error);
  });
  if (!found.isFile()) throw unusable(file, 'it is not a regular file');
  if (found.size >= MOST_BYTES)
    throw unusable(file, `it has ${byteSize(found.size)}, more than the limit of ${byteSize(MOST_BYTES)}`);
  try {
    const saved = readSavedNetwork(await readFile(file));
    if (saved) return saved;
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    throw unusable(file, messageOf(error), error);
  }
  throw unusable(file, 'it is not a network that Transplant has saved');
}

const unusable = (file: string, why: string, cause?: unknown): UserError =>
  new UserError(`The network ${basename(file)} can't be used: ${why}.`, { usage: true, cause });

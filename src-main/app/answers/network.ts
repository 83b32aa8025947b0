import { readFile, stat } from 'node:fs/promises';
import { basename } from 'node:path';
import type { Square } from '../../data/import/decode.ts';
import { channelMeans } from '../../data/mean-image.ts';
import { messageOf, UserError } from '../../errors.ts';
import { type Network, resolveNetwork } from '../../network/network.ts';
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
  readonly kernel?: Square['kernel'];
  /** What had to be assumed, a sentence each. */
  readonly notes: readonly string[];
}

interface NetworkOptions {
  /** Whether a file without a layer for classes will do, of which then only layers below are read. */
  readonly headless?: boolean;
}

/** What a task is asked about: a training of a home, by its key, or a file. */
export const networkNamed = (
  named: { readonly home: string; readonly run: string } | { readonly file: string },
  options: NetworkOptions = {},
): Promise<AskedNetwork> =>
  'file' in named ? networkOfFile(named.file, options) : networkOfRun(named.home, named.run);

/** The network of a finished training. Throws a UserError where its weights, or the images for its mean, are not here. */
function networkOfRun(path: string, key: string): Promise<AskedNetwork> {
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
async function networkOfFile(file: string, { headless = false }: NetworkOptions): Promise<AskedNetwork> {
  const saved = await savedNetwork(file);
  if (saved) return { ...saved, scales: inputScales(saved.network.spec.training), notes: [] };
  const read = await readNetwork(file);
  if (read.classes === 0 && !headless)
    throw new UserError(
      `The network ${basename(file)} can't be asked: it has no layer for classes; train one on your images first ("transplant study run --help").`,
      { usage: true },
    );
  return askedOf(read);
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

function askedOf({
  spec: { training, ...graph },
  classes,
  weights,
  pixels,
  classNames,
  notes,
}: NetworkOfFile): AskedNetwork {
  const { crop = 1, interpolation, mean, deviation, size } = pixels;
  const imageSize = Math.max(graph.inputSize, Math.floor(size / crop));
  const spec = { ...graph, training: { ...training, pixels: { mean, deviation }, imageSize } };
  return {
    network: resolveNetwork(spec, classes || 2),
    weights,
    mean: channelMeans(spec, spec.inputSize)!,
    scales: inputScales(spec.training),
    classes: classNames ? distinct(classNames) : Array.from({ length: classes }, (_, place) => String(place)),
    imageSize,
    kernel: interpolation && KERNELS[interpolation],
    notes,
  };
}

/** ImageNet has two classes `crane`: a name that was there before gets the number of its output beside it. */
const distinct = (names: readonly string[]): string[] =>
  names.map((name, place) => (names.indexOf(name) === place ? name : `${name} (${place})`));

const KERNELS = { bilinear: 'linear', bicubic: 'cubic', nearest: 'nearest' } as const satisfies Record<
  NonNullable<Pixels['interpolation']>,
  Square['kernel']
>;

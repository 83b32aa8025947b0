import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { MOST_FILE_BYTES } from '../../data/import/class-folders.ts';
import { decoders } from '../../data/import/decoders.ts';
import { mapOrdered } from '../../data/import/importer.ts';
import { readWhole } from '../../data/import/read.ts';
import { UnusableFile } from '../../data/import/source.ts';
import { LayerReader } from '../../engine/onnx/reader.ts';
import { Cancelled } from '../../errors.ts';
import { CHANNELS } from '../../network/network.ts';
import type { Features } from '../../predictors/features.ts';
import { softmax } from '../../predictors/leep.ts';
import type { AskedNetwork } from './network.ts';

/** What a network says of an image. */
export interface Answered {
  readonly file: string;
  /** One for each class, in their order; they add up to 1. */
  readonly probabilities: Features['values'];
}

/** An image that can't be decoded, with a clause that says why. */
export interface Unanswered {
  readonly file: string;
  readonly reason: string;
}

export interface Answers {
  readonly classes: readonly string[];
  /** In the order of the images. */
  readonly answers: readonly Answered[];
  readonly problems: readonly Unanswered[];
  /** What had to be assumed of the network, a sentence each. */
  readonly notes: readonly string[];
}

interface AskWatch {
  readonly signal: AbortSignal;
  /** Called with the number of images that are done. */
  readonly onProgress: (done: number) => void;
}

/** An image as the network reads it, [3, inputSize, inputSize]. */
interface Prepared {
  readonly file: string;
  readonly values: Float32Array;
}

const BATCH = 32;

/**
 * Asks a network about images. Their pixels are prepared as in evaluation (data/batches.ts): the shorter side resized, the
 * centre cut out, less the mean, scaled; an image of the input's own size is taken as it is. Images that can't be decoded are
 * left out. Throws Cancelled.
 */
export async function askNetwork(
  asked: AskedNetwork,
  images: readonly string[],
  threads: number,
  { signal, onProgress }: AskWatch,
): Promise<Answers> {
  const { network, weights, classes, notes } = asked;
  const point = { n: network.depth, place: 'end' } as const;
  const reader = await LayerReader.open({ network, weights, points: [point], batchSize: BATCH, threads });
  const answers: Answered[] = [];
  const problems: Unanswered[] = [];
  let batch: Prepared[] = [];
  let done = 0;
  const flush = async () => {
    if (batch.length === 0) return;
    const [first] = batch;
    const values = new Float32Array(batch.length * first.values.length);
    batch.forEach((one, place) => values.set(one.values, place * first.values.length));
    const [logits] = (await reader.read(values)).values();
    const { columns, values: shares } = softmax({
      rows: batch.length,
      columns: classes.length,
      values: Float64Array.from(logits),
    });
    for (const [row, { file }] of batch.entries()) {
      const probabilities = shares.slice(row * columns, (row + 1) * columns);
      if (probabilities.every(Number.isFinite)) answers.push({ file, probabilities });
      else problems.push({ file, reason: 'the network has no answer, because its values are not numbers' });
    }
    batch = [];
  };
  try {
    for await (const image of mapOrdered(streamOf(images), (one) => prepared(one, asked, signal))) {
      if (signal.aborted) throw new Cancelled();
      if ('reason' in image) problems.push(image);
      else if (batch.push(image) === BATCH) await flush();
      onProgress(++done);
    }
    await flush();
  } finally {
    await reader.dispose();
  }
  return { classes, answers, problems, notes };
}

async function* streamOf<T>(items: readonly T[]): AsyncGenerator<T> {
  yield* items;
}

async function prepared(file: string, asked: AskedNetwork, signal: AbortSignal): Promise<Prepared | Unanswered> {
  const { imageSize, kernel, network } = asked;
  const { inputSize } = network.spec;
  try {
    const bytes = await contentOf(file);
    const { pixels } = await decoders.decode(bytes, { size: imageSize, kept: inputSize, kernel }, signal);
    return { file, values: inputOf(pixels, asked) };
  } catch (error) {
    if (error instanceof UnusableFile) return { file, reason: error.message };
    throw error;
  }
}

async function contentOf(path: string): Promise<Buffer> {
  try {
    const found = await stat(path);
    if (!found.isFile()) throw new UnusableFile('not a regular file');
    const content = () => createReadStream(path) as AsyncIterable<Buffer>;
    return await readWhole({ path, bytes: found.size, content }, MOST_FILE_BYTES);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw code === undefined ? error : new UnusableFile(`can't be read (${code})`);
  }
}

/** The centre of [3, size, size] pixels as the network reads it, [3, inputSize, inputSize]. */
export function inputOf(pixels: Uint8Array, { network: { spec }, mean, scales }: AskedNetwork): Float32Array {
  const { inputSize } = spec;
  const size = Math.sqrt(pixels.length / CHANNELS);
  const margin = Math.floor((size - inputSize) / 2);
  const values = new Float32Array(CHANNELS * inputSize ** 2);
  let to = 0;
  for (let channel = 0; channel < CHANNELS; channel++)
    for (let row = 0; row < inputSize; row++) {
      let from = (channel * size + margin + row) * size + margin;
      for (let column = 0; column < inputSize; column++, to++, from++)
        values[to] = Math.fround(pixels[from] - mean[to]) * scales[channel];
    }
  return values;
}

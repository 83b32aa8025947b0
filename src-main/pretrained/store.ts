import { randomUUID } from 'node:crypto';
import { mkdir, readFile, rename, rm, stat } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { byteSize } from '../common/numbers.ts';
import { UserError } from '../errors.ts';
import { resolveNetwork } from '../network/network.ts';
import type { NetworkSpec } from '../network/spec.ts';
import type { Weights } from '../network/weights.ts';
import { writeCheckpoint } from '../store/checkpoints.ts';
import type { Pretrained } from '../common/protocol-parts.ts';
import { fittingLayers } from './fit.ts';
import { pretrainedFile, pretrainedFolder } from './kept.ts';
import { onnxLayers } from './onnx.ts';
import { looksLikeSafetensors, safetensorsLayers } from './safetensors.ts';

/** The limit of file sizes; Protocol Buffers, and so an ONNX model in one file, have the same. */
const MOST_BYTES = 2 ** 31;

/**
 * Copies the first layers of a pretrained network from a safetensors or ONNX file into the home, as a checkpoint
 * under the network's own names. The hash of its content is its name, so the same weights give the same file,
 * whatever they came from. Throws a UserError, one sentence that names the file.
 */
export async function keepPretrained(file: string, spec: NetworkSpec, home: string): Promise<Pretrained> {
  const network = resolveNetwork(spec, 2);
  const bytes = await bytesOf(file);
  let fitting;
  try {
    fitting = fittingLayers(looksLikeSafetensors(bytes) ? safetensorsLayers(bytes) : onnxLayers(bytes), network);
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    throw unusable(file, error.message);
  }
  const { layers, weights } = fitting;
  const momentum = new Map([...weights].map(([name, { shape, data }]) => [name, { shape, data: data.map(() => 0) }]));
  return { sha256: await keepWeights(home, weights, momentum), name: basename(file).slice(0, 200), layers };
}

/** Writes weights into the home as a checkpoint of step 0, and returns the hash of its content, which is its name. */
export async function keepWeights(home: string, weights: Weights, momentum: Weights = new Map()): Promise<string> {
  const unfinished = join(pretrainedFolder(home), `.${randomUUID()}`);
  try {
    await mkdir(unfinished, { recursive: true });
    const { file, sha256 } = await writeCheckpoint(unfinished, 0, { weights, momentum, metadata: {} });
    await rename(file, pretrainedFile(home, sha256));
    return sha256;
  } finally {
    await rm(unfinished, { recursive: true, force: true });
  }
}

async function bytesOf(file: string): Promise<Buffer> {
  try {
    const found = await stat(file);
    if (!found.isFile()) throw unusable(file, 'it is not a regular file');
    const { size } = found;
    if (size >= MOST_BYTES)
      throw unusable(file, `it has ${byteSize(size)}, more than the limit of ${byteSize(MOST_BYTES)}`);
    return await readFile(file);
  } catch (error) {
    if (error instanceof UserError) throw error;
    const { code } = error as NodeJS.ErrnoException;
    throw unusable(file, code === 'ENOENT' ? 'there is no such file' : `it can't be read (${code})`, error);
  }
}

const unusable = (file: string, why: string, cause?: unknown): UserError =>
  new UserError(`The pretrained file ${basename(file)} can't be used: ${why}. Choose another file, or leave it out.`, {
    usage: true,
    cause,
  });

import type { Stats } from 'node:fs';
import { readFile, stat } from 'node:fs/promises';
import { basename, dirname, join, parse } from 'node:path';
import { byteSize } from '../common/numbers.ts';
import { UserError } from '../errors.ts';
import { networkOfTensors } from './families/recognise.ts';
import { describedIn, hintsOf, weightsIn, withDescription } from './hugging-face.ts';
import type { NetworkOfFile } from './network-of-file.ts';
import { looksLikeOnnx } from './onnx/model.ts';
import { onnxNetwork } from './onnx/onnx.ts';
import { looksLikePytorch, tensorsOfPytorch } from './pytorch/pytorch.ts';
import { looksLikeSafetensors, tensorsOfSafetensors } from './safetensors.ts';
import { refuseTensorflow } from './tensorflow.ts';
import type { StateDict } from './tensors.ts';

export interface ReadOptions {
  /** Rows and columns that its images are to have; absent: as the file or its family has them. */
  readonly size?: number;
}

interface Opened extends ReadOptions {
  readonly folder: string;
  readonly file: string;
  /** The file's name without its ending. */
  readonly name: string;
  readonly bytes: Buffer;
}

/** A format: what its files begin with, and how they are read. `read` throws UserErrors, one clause each. */
interface Format {
  readonly isOf: (bytes: Buffer) => boolean;
  readonly read: (file: Opened) => NetworkOfFile | Promise<NetworkOfFile>;
}

const FORMATS: readonly Format[] = [
  { isOf: looksLikeSafetensors, read: (file) => named(file, tensorsOfSafetensors(file.bytes)) },
  { isOf: looksLikePytorch, read: async (file) => named(file, await tensorsOfPytorch(file.bytes)) },
  { isOf: looksLikeOnnx, read: ({ bytes, ...options }) => onnxNetwork(bytes, options) },
];

/** A file of tensors by names, with what Hugging Face's hub has beside it. */
async function named({ folder, file, name, size }: Opened, tensors: StateDict): Promise<NetworkOfFile> {
  const described = await describedIn(folder, file);
  if (!described) return networkOfTensors(tensors, { name, size });
  const hints = { name, ...hintsOf(described), ...(size !== undefined && { size }) };
  return withDescription(networkOfTensors(tensors, hints), described);
}

/** The limit of file sizes; Protocol Buffers, and so an ONNX model in one file, have the same. */
const MOST_BYTES = 2 ** 31;

/**
 * The network of a file, whatever its name ends with, or of a folder of Hugging Face's hub. It is read as data, never run.
 * Throws a UserError, one sentence that names the file.
 */
export async function readNetwork(path: string, options: ReadOptions = {}): Promise<NetworkOfFile> {
  try {
    const isFolder = (await found(path)).isDirectory();
    const file = isFolder ? await weightsIn(path) : basename(path);
    const folder = isFolder ? path : dirname(path);
    const bytes = await bytesOf(join(folder, file));
    // Keras's zip looks like PyTorch's; an ONNX model may be called anything.
    if (!looksLikeOnnx(bytes)) refuseTensorflow(bytes, file);
    const format = FORMATS.find(({ isOf }) => isOf(bytes));
    if (!format) throw new UserError('it is not of a format that holds networks: ONNX, safetensors or PyTorch');
    return await format.read({ ...options, folder, file, name: parse(file).name, bytes });
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    throw new UserError(`${basename(path)} can't be read as a network: ${error.message}.`, {
      usage: true,
      cause: error,
    });
  }
}

async function found(path: string): Promise<Stats> {
  try {
    return await stat(path);
  } catch (cause) {
    throw unreadable(cause);
  }
}

async function bytesOf(file: string): Promise<Buffer> {
  const stats = await found(file);
  if (!stats.isFile()) throw new UserError('it is not a regular file');
  if (stats.size >= MOST_BYTES)
    throw new UserError(`it has ${byteSize(stats.size)}, more than the limit of ${byteSize(MOST_BYTES)}`);
  try {
    return await readFile(file);
  } catch (cause) {
    throw unreadable(cause);
  }
}

function unreadable(cause: unknown): UserError {
  const { code } = cause as NodeJS.ErrnoException;
  return new UserError(code === 'ENOENT' ? 'there is no such file' : `it can't be read (${code})`, { cause });
}

import { readFile, stat } from 'node:fs/promises';
import { basename } from 'node:path';
import { byteSize } from '../common/numbers.ts';
import { UserError } from '../errors.ts';
import { networkOfTensors } from './families/recognise.ts';
import type { NetworkOfFile } from './network-of-file.ts';
import { looksLikePytorch, tensorsOfPytorch } from './pytorch/pytorch.ts';
import { looksLikeSafetensors, tensorsOfSafetensors } from './safetensors.ts';

export interface ReadOptions {
  /** Rows and columns that its images are to have; absent: as the file or its family has them. */
  readonly size?: number;
}

interface Opened extends ReadOptions {
  readonly path: string;
  /** The file's name without ending. */
  readonly name: string;
  readonly bytes: Buffer;
}

/** A format: what its files begin with, and how they are read. `read` throws UserErrors, one clause each. */
interface Format {
  readonly isOf: (bytes: Buffer) => boolean;
  readonly read: (file: Opened) => NetworkOfFile | Promise<NetworkOfFile>;
}

const FORMATS: readonly Format[] = [
  { isOf: looksLikeSafetensors, read: (file) => networkOfTensors(tensorsOfSafetensors(file.bytes), file) },
  { isOf: looksLikePytorch, read: async (file) => networkOfTensors(await tensorsOfPytorch(file.bytes), file) },
];

/** The limit of file sizes; Protocol Buffers, and so an ONNX model in one file, have the same. */
const MOST_BYTES = 2 ** 31;

/**
 * The network of a file, whatever its name ends with. It is read as data, never run. Throws a UserError, one sentence that
 * names the file.
 */
export async function readNetwork(path: string, options: ReadOptions = {}): Promise<NetworkOfFile> {
  const name = basename(path);
  try {
    const bytes = await bytesOf(path);
    const format = FORMATS.find(({ isOf }) => isOf(bytes));
    if (!format) throw new UserError('it is not of a format that holds networks: ONNX, safetensors or PyTorch');
    return await format.read({ ...options, path, name: name.replace(/\.[^.]*$/, ''), bytes });
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    throw new UserError(`${name} can't be read as a network: ${error.message}.`, { usage: true, cause: error });
  }
}

async function bytesOf(path: string): Promise<Buffer> {
  try {
    const found = await stat(path);
    if (!found.isFile()) throw new UserError('it is not a regular file');
    if (found.size >= MOST_BYTES)
      throw new UserError(`it has ${byteSize(found.size)}, more than the limit of ${byteSize(MOST_BYTES)}`);
    return await readFile(path);
  } catch (error) {
    if (error instanceof UserError) throw error;
    const { code } = error as NodeJS.ErrnoException;
    throw new UserError(code === 'ENOENT' ? 'there is no such file' : `it can't be read (${code})`, { cause: error });
  }
}

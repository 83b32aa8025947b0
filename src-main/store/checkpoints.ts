import { createHash, type Hash } from 'node:crypto';
import { statSync } from 'node:fs';
import { type FileHandle, mkdir, open, readdir, readFile, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { messageOf, UserError } from '../errors.ts';
import { executable } from '../process/executable.ts';
import { decodeSafetensors, encodeSafetensors, type Tensor } from './safetensors.ts';
import { fileHash } from '../process/file-hash.ts';

/** Everything that a training needs to go on; a transplant copies its layers from it. */
export interface Checkpoint {
  /** Tensors by parameter name, in the order of the network's parameters. */
  readonly weights: ReadonlyMap<string, Tensor>;
  readonly momentum: ReadonlyMap<string, Tensor>;
  readonly metadata: Readonly<Record<string, string>>;
}

type NamedShape = Pick<Tensor, 'shape'> & { readonly name: string };

/** What is read from a checkpoint: parameters of a network, and what its optimiser remembers; absent: nothing of that. */
export interface WantedParameters {
  readonly parameters: readonly NamedShape[];
  readonly moments?: readonly NamedShape[];
}

export interface WrittenCheckpoint {
  readonly file: string;
  readonly sha256: string;
  readonly bytes: number;
}

const MOMENTUM = 'momentum/';
const UNFINISHED = '.part';
/** So many bytes are hashed while they are being written. */
const PIECE_BYTES = 16 * 2 ** 20;
const NO_ROOM = new Set(['ENOSPC', 'EDQUOT', 'EFBIG']);

/**
 * Writes `<folder>/step-<step>.safetensors`. The file appears under that name complete and on the disk, or not at all.
 * The same content gives the same bytes. Writing takes hardly any memory beyond that of the content. Throws a UserError
 * that names the folder if it can't be written.
 */
export async function writeCheckpoint(
  folder: string,
  step: number,
  { weights, momentum, metadata }: Checkpoint,
): Promise<WrittenCheckpoint> {
  const tensors = new Map(weights);
  for (const [name, tensor] of momentum) tensors.set(MOMENTUM + name, tensor);
  const content = encodeSafetensors(tensors, { ...metadata, step: String(step) });
  const file = join(folder, `step-${step}.safetensors`);
  try {
    await makeRunFolder(folder);
    const sha256 = await writeWhole(folder, file, content);
    return { file, sha256, bytes: content.reduce((sum, { length }) => sum + length, 0) };
  } catch (error) {
    throw writeError(folder, error);
  }
}

/** Also behind a link, as the folder of all checkpoints may be on another drive. */
const isFolder = (path: string): boolean => statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false;

/** Makes the folder, but none above it: a home folder that was moved away is not begun anew at its old place. */
async function makeRunFolder(folder: string): Promise<void> {
  try {
    await mkdir(folder);
  } catch (error) {
    if (!isFolder(folder)) throw error;
  }
}

/** Writes the file complete or not at all, and returns the SHA-256 of the content. */
async function writeWhole(folder: string, file: string, content: readonly Uint8Array[]): Promise<string> {
  const hash = createHash('sha256');
  const unfinished = `${file}.${process.pid}${UNFINISHED}`;
  try {
    const handle = await open(unfinished, 'w');
    try {
      for (const part of content) await writeHashed(handle, part, hash);
      await handle.sync();
    } finally {
      await handle.close();
    }
    await rename(unfinished, file);
  } catch (error) {
    await rm(unfinished, { force: true });
    throw error;
  }
  // Syncing the folder puts the rename on the disk. Windows can't open folders, and journals renames itself.
  if (process.platform !== 'win32') {
    const handle = await open(folder, 'r');
    try {
      await handle.sync();
    } finally {
      await handle.close();
    }
  }
  return hash.digest('hex');
}

async function writeHashed(handle: FileHandle, bytes: Uint8Array, hash: Hash): Promise<void> {
  for (let start = 0; start < bytes.length; start += PIECE_BYTES) {
    const piece = bytes.subarray(start, start + PIECE_BYTES);
    const written = handle.writeFile(piece);
    hash.update(piece);
    await written;
  }
}

/** A UserError for what the file system reports; other errors are returned as they are. */
function writeError(folder: string, cause: unknown): unknown {
  const code = (cause as NodeJS.ErrnoException).code;
  if (code === undefined) return cause;
  if (NO_ROOM.has(code))
    return new UserError(`There is no space for a checkpoint in ${folder}: free some, or choose another home folder.`, {
      cause,
    });
  if (code === 'ENOENT')
    return new UserError(
      `Can't write a checkpoint in ${folder}, because the folder above it is gone: put it back, or choose another home folder.`,
      { cause },
    );
  return new UserError(
    `Can't write a checkpoint in ${folder} (${code}): make the folder writable, or choose another home folder.`,
    { cause },
  );
}

/** Removes the files of processes that were killed while writing. No other process may be writing there meanwhile. */
export async function removeUnfinishedCheckpoints(folder: string): Promise<void> {
  try {
    for (const name of await readdir(folder)) if (name.endsWith(UNFINISHED)) await rm(join(folder, name));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw writeError(folder, error);
  }
}

/**
 * Reads the step and the wanted parameters of a checkpoint: all those of a network to resume it, or its first layers to
 * transplant them. Which are wanted may depend on the step. The file is checked against its hash, the tensors against
 * their shapes, and every weight must be a finite number. Throws a UserError that names the file.
 */
export async function readCheckpoint(
  { file, sha256 }: { readonly file: string; readonly sha256: string },
  wanted: WantedParameters | ((step: number) => WantedParameters),
): Promise<Checkpoint & { readonly step: number }> {
  const bytes = await readFile(file).catch((error: NodeJS.ErrnoException) => {
    const what = error.code === 'ENOENT' ? 'is missing' : `can't be read (${error.code})`;
    throw new UserError(`The checkpoint ${file} ${what}. Restore it, or train its run again.`, { cause: error });
  });
  if (createHash('sha256').update(bytes).digest('hex') !== sha256)
    throw damagedCheckpoint(file, 'its content does not have the SHA-256 that was stored');
  try {
    const { tensors, metadata } = decodeSafetensors(bytes);
    const step = Number(metadata.step);
    if (!Number.isSafeInteger(step)) throw new UserError('it does not name its step');
    const all = typeof wanted === 'function' ? wanted(step) : wanted;
    const weights = select(tensors, '', all.parameters);
    refuseNotFinite(weights);
    return { step, weights, momentum: select(tensors, MOMENTUM, all.moments ?? []), metadata };
  } catch (error) {
    throw error instanceof UserError ? damagedCheckpoint(file, messageOf(error)) : error;
  }
}

/** Whether a file has the bytes of this hash; not so where it is missing or can't be read. */
export async function isIntact({ file, sha256 }: { readonly file: string; readonly sha256: string }): Promise<boolean> {
  return (await fileHash(file).catch(() => undefined)) === sha256;
}

function select(
  tensors: ReadonlyMap<string, Tensor>,
  prefix: string,
  wanted: readonly NamedShape[],
): Map<string, Tensor> {
  return new Map(
    wanted.map(({ name, shape }) => {
      const tensor = tensors.get(prefix + name);
      if (!tensor) throw new UserError(`the tensor ${prefix + name} is missing`);
      const [found, expected] = [tensor.shape.join('x'), shape.join('x')];
      if (found !== expected) throw new UserError(`${prefix + name} has the shape ${found} instead of ${expected}`);
      return [name, tensor] as const;
    }),
  );
}

/**
 * Refuses weights that are not finite. No training writes such a checkpoint, nothing can be computed from it, and a
 * training that began with it would fail with advice about its settings.
 */
function refuseNotFinite(weights: ReadonlyMap<string, Tensor>): void {
  const name = nonFiniteTensor(weights);
  if (name !== undefined) throw new UserError(`${name} has weights that are not numbers`);
}

/** The name of the first tensor with a value that is not a finite number; undefined if there is none. */
export function nonFiniteTensor(weights: ReadonlyMap<string, Tensor>): string | undefined {
  return [...weights].find(([, { data }]) => !allFinite(data))?.[0];
}

/** Millions of weights, which `every` would take ten times as long for. */
function allFinite(values: Float32Array): boolean {
  for (let place = 0; place < values.length; place++) if (!Number.isFinite(values[place])) return false;
  return true;
}

const damagedCheckpoint = (file: string, why: string): UserError =>
  new UserError(`The checkpoint ${file} is damaged or of another network: ${why}. Delete it and train its run again.`);

/** What the thread is given to write (checkpoint-thread.ts). */
export interface CheckpointOrder {
  readonly folder: string;
  readonly step: number;
  readonly content: Checkpoint;
}

export type CheckpointReply = { readonly written: WrittenCheckpoint } | { readonly refusal: string };

/**
 * Does what writeCheckpoint does, but in a thread of its own, so that this one can go on computing. The content is
 * moved to that thread: its arrays are empty afterwards. Rejects with a UserError where writeCheckpoint would.
 */
export function writeCheckpointInBackground(
  folder: string,
  step: number,
  content: Checkpoint,
): Promise<WrittenCheckpoint> {
  const workerData: CheckpointOrder = { folder, step, content };
  const tensors = [...content.weights.values(), ...content.momentum.values()];
  const transferList = tensors.map(({ data }) => data.buffer as ArrayBuffer);
  const { promise, resolve, reject } = Promise.withResolvers<WrittenCheckpoint>();
  new Worker(executable('checkpoint').entry, { workerData, transferList })
    .once('message', (reply: CheckpointReply) => {
      if ('written' in reply) resolve(reply.written);
      else reject(new UserError(reply.refusal));
    })
    .once('error', reject)
    .once('exit', (code) => reject(new Error(`The thread that writes a checkpoint ended with code ${code}.`)));
  return promise;
}

import { Worker } from 'node:worker_threads';
import { UserError } from '../errors.ts';
import { executable } from '../process/executable.ts';
import type { Checkpoint, WrittenCheckpoint } from './checkpoints.ts';

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

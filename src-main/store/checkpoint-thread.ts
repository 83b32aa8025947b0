import { parentPort, workerData } from 'node:worker_threads';
import { UserError } from '../errors.ts';
import { type CheckpointOrder, type CheckpointReply, writeCheckpoint } from './checkpoints.ts';

/** The thread that writes one checkpoint, reports how it went, and ends. */
const { folder, step, content } = workerData as CheckpointOrder;
const reply = await writeCheckpoint(folder, step, content).then(
  (written): CheckpointReply => ({ written }),
  (error: unknown): CheckpointReply => {
    // An error loses its class on its way to another thread, so the message of a UserError is sent instead.
    if (error instanceof UserError) return { refusal: error.message };
    throw error;
  },
);
parentPort!.postMessage(reply);

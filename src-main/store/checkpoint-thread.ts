import { parentPort, workerData } from 'node:worker_threads';
import { UserError } from '../errors.ts';
import type { CheckpointOrder, CheckpointReply } from './background-checkpoint.ts';
import { writeCheckpoint } from './checkpoints.ts';

/** A thread that writes one checkpoint, says how it went, and ends. */
const { folder, step, content } = workerData as CheckpointOrder;
const reply = await writeCheckpoint(folder, step, content).then(
  (written): CheckpointReply => ({ written }),
  (error: unknown): CheckpointReply => {
    // On its way to another thread an error forgets of which class it is.
    if (error instanceof UserError) return { refusal: error.message };
    throw error;
  },
);
parentPort!.postMessage(reply);

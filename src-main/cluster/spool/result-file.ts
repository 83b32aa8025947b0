import { z } from 'zod';
import { bytesSchema, hashSchema, keySchema } from './layout.ts';

export const RESULT_FORMAT = 'transplant result 1';

const text = z.string().max(300);
/** Where a training was done. */
export const placeSchema = z
  .object({
    node: text,
    /** Model of the processor. */
    processor: text,
    /** With its version. */
    engine: text,
    threads: z.int().positive().max(100_000),
    /** Slurm's number of the job; null outside of Slurm. */
    job: text.nullable(),
    /** Seconds on the node, over all processes, waiting for files included. For several trainings of one job equal shares. */
    nodeSeconds: z.number().nonnegative(),
  })
  .readonly();
export type Place = z.infer<typeof placeSchema>;

const inStart = (name: string) => z.string().regex(new RegExp(`^start-\\d{1,6}/${name}$`));
const resultFields = {
  format: z.literal(RESULT_FORMAT),
  run: keySchema,
  attempt: z.int().positive(),
  place: placeSchema,
};

/** How a training ended. Nothing else of it counts before this file is there. */
export const resultSchema = z.discriminatedUnion('status', [
  z
    .strictObject({
      ...resultFields,
      status: z.literal('finished'),
      curve: z.strictObject({ file: inStart('curve\\.jsonl'), sha256: hashSchema, bytes: bytesSchema }),
      checkpoint: z.strictObject({
        file: inStart('step-\\d{1,15}\\.safetensors'),
        /** 0 of a file's network that is tested as it comes. */
        step: z.int().nonnegative(),
        sha256: hashSchema,
        bytes: bytesSchema,
      }),
      evaluation: z.strictObject({
        loss: z.number(),
        correct: z.int().nonnegative(),
        total: z.int().positive(),
      }),
    })
    .readonly(),
  /** The training itself can't go on: to try again would end the same. */
  z.strictObject({ ...resultFields, status: z.literal('failed'), reason: z.string().max(10_000) }).readonly(),
]);
export type Result = z.infer<typeof resultSchema>;

/** Where a training stands; for display, and for the costs of processes that were killed. */
export const stateSchema = z
  .strictObject({
    step: z.int().nonnegative(),
    loss: z.number().nullable(),
    accuracy: z.number().nullable(),
    learningRate: z.number().nullable(),
    imagesPerSecond: z.number().nullable(),
    node: text,
    job: text.nullable(),
    /** Seconds since the process began, by a clock that only goes forwards. */
    elapsed: z.number().nonnegative(),
  })
  .readonly();
export type State = z.infer<typeof stateSchema>;

import { z } from 'zod';

const text = z.string().max(1000);
/** What a job of seconds has found on its node. */
export const foundSchema = z
  .strictObject({
    node: text,
    processor: text,
    cores: z.int().positive(),
    nodeVersion: text,
    /** With its version; null where it can't be used. */
    engine: text.nullable(),
    engineProblem: text.nullable(),
    gpus: z.array(text).max(64).readonly(),
  })
  .readonly();
export type Found = z.infer<typeof foundSchema>;

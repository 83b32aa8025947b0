import { z } from 'zod';
import { ENGINE_NAMES } from '../../common/choices.ts';
import { headSchema, portableJobFields, randomSourceSchema } from '../../engine/trainer/job.ts';
import { bytesSchema, hashedSchema, hashSchema, keySchema } from './layout.ts';

export const JOB_FORMAT = 'transplant job 1';

/** Names of a packed set's files (data/packed/format.ts): plain ones, so that none lies elsewhere. */
const imageFileSchema = z
  .strictObject({
    name: z.string().regex(/^[a-z][a-z0-9-]{0,40}\.(json|bin)$/),
    sha256: hashSchema,
    bytes: bytesSchema,
  })
  .readonly();

const imagesSchema = z.strictObject({ files: z.array(imageFileSchema).min(1).max(100_000).readonly() }).readonly();
export type ImageFiles = z.infer<typeof imagesSchema>;

const n = z.int().positive();
/** The network whose layers 1..n are copied: a blob with its weights, or the random one of a seed. */
const transplantSchema = z.union([
  z.strictObject({ n, weights: hashedSchema, head: headSchema.optional() }).readonly(),
  randomSourceSchema,
]);

/** A training of a job. What it is made from is named by its hash, so that no job can name a file elsewhere. */
const jobTrainingSchema = portableJobFields
  .extend({ run: keySchema, attempt: z.int().positive().max(999_999), transplant: transplantSchema.optional() })
  .readonly();
export type JobTraining = z.infer<typeof jobTrainingSchema>;

/** What a job of the cluster is to do: one training, or those that share frozen layers. */
export const jobSchema = z
  .strictObject({
    format: z.literal(JOB_FORMAT),
    /** Key of the first training, whose folder has this file. */
    run: keySchema,
    engine: z.enum(ENGINE_NAMES),
    seed: z.string(),
    inputs: z.strictObject({ images: imagesSchema, weights: z.array(hashedSchema).readonly() }).readonly(),
    limits: z
      .strictObject({
        /** Bytes of a checkpoint on the node's disk, at most. */
        checkpointBytes: bytesSchema,
        /** Processes that may crash before the job gives up. */
        crashes: z.int().nonnegative().max(100),
      })
      .readonly(),
    trainings: z.array(jobTrainingSchema).min(1).max(1000).readonly(),
  })
  .readonly();
export type Job = z.infer<typeof jobSchema>;

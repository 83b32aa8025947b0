import { z } from 'zod';
import { ENGINE_NAMES } from '../../common/choices.ts';
import { variantFields } from '../../common/treatments/schema.ts';
import { UserError } from '../../errors.ts';
import { networkSchema } from '../../network/spec.ts';
import type { RunRecord } from '../../store/records.ts';

/**
 * The version of the rules by which seeds and numbers follow from an identity. In version 1 each run had an order of
 * images of its own. Runs of an older version stay in the store under their keys and are shown, but not used again.
 */
export const RUN_VERSION = 2;

/**
 * Everything that decides the numbers of a training. Equal identities are one run, whichever study asks for it. A
 * run's key is the hash of the stored text, so that an identity that was read is never written back. Older homes have
 * fewer fields.
 */
const runIdentitySchema = z
  .object({
    /** `RUN_VERSION` of the program that planned it. */
    version: z.int(),
    /** Id of the image set: a hash of its pixels and labels. */
    data: z.string(),
    /** Target classes in label order. */
    classes: z.array(z.string()).min(1).readonly(),
    imagesPerClass: z.int().positive().nullable(),
    network: networkSchema.omit({ name: true }),
    /** `copied` from the run `source`; `random`: n random layers frozen. */
    lower: z.enum(['base', 'copied', 'random']),
    n: z.int().nonnegative(),
    frozen: z.int().nonnegative(),
    // The field of a variant.
    ...variantFields,
    /**
     * Only of random layers with batch norms: these had statistics of the target's training images. Absent: those that they
     * start from, as in all runs of before December 2026.
     */
    randomStatistics: z.literal('of the target').optional(),
    /** Key of the base that the first n layers come from. */
    source: z.string().nullable(),
    /**
     * SHA-256 of the pretrained weights that they come from instead; absent: they come from a run, or are not copied.
     */
    pretrained: z.string().optional(),
    /**
     * Only of a file's network as it comes, with which nothing is trained: for each class its unit in the file's own head, and
     * how many units that has.
     */
    head: z
      .object({ units: z.array(z.int().nonnegative()).readonly(), of: z.int().positive() })
      .readonly()
      .optional(),
    trainingSeed: z.int(),
    engine: z.enum(ENGINE_NAMES),
    /**
     * Only of networks trained on few target examples, `imagesPerClass` of each class: as many steps as with all of them,
     * so that few images don't also mean few updates. Absent: the network's epochs over its images.
     */
    steps: z.int().positive().optional(),
  })
  .readonly();
export type RunIdentity = z.infer<typeof runIdentitySchema>;

/** Seconds of training by part (`TrainingSeconds`), over all sessions. */
const timingSchema = z.record(z.string(), z.number()).readonly();
export type RunTiming = z.infer<typeof timingSchema>;

/** The identity of a stored run. Throws a UserError if it is damaged. */
export const readIdentity = ({ key, identity }: Pick<RunRecord, 'key' | 'identity'>): RunIdentity =>
  read(key, identity, runIdentitySchema);

/** The seconds of a stored run by part, null if unknown. Throws a UserError if they are damaged. */
export const readTiming = ({ key, timing }: Pick<RunRecord, 'key' | 'timing'>): RunTiming | null =>
  timing === null ? null : read(key, timing, timingSchema);

/** Training images per class of a run on few target examples (`Treatment.examples`); undefined for other runs. */
export const examplesOf = ({ steps, imagesPerClass }: RunIdentity): number | undefined =>
  steps === undefined ? undefined : (imagesPerClass ?? undefined);

function read<T>(key: string, text: string, schema: z.ZodType<T>): T {
  try {
    return schema.parse(JSON.parse(text));
  } catch (cause) {
    throw new UserError(
      `The stored record of training ${key.slice(0, 8)} is damaged: delete the studies that use it and run them again, or restore a copy of the home folder.`,
      { cause },
    );
  }
}

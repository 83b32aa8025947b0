import { z } from 'zod';
import { ENGINE_NAMES } from '../../common/choices.ts';
import { pretrainedSchema, sourceSetSchema, splitSchema } from '../../common/protocol-parts.ts';
import { UserError } from '../../errors.ts';
import { networkSchema } from '../../network/spec.ts';
import { treatmentKindSchema } from '../../common/treatments/schema.ts';
import type { StudyRecord } from '../../store/records.ts';

/** Everything that decides the numbers of a study: enough to repeat it. */
export const protocolSchema = z.strictObject({
  name: z.string(),
  data: z.strictObject({ id: z.string(), name: z.string() }),
  network: networkSchema,
  split: splitSchema,
  /**
   * Each repeats the experiment: classes drawn by `splitSeed`, weights and batches by `trainingSeed`; the whole of it, or beside
   * the bases `only` these treatments at these n, which was all that had no answer yet when the replicate was added (`looks`). `drawn`:
   * the n among them that were drawn by chance, each time `of` those that a statement is about (statements/focus.ts).
   */
  replicates: z
    .array(
      z.strictObject({
        splitSeed: z.int(),
        trainingSeed: z.int(),
        only: z.array(z.strictObject({ kind: treatmentKindSchema, layers: z.array(z.int().min(1)) })).optional(),
        drawn: z.array(z.strictObject({ of: z.array(z.int().min(1)), layers: z.array(z.int().min(1)) })).optional(),
      }),
    )
    .min(1),
  layers: z.array(z.int().min(1)),
  treatments: z.array(treatmentKindSchema),
  /**
   * Whether the batch norms of random layers have statistics of the target's training images; absent: those that they start
   * from, a mean of 0 and a variance of 1, or there are none.
   */
  randomStatistics: z.literal('of the target').optional(),
  /** Also the transfers from B to A. */
  bothDirections: z.boolean(),
  /** Training images per class; absent: all. */
  imagesPerClass: z.int().positive().optional(),
  /** Few target examples: every treatment, and training from scratch, also on so few images of each target class. Rising. */
  examples: z
    .array(z.int().positive())
    .min(1)
    .refine((few) => few.every((k, place) => place === 0 || k > few[place - 1]), 'must rise')
    .optional(),
  engine: z.enum(ENGINE_NAMES),
  /**
   * A study that goes on until it is clear: the numbers of replicates at which its results were looked at, rising, and the most that
   * were planned. Its tests spend their level over these looks (statements/looks.ts).
   */
  looks: z
    .strictObject({ at: z.array(z.int().min(1)).min(1), most: z.int().min(1) })
    .refine(
      ({ at, most }) => at.every((one, place) => one <= most && (place === 0 || one > at[place - 1])),
      'must rise',
    )
    .optional(),
  /** The source of the layers transferred to B; absent: baseA, which is trained. */
  pretrained: pretrainedSchema.optional(),
  /** Another image set, on all classes of which baseA is trained; absent: half A of `data`. */
  sourceSet: sourceSetSchema.optional(),
});

export type Protocol = z.infer<typeof protocolSchema>;

/** Treatments beside the bases, each at some n: all that a replicate has. */
export type Only = NonNullable<Protocol['replicates'][number]['only']>;

/** Some n, of those that a statement is about. */
export type Drawn = NonNullable<Protocol['replicates'][number]['drawn']>[number];

/** Whether a replicate of these treatments alone, or of all where it is undefined, has this network; bases are in each. */
export const hasNetwork = (only: Only | undefined, kind: string, n: number): boolean =>
  !only || kind === 'base' || only.some((one) => one.kind === kind && one.layers.includes(n));

/** Whether features come from a file or another image set, not from the other half of this one. */
export const comesFromElsewhere = ({ pretrained, sourceSet }: Pick<Protocol, 'pretrained' | 'sourceSet'>): boolean =>
  pretrained !== undefined || sourceSet !== undefined;

/** A stored study's protocol. Throws a UserError if it is damaged. */
export function readProtocol({ id, name, protocol }: Pick<StudyRecord, 'id' | 'name' | 'protocol'>): Protocol {
  const read = protocolIn(protocol);
  if (read) return read;
  throw new UserError(
    `The stored protocol of study ${id} "${name}" is damaged: delete the study and run it again, or restore a copy of the home folder.`,
  );
}

/** The protocol in a JSON text; undefined if it is invalid. */
export function protocolIn(text: string): Protocol | undefined {
  try {
    return protocolSchema.safeParse(JSON.parse(text)).data;
  } catch {
    return undefined;
  }
}

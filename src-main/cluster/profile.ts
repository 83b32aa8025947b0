import { z } from 'zod';
import { ENGINE_NAMES } from '../common/choices.ts';

const word = (pattern: RegExp, says: string) => z.string().max(200).regex(pattern, says);

/** The name that a study's own machine has where clusters are chosen. */
export const HERE = 'here';

/**
 * How a cluster is used, as a person has described it. Values are words of sbatch, each of them checked, so that none is taken for
 * an option or for two; `before` alone is shell, because it is what a person would type on a node.
 */
export const profileSchema = z
  .strictObject({
    name: word(/^[a-z0-9][\w.-]{0,39}$/i, 'a name has up to 40 letters, digits, ".", "-" and "_"').refine(
      (name) => name !== HERE,
      `"${HERE}" is this machine`,
    ),
    /** Absolute path that main and nodes see; with `ssh` that host and the nodes. */
    spool: word(/^\/[^\p{Cc}%\\]+$/u, 'the spool is an absolute path without "%" and "\\"'),
    /** Host that has sbatch, as ssh's configuration knows it; absent: this machine. */
    ssh: word(/^[a-z0-9][\w.@:-]*$/i, 'the host is a name as ssh knows it').optional(),
    partition: word(/^\w[\w.,-]*$/, 'a partition is a name').optional(),
    account: word(/^\w[\w.-]*$/, 'an account is a name').optional(),
    /** Limit of one job, as sbatch has it. */
    time: word(/^\d[\d:-]*$/, 'a time is such as 30 (minutes), 12:00:00 or 2-00').optional(),
    /** For each node, as sbatch has it. */
    memory: word(/^\d+[KMGT]?$/i, 'memory is such as 8G').optional(),
    gres: word(/^\w[\w:.,()-]*$/, 'generic resources are such as gpu:1').optional(),
    /** Engine of the nodes, for studies that ask for none. */
    engine: z.enum(ENGINE_NAMES).optional(),
    /** Commands on a node before a worker starts, such as `module load nodejs`. */
    before: z
      .array(
        z
          .string()
          .max(1000)
          .regex(/^[^\p{Cc}]+$/u, 'a command is one line'),
      )
      .max(20)
      .readonly(),
    /** Jobs that run at once, at most. */
    atOnce: z.int().min(1).max(100_000).optional(),
  })
  .readonly();
export type Profile = z.infer<typeof profileSchema>;

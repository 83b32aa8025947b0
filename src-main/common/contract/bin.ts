import { z } from 'zod';
import { procedure } from './procedure.ts';

/** Days after which what was deleted goes for good, at the next start. */
export const KEPT_DAYS = 30;

const kind = z.enum(['study', 'images']);
const thing = z.object({ kind, id: z.string().regex(/^[0-9a-f]{12,16}$/) });

const deletedSchema = thing.extend({
  name: z.string(),
  /** When it was deleted, and when it goes for good: ISO 8601, UTC. */
  deleted: z.string(),
  until: z.string(),
  /** What is freed on the disk once it goes for good. */
  bytes: z.number(),
});
export type DeletedThing = z.infer<typeof deletedSchema>;

/** Studies and image sets that were deleted and can be brought back. */
export const bin = {
  /** The newest first. */
  list: procedure.output(z.array(deletedSchema)),
  /** Brings something back, a study with its images. */
  restore: procedure.input(thing),
  /** Removes something for good, now. */
  remove: procedure.input(thing).output(z.object({ bytes: z.number() })),
};

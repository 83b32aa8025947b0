import { eventIterator } from '@orpc/contract';
import { z } from 'zod';
import { activitySchema } from './activity.ts';
import { procedure } from './procedure.ts';

/** The key of something that the window remembers. */
const key = z.string().regex(/^[a-z][a-z-]{0,40}$/);
/** JSON. A draft of a study with 1,000 named classes is far shorter. */
const value = z.string().max(500_000);

const hostSchema = z.object({
  /** `window`: the Electron shell. `browser`: a page served to a local browser. */
  kind: z.enum(['window', 'browser']),
  /** Whether files and folders can be chosen in a dialog of the system. */
  dialogs: z.boolean(),
});

const homeStateSchema = z.object({
  version: z.string(),
  /** The commit that it was built from; null if it runs from source or was built without git. */
  commit: z.string().nullable(),
  host: hostSchema,
  cores: z.int().positive(),
  home: z.string(),
  /** Why the home folder is not open; null if it is open. */
  closed: z.string().nullable(),
  /** Whether it is closed because it was moved: it is open again after the next start, and not before. */
  moved: z.boolean(),
});
export type HomeState = z.infer<typeof homeStateSchema>;

export const home = {
  state: procedure.output(homeStateSchema),
  /** Tries to open the home folder again. */
  retry: procedure.output(homeStateSchema),
  /**
   * Yields everything under way, now and each time it changes (at most five times a second); of the runs of the same study, after the
   * first time, those that have changed since (`afterChanges`).
   */
  watch: procedure.output(eventIterator(activitySchema)),
  dismissNotice: procedure.input(z.object({ notice: z.int() })),
  remembered: procedure.input(z.object({ key })).output(value.nullable()),
  remember: procedure.input(z.object({ key, value })),
  /** Shows a dialog of the system; null if it was closed without a choice. */
  choose: procedure
    .input(z.object({ what: z.enum(['folder', 'archive', 'weights', 'destination']) }))
    .output(z.string().nullable()),
  /** Shows a file in the system's file manager. Refused if there is none. */
  show: procedure.input(z.object({ path: z.string().max(4096) })),
};

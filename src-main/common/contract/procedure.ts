import { oc } from '@orpc/contract';
import { z } from 'zod';

/**
 * What can go wrong, as values that are sent to the page. Each sentence says what happened, where, and what to do.
 *
 * - REFUSED: the user can do something about it (a UserError).
 * - CLOSED: the home folder is not open, because another Transplant uses it, its store is from a newer version ...
 * - BUG: a bug in Transplant; `log` is the file with the stack trace.
 */
const problems = {
  REFUSED: { status: 422, data: z.object({ sentence: z.string() }) },
  CLOSED: { status: 503, data: z.object({ sentence: z.string() }) },
  BUG: { status: 500, data: z.object({ sentence: z.string(), log: z.string().optional() }) },
} as const;

/** The builder of every procedure of the contract. */
export const procedure = oc.errors(problems);

/** The bytes of a typed array, little-endian and row-major. The comment of each field says what it has. */
export const bytes = z.instanceof(Blob);

/** The functions that the preload of the Electron shell gives the page as `window.transplant`; absent in a browser. */
export interface Bridge {
  /** The path of a file that was dropped or chosen; empty if it has none. */
  pathOf(file: File): string;
  /**
   * Listens to the commands of the native menu, and to `open:<path>` for files that were opened with the application.
   */
  onMenu(listener: (command: string) => void): void;
}

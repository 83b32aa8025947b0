import { constants, setPriority } from 'node:os';

/**
 * Lets a process that computes for minutes yield to those that a person waits for. To be called right after its start:
 * on Linux, only threads that it makes later take after it. A system that refuses leaves the process as it is.
 */
export function yieldToOthers({ pid }: { readonly pid?: number }): void {
  try {
    if (pid !== undefined) setPriority(pid, constants.priority.PRIORITY_BELOW_NORMAL);
  } catch {
    // It is slower beside it, not wrong.
  }
}

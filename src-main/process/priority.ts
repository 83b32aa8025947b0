import { constants, getPriority, setPriority } from 'node:os';

/**
 * Lets a process that computes for minutes yield to those that a person waits for. To be called right after its start:
 * on Linux, only threads that it makes later take after it. A system that refuses leaves the process as it is.
 */
export function yieldToOthers({ pid }: { readonly pid?: number }): void {
  const { PRIORITY_BELOW_NORMAL } = constants.priority;
  try {
    // A larger number yields more: who started us may have asked for that.
    if (pid !== undefined && getPriority(pid) < PRIORITY_BELOW_NORMAL) setPriority(pid, PRIORITY_BELOW_NORMAL);
  } catch {
    // It is slower beside it, not wrong.
  }
}

import { readFileSync } from 'node:fs';

/** Bytes of memory that this process took at its peak. */
export function peakMemory(): number {
  // On Linux, what the process that started us took counts as ours in the usage of resources, but not here.
  const [, kibibytes] = process.platform === 'linux' ? (/^VmHWM:\s*(\d+) kB$/m.exec(statusText()) ?? []) : [];
  return 1024 * (kibibytes === undefined ? process.resourceUsage().maxRSS : Number(kibibytes));
}

function statusText(): string {
  try {
    return readFileSync('/proc/self/status', 'utf8');
  } catch {
    return '';
  }
}

import type { ImageSetDetails } from '../../../src-main/api/contract/images.ts';

type Reject = ImageSetDetails['rejects'][number];

/** What was left out, by reason, the most frequent first. Files keep their order. */
export function byReason(rejects: readonly Reject[]): { reason: string; files: string[] }[] {
  const reasons = new Map<string, string[]>();
  for (const { reason, file } of rejects) {
    const files = reasons.get(reason);
    if (files) files.push(file);
    else reasons.set(reason, [file]);
  }
  return [...reasons].map(([reason, files]) => ({ reason, files })).sort((a, b) => b.files.length - a.files.length);
}

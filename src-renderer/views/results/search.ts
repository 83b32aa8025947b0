import type { StudySummary } from '../../../src-main/common/contract/studies.ts';

/** Whether each word of a search is in a study's name, notes, tags, images or network, whatever its case. */
export function isFound({ name, notes, tags, data, network, id }: StudySummary, search: string): boolean {
  const text = [name, notes, ...tags, data.name, network, id].join('\n').toLowerCase();
  return search
    .toLowerCase()
    .split(/\s+/)
    .every((word) => text.includes(word));
}

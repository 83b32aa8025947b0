import type { ImageSetDetails, ImageSetSummary } from '../../../src-main/common/contract/images.ts';
import { DEAD_LEAVES, groupsOf as groupsInOrder, type Group } from '../split/classes.ts';

/**
 * The set to show: the one in the address, else the one that was chosen for the study, else the newest of one's own, else
 * the built-in images. Ids of sets that are gone are passed over.
 */
export function shownSet(subject: string, chosen: string | undefined, sets: readonly ImageSetSummary[]): string {
  const there = (id: string | undefined): id is string => id === DEAD_LEAVES || sets.some((set) => set.id === id);
  return [subject, chosen, sets.find(({ builtIn }) => !builtIn)?.id].find(there) ?? DEAD_LEAVES;
}

export type ImageClass = ImageSetDetails['byClass'][number];

export const CLASS_ORDERS = ['name', 'most', 'fewest'] as const;
export type ClassOrder = (typeof CLASS_ORDERS)[number];

const imagesOf = ({ train, heldOut }: ImageClass): number => train + heldOut;

/** Names are compared as people count: `class 9` stands before `class 10`. */
const byName = new Intl.Collator('en', { numeric: true }).compare;

/** The classes whose name or group has the searched words in it, in this order; of equal counts by name. */
export function arranged(classes: readonly ImageClass[], search: string, order: ClassOrder): ImageClass[] {
  const words = search.toLocaleLowerCase('en').split(/\s+/).filter(Boolean);
  const found = classes.filter(({ name, group }) => {
    const text = `${name} ${group ?? ''}`.toLocaleLowerCase('en');
    return words.every((word) => text.includes(word));
  });
  const direction = order === 'most' ? -1 : 1;
  return found.sort(
    (a, b) => (order === 'name' ? 0 : direction * (imagesOf(a) - imagesOf(b))) || byName(a.name, b.name),
  );
}

/** Training images of the smallest and the largest class. */
export function spread(classes: readonly ImageClass[]): { smallest: number; largest: number } {
  const counts = classes.map(({ train }) => train);
  // Not Math.min(...counts): there may be more classes than a call takes arguments.
  return counts.reduce(
    ({ smallest, largest }, count) => ({ smallest: Math.min(smallest, count), largest: Math.max(largest, count) }),
    { smallest: counts[0] ?? 0, largest: counts[0] ?? 0 },
  );
}

/** The groups with the number of their classes, the largest first; empty where no class has one. */
export function groupsOf(classes: readonly ImageClass[]): Group[] {
  return groupsInOrder(classes).sort((a, b) => b.classes - a.classes || byName(a.name, b.name));
}

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

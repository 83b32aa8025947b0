import type { ImageSetDetails } from '../../../src-main/api/contract/images.ts';
import { groupsOf as groupsInOrder, type Group } from '../split/groups.ts';

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

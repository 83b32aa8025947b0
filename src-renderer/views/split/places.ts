/** Where a class is: in half A, in half B, or in neither. */
export type Place = 'A' | 'B' | 'out';
export const PLACES: readonly Place[] = ['A', 'B', 'out'];

export interface Halves {
  readonly a: readonly string[];
  readonly b: readonly string[];
}

/** The place of each class, by label. */
export type Places = readonly Place[];

export function placesOf(classes: readonly string[], { a, b }: Halves): Places {
  const inA = new Set(a);
  const inB = new Set(b);
  return classes.map((name) => (inA.has(name) ? 'A' : inB.has(name) ? 'B' : 'out'));
}

/** The names in each half, in label order. */
export function halvesOf(classes: readonly string[], places: Places): Halves {
  return {
    a: classes.filter((_, label) => places[label] === 'A'),
    b: classes.filter((_, label) => places[label] === 'B'),
  };
}

/** Moves the classes of these labels; the same array where all of them are there already. */
export function moveTo(places: Places, labels: Iterable<number>, to: Place): Places {
  const moved = [...places];
  for (const label of labels) moved[label] = to;
  return moved.every((place, label) => place === places[label]) ? places : moved;
}

/** The labels at a place whose name or group has all words of the search, in label order. */
export function labelsAt(
  place: Place,
  places: Places,
  classes: readonly { readonly name: string; readonly group: string | null }[],
  search: string,
): number[] {
  const words = search.toLowerCase().split(/\s+/).filter(Boolean);
  const found: number[] = [];
  for (let label = 0; label < places.length; label++) {
    if (places[label] !== place) continue;
    const { name, group } = classes[label];
    const text = `${name} ${group ?? ''}`.toLowerCase();
    if (words.every((word) => text.includes(word))) found.push(label);
  }
  return found;
}

import type { ClassCount } from './classes.ts';
import type { Places } from './places.ts';

interface Weight {
  readonly classes: number;
  /** Images; null where they are not made yet. */
  readonly train: number | null;
  readonly heldOut: number | null;
}

export interface Balance {
  readonly a: Weight;
  readonly b: Weight;
  /** The class of both halves with the fewest training images. */
  readonly fewest: { readonly name: string; readonly train: number } | undefined;
}

/** A class with fewer training images than this teaches a network little. */
const FEW_IMAGES = 20;
/** Halves whose training images differ by more than this part of the larger are unequal. */
const UNEQUAL = 0.1;
/** Each half must have a choice to make. */
const LEAST_CLASSES = 2;

export function weigh(counts: readonly ClassCount[], places: Places): Balance {
  const taking = counts.filter((_, label) => places[label] !== 'out');
  const known = taking.filter((one): one is ClassCount & { train: number } => one.train !== null);
  const fewest = known.reduce<(typeof known)[number] | undefined>(
    (least, one) => (least && least.train <= one.train ? least : one),
    undefined,
  );
  return {
    a: weightOf(counts.filter((_, label) => places[label] === 'A')),
    b: weightOf(counts.filter((_, label) => places[label] === 'B')),
    fewest: fewest && { name: fewest.name, train: fewest.train },
  };
}

function weightOf(counts: readonly ClassCount[]): Weight {
  const sum = (of: (one: ClassCount) => number | null) =>
    counts.reduce<number | null>((total, one) => {
      const more = of(one);
      return total === null || more === null ? null : total + more;
    }, 0);
  return { classes: counts.length, train: sum((one) => one.train), heldOut: sum((one) => one.heldOut) };
}

export type Imbalance =
  | { readonly kind: 'too few classes'; readonly half: 'A' | 'B'; readonly classes: number }
  | { readonly kind: 'unequal classes' }
  | { readonly kind: 'unequal images' }
  | { readonly kind: 'few images'; readonly name: string; readonly train: number };

/** What is wrong with two halves, the worst first; `too few classes` can't be studied, the others can. */
export function imbalances({ a, b, fewest }: Balance): Imbalance[] {
  const found: Imbalance[] = [];
  if (a.classes < LEAST_CLASSES) found.push({ kind: 'too few classes', half: 'A', classes: a.classes });
  if (b.classes < LEAST_CLASSES) found.push({ kind: 'too few classes', half: 'B', classes: b.classes });
  if (found.length > 0) return found;
  if (a.classes !== b.classes) found.push({ kind: 'unequal classes' });
  else if (a.train !== null && b.train !== null && Math.abs(a.train - b.train) > UNEQUAL * Math.max(a.train, b.train))
    found.push({ kind: 'unequal images' });
  if (fewest && fewest.train < FEW_IMAGES) found.push({ kind: 'few images', ...fewest });
  return found;
}

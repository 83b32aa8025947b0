import { availableParallelism } from 'node:os';
import type { Reject } from '../image-set.ts';
import type { PackedImage } from '../packed/write.ts';
import type { Rejects } from './rejects.ts';
import type { Source } from './source.ts';
import type { Answers, Choice } from './structure/choices.ts';
import type { LeftOut } from './structure/structure.ts';

/** A way in which people keep labelled images. Those there are stand in import.ts; the first that recognises a source reads it. */
export interface Importer {
  /** By names alone. @param paths of the source's files, without hidden ones */
  recognise(paths: readonly string[]): boolean;
  /** Lists classes and images; what can't be used goes to the rejects. Error: UserError with the way out. */
  read(source: Source, paths: readonly string[], rejects: Rejects, answers: Answers): Promise<Layout>;
}

/** How images are made square, and how many of each class are wanted. */
export interface Wanted {
  /** Rows and columns. */
  readonly size: number;
  readonly fit?: Fit;
  /** A sample: the first so many of each class. Absent: all. */
  readonly perClass?: number;
}

/** What becomes of the longer side of an image that is not square. */
export const FITS = ['crop', 'pad', 'squeeze'] as const;
export type Fit = (typeof FITS)[number];

/** What an import found to read, before it reads it. */
export interface Layout {
  /** `class folders`, `CIFAR-10` ... */
  readonly kind: string;
  /** Where the classes come from. */
  readonly labels: string;
  /** Images of each class, where they can be counted without reading them. */
  readonly counts?: readonly { readonly train: number; readonly heldOut: number }[];
  readonly leftOut?: readonly LeftOut[];
  /** The files that are imported, where they are images. */
  readonly planned?: readonly { readonly path: string; readonly heldOut: boolean }[];
  readonly notes?: readonly string[];
  readonly choices?: readonly Choice[];
  /** A choice that must be made first: there are no images before. */
  readonly open?: Choice;
  /** Why there is nothing to import, as a sentence. */
  readonly problem?: string;
  /** A label is a position in this list. */
  readonly classes: readonly string[];
  /** Complete when the last image has been read (CIFAR-100 tells them image by image). */
  readonly groups: Readonly<Record<string, string>>;
  /** Whether the source has a held-out part of its own. */
  readonly heldOutGiven: boolean;
  /** How many images or rejects `images` will yield. */
  readonly total: number;
  /** With `perClass`, at least so many of each class, if there are, and perhaps more. */
  images(wanted: Wanted, signal?: AbortSignal): AsyncIterable<PackedImage | Reject>;
}

/** Images that are read ahead and decoded at the same time, at least; and at most, where they are small together. */
const AT_ONCE = { least: 2 * Math.min(4, availableParallelism()), most: 256, bytes: 2 ** 22 };

/**
 * Maps items with several of them at work at once; results come in the order of the items.
 *
 * @param bytesOf what an item and its result take while they wait. Absent: much
 */
export async function* mapOrdered<Item, Result>(
  items: AsyncIterable<Item>,
  map: (item: Item) => Promise<Result>,
  bytesOf: (item: Item) => number = () => AT_ONCE.bytes,
): AsyncGenerator<Result> {
  const atWork: { readonly result: Promise<Result>; readonly bytes: number }[] = [];
  let bytes = 0;
  const first = () => {
    const next = atWork.shift()!;
    bytes -= next.bytes;
    return next.result;
  };
  try {
    for await (const item of items) {
      const one = { result: map(item), bytes: bytesOf(item) };
      // A failure is met when its turn comes; until then it must not count as unhandled.
      one.result.catch(() => {});
      atWork.push(one);
      bytes += one.bytes;
      while (atWork.length >= AT_ONCE.most || (atWork.length >= AT_ONCE.least && bytes > AT_ONCE.bytes))
        yield await first();
    }
    while (atWork.length > 0) yield await first();
  } finally {
    await Promise.allSettled(atWork.map(({ result }) => result));
  }
}

import type { PackedImage } from '../packed/write.ts';
import type { Reject } from '../image-set.ts';

/** What an import has found to read: the classes, and the images to be. */
export interface Layout {
  /** A label is a position in this list. */
  readonly classes: readonly string[];
  /** Maps class names to group names. Complete once all images are read: CIFAR-100 has the group in each record. */
  readonly groups: Readonly<Record<string, string>>;
  /** Whether the source has a held-out part of its own. */
  readonly heldOutGiven: boolean;
  /** How many images and rejects `images` will yield. */
  readonly total: number;
  images(size: number): AsyncIterable<PackedImage | Reject>;
}

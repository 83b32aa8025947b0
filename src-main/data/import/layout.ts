import type { PackedImage } from '../packed/write.ts';
import type { Reject } from '../image-set.ts';

/** What an import found to read, before it reads it. */
export interface Layout {
  /** A label is a position in this list. */
  readonly classes: readonly string[];
  /** Complete when the last image has been read (CIFAR-100 tells them image by image). */
  readonly groups: Readonly<Record<string, string>>;
  /** Whether the source has a held-out part of its own. */
  readonly heldOutGiven: boolean;
  /** How many images or rejects `images` will yield. */
  readonly total: number;
  images(size: number): AsyncIterable<PackedImage | Reject>;
}

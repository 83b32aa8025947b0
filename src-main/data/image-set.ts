/**
 * A packed image set: a folder `<home>/data/<id>/` with `index.json`, binary columns and shards of uint8 pixels.
 * Images have numbers 0..count-1; pixels of one image are planar: [3, size, size], red first.
 */
export interface ImageSetIndex {
  /** First 16 hex digits of the SHA-256 over everything that training can see (pixels, labels, parts, class names). */
  readonly id: string;
  readonly name: string;
  /** Rows and columns of every image. */
  readonly size: number;
  /**
   * Class names; a label is a position in this list. Sorted by name for folders, in the authors' order for CIFAR/IDX.
   */
  readonly classes: readonly string[];
  /** Maps class names to group names, from `groups.json` or the generator. Classes without a group are absent. */
  readonly groups: Readonly<Record<string, string>>;
  readonly count: number;
  /** Numbers of training images per class, by label. `heldOutCounts` has those of held-out images. */
  readonly trainCounts: readonly number[];
  readonly heldOutCounts: readonly number[];
  readonly shards: readonly Shard[];
  /** The files that were left out, and why. */
  readonly rejects: readonly Reject[];
  /** Where the images came from: the path, or the generator and its parameters. */
  readonly source: string;
  /** How the held-out images were chosen: `given` by the data set, or `drawn` per class with this seed and fraction. */
  readonly heldOut:
    { readonly kind: 'given' } | { readonly kind: 'drawn'; readonly seed: number; readonly fraction: number };
  /** How many copies of an image were left out, so that no image is in both parts. */
  readonly duplicates: number;
  /** Of these copies, those of an image of the other part, and of another class. Absent in sets of older versions. */
  readonly copies?: {
    readonly parts: number;
    readonly classes: number;
    /** Some of those of another class, by the names of their files: the copy, and the image that was kept. */
    readonly named?: readonly { readonly file: string; readonly of: string }[];
  };
  /** The mean of the shorter sides of the files of each class, in pixels; null where they are no image files. */
  readonly sides?: readonly (number | null)[];
  /** Files that were taken although their end is missing. */
  readonly flaws?: readonly Reject[];
}

export interface Shard {
  readonly file: string;
  /**
   * This shard holds the slots first..first+images-1. The column of slots says where each image is (packed/format.ts).
   */
  readonly first: number;
  readonly images: number;
  readonly sha256: string;
}

export interface Reject {
  readonly file: string;
  /** A clause such as `not an image` or `the file is cut off`. */
  readonly reason: string;
}

/** An opened set. Pixels are read through the page cache, so the set itself takes only 7 bytes of memory per image. */
export interface ImageSet {
  readonly index: ImageSetIndex;
  readonly folder: string;
  /** Label of every image. */
  readonly labels: Uint16Array;
  /** 1 for held-out images, 0 for training images. */
  readonly heldOut: Uint8Array;
  /** Copies the pixels of one image, [3, size, size], into `into` at `offset`. */
  read(image: number, into: Uint8Array, offset?: number): void;
  /**
   * Returns the sum of all training images of a class, [3, size, size], valid until the next call. It is undefined for
   * classes of few images, whose sums are not stored.
   */
  classSums(label: number): Promise<Uint32Array | undefined>;
  close(): void;
}

/** How far an import is, or the making of images. */
export interface ImportProgress {
  readonly done: number;
  /** Unknown while a tar archive streams. */
  readonly total?: number;
  readonly rejected: number;
  /** The images are not read but made: dead leaves. */
  readonly made?: boolean;
}

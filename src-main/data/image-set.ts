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
  /** Class names; a label is a position in this list. Sorted by name for folders, in the authors' order for CIFAR/IDX. */
  readonly classes: readonly string[];
  /** Class name -> group name, from `groups.json` or the generator; classes without a group are absent. */
  readonly groups: Readonly<Record<string, string>>;
  readonly count: number;
  /** Images per class, by label. */
  readonly trainCounts: readonly number[];
  readonly heldOutCounts: readonly number[];
  readonly shards: readonly Shard[];
  /** What was left out and why. */
  readonly rejects: readonly Reject[];
  /** Where it came from: the path, or the generator and its parameters. */
  readonly source: string;
  /** How the held-out part came about: `given` by the data set, or `drawn` per class with this seed and fraction. */
  readonly heldOut:
    { readonly kind: 'given' } | { readonly kind: 'drawn'; readonly seed: number; readonly fraction: number };
  /** Duplicated pixels found: copies left out, by the rule that an image never stands in both parts. */
  readonly duplicates: number;
}

export interface Shard {
  readonly file: string;
  /** Slots first..first+images-1 are in this shard; the column of slots tells where each image is (packed/format.ts). */
  readonly first: number;
  readonly images: number;
  readonly sha256: string;
}

export interface Reject {
  readonly file: string;
  /** One clause: `not an image`, `the file is cut off`, ... */
  readonly reason: string;
}

/** An opened set. Reads through the page cache: of memory of its own it takes 7 bytes an image. */
export interface ImageSet {
  readonly index: ImageSetIndex;
  readonly folder: string;
  /** Label of every image. */
  readonly labels: Uint16Array;
  /** 1 where the image is held out, 0 where it is for training. */
  readonly heldOut: Uint8Array;
  /** Copies the pixels of one image, [3, size, size], to `into` at `offset`. */
  read(image: number, into: Uint8Array, offset?: number): void;
  /**
   * The sum of all training images of a class, [3, size, size], valid until the next call; undefined where it is not
   * stored because the images are few.
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

import type { ImageSet, ImageSetIndex } from '../../src-main/data/image-set.ts';

interface MemorySetOptions {
  readonly size?: number;
  readonly classes: readonly string[];
  readonly train: number;
  readonly heldOut?: number;
  readonly groups?: Record<string, string>;
}

/** An image set in memory; images of a class stand apart, and no two pixels near each other are alike. */
export function memorySet({ size = 8, classes, train, heldOut = 2, groups = {} }: MemorySetOptions): ImageSet {
  const perClass = train + heldOut;
  const count = perClass * classes.length;
  const index: ImageSetIndex = {
    id: '0123456789abcdef',
    name: 'pictures',
    size,
    classes,
    groups,
    count,
    trainCounts: classes.map(() => train),
    heldOutCounts: classes.map(() => heldOut),
    shards: [],
    rejects: [],
    source: 'memory',
    heldOut: { kind: 'given' },
    duplicates: 0,
  };
  return {
    index,
    folder: '',
    labels: Uint16Array.from({ length: count }, (_, image) => image % classes.length),
    heldOut: Uint8Array.from({ length: count }, (_, image) => Number(image >= train * classes.length)),
    read(image, into, offset = 0) {
      for (let i = 0; i < 3 * size * size; i++) into[offset + i] = pixel(image, i);
    },
    classSums: () => Promise.resolve(undefined),
    close() {},
  };
}

/** The pixel that such a set has at a place of an image. */
export function pixel(image: number, place: number): number {
  return ((image + 1) * 7919 + place * 104729 + ((place * place) % 251)) % 256;
}

/** The mean of some images by its definition, [3, size, size]. */
export function plainMean(set: ImageSet, images: Int32Array): Float32Array {
  const pixels = new Uint8Array(3 * set.index.size ** 2);
  const sums = new Float64Array(pixels.length);
  for (const image of images) {
    set.read(image, pixels);
    pixels.forEach((value, place) => (sums[place] += value));
  }
  return Float32Array.from(sums, (sum) => sum / images.length);
}

import type { NetworkSpec } from '../network/spec.ts';
import type { ImageSet } from './image-set.ts';

const CHANNELS = 3;

/**
 * A set as a network reads it: its images resampled where the network's training asks for another size than they are stored
 * at. Closing it closes the set.
 */
export function imagesFor(set: ImageSet, { training: { imageSize = set.index.size } }: NetworkSpec): ImageSet {
  const { size } = set.index;
  if (imageSize === size) return set;
  const stored = new Uint8Array(CHANNELS * size * size);
  const resample = resampler(size, imageSize);
  return {
    index: { ...set.index, size: imageSize },
    folder: set.folder,
    labels: set.labels,
    heldOut: set.heldOut,
    read(image, into, offset = 0) {
      set.read(image, stored);
      resample(stored, into, offset);
    },
    // A mean of resampled images is no resampled mean: bytes are rounded.
    classSums: () => Promise.resolve(undefined),
    close: () => set.close(),
  };
}

/**
 * Bilinear resampling of planar images [3, from, from] to [3, to, to] with pixel centres at 1/2, as Pillow's and torchvision's
 * with antialiasing: where images shrink, the triangle is as much wider. Both axes in turn, rounded once.
 */
function resampler(from: number, to: number): (image: Uint8Array, into: Uint8Array, offset: number) => void {
  const taps = Array.from({ length: to }, (_, place) => tapsOf(place, from, to));
  /** Rows as stored, columns resampled. */
  const wide = new Float64Array(from * to);
  return (image, into, offset) => {
    for (let channel = 0; channel < CHANNELS; channel++) {
      const plane = channel * from * from;
      for (let row = 0; row < from; row++)
        for (let column = 0; column < to; column++) {
          const { first, weights } = taps[column];
          let sum = 0;
          for (let i = 0; i < weights.length; i++) sum += weights[i] * image[plane + row * from + first + i];
          wide[row * to + column] = sum;
        }
      for (let row = 0; row < to; row++) {
        const { first, weights } = taps[row];
        for (let column = 0; column < to; column++) {
          let sum = 0;
          for (let i = 0; i < weights.length; i++) sum += weights[i] * wide[(first + i) * to + column];
          into[offset + (channel * to + row) * to + column] = Math.round(sum);
        }
      }
    }
  };
}

interface Taps {
  readonly first: number;
  /** Of pixels first, first + 1 ...; they add up to 1. */
  readonly weights: Float64Array;
}

function tapsOf(place: number, from: number, to: number): Taps {
  const step = from / to;
  const reach = Math.max(1, step);
  const centre = (place + 0.5) * step;
  const first = Math.max(0, Math.ceil(centre - reach - 0.5));
  const last = Math.min(from - 1, Math.floor(centre + reach - 0.5));
  const heights = Float64Array.from({ length: last - first + 1 }, (_, i) =>
    Math.max(0, 1 - Math.abs(first + i + 0.5 - centre) / reach),
  );
  const sum = heights.reduce((total, height) => total + height, 0);
  return { first, weights: heights.map((height) => height / sum) };
}

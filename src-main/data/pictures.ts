import type { ImageSet } from './image-set.ts';

const CHANNELS = 3;
const GREY = 128;

/** The side of the pictures of a set, in pixels: `most`, but never more than that of its images. */
export const pictureSize = (set: ImageSet, most: number): number => Math.min(set.index.size, most);

/**
 * Images as pictures to look at: [images, size, size, 3] bytes, red first. Each pixel of a picture is the mean of the
 * pixels that it covers. A negative image number gives a grey picture.
 */
export function readPictures(set: ImageSet, images: ArrayLike<number>, size: number): Uint8Array<ArrayBuffer> {
  const stored = set.index.size;
  const pixels = new Uint8Array(CHANNELS * stored * stored);
  const area = size * size * CHANNELS;
  const pictures = new Uint8Array(images.length * area);
  const edges = Int32Array.from({ length: size + 1 }, (_, i) => Math.floor((i * stored) / size));
  for (let i = 0; i < images.length; i++) {
    const picture = pictures.subarray(i * area, (i + 1) * area);
    if (images[i] < 0) {
      picture.fill(GREY);
      continue;
    }
    set.read(images[i], pixels);
    if (size === stored) interleave(pixels, picture, size * size);
    else shrink(pixels, stored, picture, size, edges);
  }
  return pictures;
}

/** A square part of an image; it may reach beyond the image. */
export interface ImagePart {
  readonly image: number;
  readonly top: number;
  readonly left: number;
}

/**
 * Parts of images, each of `side` rows and columns, as pictures to look at: [parts, size, size, 3] bytes, red first.
 * Pixels are taken from the nearest ones of the part. What lies beyond the image is grey, and so is an undefined part.
 */
export function readParts(
  set: ImageSet,
  parts: readonly (ImagePart | undefined)[],
  side: number,
  size: number,
): Uint8Array<ArrayBuffer> {
  const stored = set.index.size;
  const pixels = new Uint8Array(CHANNELS * stored * stored);
  const pictures = new Uint8Array(parts.length * size * size * CHANNELS).fill(GREY);
  for (const [place, part] of parts.entries()) {
    if (!part) continue;
    const { image, top, left } = part;
    set.read(image, pixels);
    let to = place * size * size * CHANNELS;
    for (let row = 0; row < size; row++)
      for (let column = 0; column < size; column++, to += CHANNELS) {
        const y = top + Math.floor(((row + 0.5) * side) / size);
        const x = left + Math.floor(((column + 0.5) * side) / size);
        if (Math.min(x, y) < 0 || Math.max(x, y) >= stored) continue;
        for (let channel = 0; channel < CHANNELS; channel++)
          pictures[to + channel] = pixels[(channel * stored + y) * stored + x];
      }
  }
  return pictures;
}

function interleave(planes: Uint8Array, picture: Uint8Array, area: number): void {
  for (let place = 0; place < area; place++)
    for (let channel = 0; channel < CHANNELS; channel++)
      picture[place * CHANNELS + channel] = planes[channel * area + place];
}

function shrink(planes: Uint8Array, stored: number, picture: Uint8Array, size: number, edges: Int32Array): void {
  for (let channel = 0; channel < CHANNELS; channel++) {
    const plane = channel * stored * stored;
    for (let row = 0; row < size; row++) {
      for (let column = 0; column < size; column++) {
        let sum = 0;
        for (let y = edges[row]; y < edges[row + 1]; y++)
          for (let x = edges[column]; x < edges[column + 1]; x++) sum += planes[plane + y * stored + x];
        const covered = (edges[row + 1] - edges[row]) * (edges[column + 1] - edges[column]);
        picture[(row * size + column) * CHANNELS + channel] = Math.round(sum / covered);
      }
    }
  }
}

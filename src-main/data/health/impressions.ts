/** Rows and columns that an image is reduced to, and of its lowest frequencies that tell it from others. */
const SMALL = 32;
const KEPT = 8;

/** Standard deviation of brightness, in levels of 255, below which an image shows too little to be told from others. */
const FLAT = 6;

/** cos(pi/32 (x + 1/2) u): what the frequency u of a DCT-II takes of pixel x. The constant term says only how bright it is. */
const COSINES = Float32Array.from({ length: (KEPT + 1) * SMALL }, (_, at) =>
  Math.cos((Math.PI / SMALL) * ((at % SMALL) + 0.5) * Math.floor(at / SMALL)),
);

/** What is seen of one image at a glance. */
export interface Impression {
  /** 64 bits in two halves, of the image and of its mirror image; undefined for one that shows too little. */
  readonly hash?: readonly [high: number, low: number, mirroredHigh: number, mirroredLow: number];
  /** Mean of its grey values, 0..255. */
  readonly brightness: number;
}

/**
 * Gives the perceptual hash of images of one size ("pHash", Zauner 2010): the image in grey at 32 x 32, of its DCT the 8 x 8
 * lowest frequencies without the constant ones, and of each whether it is above their median. Compression, slight changes of
 * brightness and resizing change a few of the 64 bits.
 *
 * @param size rows and columns
 * @returns a function of pixels [3, size, size], red first
 */
export function impressionsOf(size: number): (pixels: Uint8Array) => Impression {
  const grey = new Float32Array(SMALL * SMALL);
  const rows = new Float32Array(SMALL * KEPT);
  const frequencies = new Float32Array(KEPT * KEPT);
  const small = smallOf(size, SMALL);
  return (pixels) => {
    const colours = small(pixels);
    // As television weighs red, green and blue (ITU-R BT.601).
    for (let at = 0; at < grey.length; at++)
      grey[at] = 0.299 * colours[at] + 0.587 * colours[grey.length + at] + 0.114 * colours[2 * grey.length + at];
    let [sum, squares] = [0, 0];
    for (const value of grey) {
      sum += value;
      squares += value * value;
    }
    const brightness = sum / grey.length;
    if (squares / grey.length - brightness ** 2 < FLAT ** 2) return { brightness };
    for (let row = 0; row < SMALL; row++)
      for (let u = 0; u < KEPT; u++) {
        let total = 0;
        for (let x = 0; x < SMALL; x++) total += grey[row * SMALL + x] * COSINES[(u + 1) * SMALL + x];
        rows[row * KEPT + u] = total;
      }
    for (let v = 0; v < KEPT; v++)
      for (let u = 0; u < KEPT; u++) {
        let total = 0;
        for (let y = 0; y < SMALL; y++) total += rows[y * KEPT + u] * COSINES[(v + 1) * SMALL + y];
        frequencies[v * KEPT + u] = total;
      }
    return { brightness, hash: [...bitsOf(frequencies, false), ...bitsOf(frequencies, true)] as never };
  };
}

/**
 * Gives images [3, size, size] at fewer pixels, [3, side, side], valid until the next: each the mean of the pixels that it covers, or
 * the nearest of a smaller image.
 */
export function smallOf(size: number, side: number): (pixels: Uint8Array) => Float32Array {
  const small = new Float32Array(3 * side * side);
  const from = Int32Array.from({ length: side }, (_, i) => Math.floor((i * size) / side));
  const to = from.map((start, i) => Math.max(start + 1, Math.floor(((i + 1) * size) / side)));
  return (pixels) => {
    if (size === side) {
      small.set(pixels);
      return small;
    }
    let at = 0;
    for (let channel = 0; channel < 3; channel++)
      for (let row = 0; row < side; row++)
        for (let column = 0; column < side; column++, at++) {
          let total = 0;
          for (let y = from[row]; y < to[row]; y++) {
            const line = (channel * size + y) * size;
            for (let x = from[column]; x < to[column]; x++) total += pixels[line + x];
          }
          small[at] = total / ((to[row] - from[row]) * (to[column] - from[column]));
        }
    return small;
  };
}

const values = new Float32Array(KEPT * KEPT);
const sorted = new Float32Array(KEPT * KEPT);

/** A bit for each frequency: whether it is above the median. In a mirror image odd frequencies along a row change their sign. */
function bitsOf(frequencies: Float32Array, mirrored: boolean): [high: number, low: number] {
  for (let at = 0; at < values.length; at++) values[at] = mirrored && at % 2 === 0 ? -frequencies[at] : frequencies[at];
  sorted.set(values);
  sorted.sort();
  const median = (sorted[31] + sorted[32]) / 2;
  let [high, low] = [0, 0];
  for (let at = 0; at < 32; at++) {
    if (values[at] > median) high |= 1 << at;
    if (values[32 + at] > median) low |= 1 << at;
  }
  return [high >>> 0, low >>> 0];
}

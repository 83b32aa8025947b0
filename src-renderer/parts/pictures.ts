/** A picture as a canvas takes it: [height, width, 4] bytes, red first. */
export interface Picture {
  readonly width: number;
  readonly height: number;
  readonly pixels: Uint8ClampedArray<ArrayBuffer>;
}

/** Pictures as main sends them, one after the other, each [size, size, 3] bytes with red first. */
export interface Pictures {
  readonly size: number;
  readonly pixels: Uint8Array;
}

/** `count` pictures from number `first` on, side by side: size rows, count * size columns, opaque. */
export function strip({ size, pixels }: Pictures, first: number, count: number): ImageData {
  const columns = count * size;
  const rgba = new Uint8ClampedArray(4 * columns * size).fill(255);
  for (let picture = 0; picture < count; picture++)
    for (let row = 0; row < size; row++) {
      const from = 3 * size * (size * (first + picture) + row);
      copyPixels(pixels, from, rgba, 4 * (columns * row + size * picture), size);
    }
  return new ImageData(rgba, columns, size);
}

/** Picture number `index` of several that follow each other, each [rows, columns, 3] bytes. */
export function pictureAt(pixels: Uint8Array, index: number, rows: number, columns = rows): Picture {
  const rgba = new Uint8ClampedArray(4 * rows * columns).fill(255);
  copyPixels(pixels, 3 * rows * columns * index, rgba, 0, rows * columns);
  return { width: columns, height: rows, pixels: rgba };
}

/** Red, green and blue of `count` pixels; what they are opaque by is left as it is. */
function copyPixels(rgb: Uint8Array, from: number, rgba: Uint8ClampedArray, to: number, count: number): void {
  for (let pixel = 0; pixel < count; pixel++, from += 3, to += 4) {
    rgba[to] = rgb[from];
    rgba[to + 1] = rgb[from + 1];
    rgba[to + 2] = rgb[from + 2];
  }
}

/** Pictures as main sends them, one after the other, each [size, size, 3] bytes with red first, made ready for a canvas. */
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
      let from = 3 * size * (size * (first + picture) + row);
      let to = 4 * (columns * row + size * picture);
      for (let column = 0; column < size; column++, from += 3, to += 4) {
        rgba[to] = pixels[from];
        rgba[to + 1] = pixels[from + 1];
        rgba[to + 2] = pixels[from + 2];
      }
    }
  return new ImageData(rgba, columns, size);
}

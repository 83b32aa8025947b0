/** Typed arrays as they travel: their bytes, little-endian as on every machine that the engines run on. */
export const blobOf = (array: Float32Array | Float64Array | Uint8Array): Blob =>
  new Blob([array as Float32Array<ArrayBuffer>]);

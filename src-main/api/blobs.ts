/** A typed array for the wire: its bytes, little-endian, as on every machine that the engines run on. */
export const blobOf = (array: Float32Array | Float64Array | Uint8Array): Blob =>
  new Blob([array as Float32Array<ArrayBuffer>]);

/** Typed arrays as they come from main: Blobs of little-endian numbers, row-major. */

export const float32 = async (blob: Blob): Promise<Float32Array> => new Float32Array(await blob.arrayBuffer());
export const float64 = async (blob: Blob): Promise<Float64Array> => new Float64Array(await blob.arrayBuffer());
export const uint8 = async (blob: Blob): Promise<Uint8Array> => new Uint8Array(await blob.arrayBuffer());

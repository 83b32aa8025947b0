import sharp from 'sharp';
import writeFileAtomic from 'write-file-atomic';
import { UserError } from '../errors.ts';
import type { Weights } from '../network/weights.ts';
import { filterMosaic, type Mosaic, type MosaicOptions } from './mosaic.ts';

/** The bytes of a PNG file. */
export function mosaicPng({ width, height, pixels }: Mosaic): Promise<Buffer> {
  return sharp(pixels, { raw: { width, height, channels: 3 } })
    .png({ compressionLevel: 9 })
    .toBuffer();
}

/** Writes a PNG file, completely or not at all. */
export const writeMosaicPng = async (mosaic: Mosaic, file: string): Promise<void> =>
  writeFileAtomic(file, await mosaicPng(mosaic));

/**
 * Writes the first layer's filters as a PNG file, completely or not at all. Throws a UserError if that layer is not a
 * convolution.
 */
export async function writeFilterPng(weights: Weights, file: string, options?: MosaicOptions): Promise<void> {
  const [first] = weights.values();
  if (first?.shape.length !== 4)
    throw new UserError('The first layer of this network is not a convolution: it has no filters to draw.');
  await writeMosaicPng(filterMosaic(first, options), file);
}

import sharp from 'sharp';
import writeFileAtomic from 'write-file-atomic';
import type { Tensor } from '../network/weights.ts';
import { filterMosaic, type Mosaic, type MosaicOptions } from './mosaic.ts';

/** The bytes of a PNG file. */
export function mosaicPng({ width, height, pixels }: Mosaic): Promise<Buffer> {
  return sharp(pixels, { raw: { width, height, channels: 3 } })
    .png({ compressionLevel: 9 })
    .toBuffer();
}

/** Writes the filters of one layer as a PNG file, whole or not at all. */
export async function writeFilterPng(file: string, weight: Tensor, options?: MosaicOptions): Promise<void> {
  await writeFileAtomic(file, await mosaicPng(filterMosaic(weight, options)));
}

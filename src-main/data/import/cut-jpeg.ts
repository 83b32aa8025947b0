import sharp from 'sharp';

/** The share of rows that may be missing at the end of a JPEG: its subject is rarely there. */
export const MOST_MISSING = 1 / 8;

/** What libjpeg makes of blocks that it has no data for. */
const GREY = 128;

/**
 * The share of rows that a cut-off JPEG lacks; 1 where it can't be told. A sequential JPEG has its blocks row by row, so that the
 * last rows are all grey; a progressive one has all of them, but coarse.
 */
export async function missingRows(file: Buffer): Promise<number> {
  const image = sharp(file, { failOn: 'none' });
  const { isProgressive } = await image.metadata();
  if (isProgressive) return 1;
  const { data, info } = await image.raw({ depth: 'uchar' }).toBuffer({ resolveWithObject: true });
  if (info.channels !== 1 && info.channels !== 3) return 1;
  let last = data.length - 1;
  while (last >= 0 && data[last] === GREY) last--;
  const present = Math.ceil((last + 1) / (info.width * info.channels));
  return 1 - present / info.height;
}

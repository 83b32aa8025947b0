import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import sharp from 'sharp';
import { messageOf, UserError } from '../../errors.ts';
import type { Mosaic } from '../../filters/mosaic.ts';
import { FONTS } from '../../process/program.ts';

/** Dots per inch of pictures for print. */
const PRINT_DENSITY = 300;
/** Of a drawing's pixels, as CSS has them. */
const DRAWN_DENSITY = 96;
/** At which libvips draws one dot for each pixel. */
const VIPS_DENSITY = 72;

/** Dots of the largest figure: four times a whole page. */
const MOST_DOTS = 4 * 2480 * 3508;

/**
 * A figure as a PNG file, on white where it has no ground of its own, for print at the size that it is drawn at, in pixels of
 * 1/96 inch: one of 760 pixels is 201 mm wide and has 2375. Its text is in the program's own font, whatever the machine has.
 * Throws a UserError where it is no drawing, or too large a one.
 */
export async function figurePng(svg: string): Promise<Buffer> {
  useOwnFonts();
  const density = (VIPS_DENSITY * PRINT_DENSITY) / DRAWN_DENSITY;
  try {
    return await sharp(Buffer.from(svg), { density, limitInputPixels: MOST_DOTS })
      .flatten({ background: 'white' })
      .withMetadata({ density: PRINT_DENSITY })
      .png()
      .toBuffer();
  } catch (error) {
    throw new UserError(`This figure can't be made into a picture: ${messageOf(error)}. Save it as SVG instead.`, {
      cause: error,
    });
  }
}

/** Dots for each pixel of a mosaic, nearest neighbour; drawn, too, in pixels of 1/96 inch. */
const MOSAIC_SCALE = 4;

/** First-layer filters as a PNG file of at least print density. */
export function mosaicPrint({ width, height, pixels }: Mosaic): Promise<Buffer> {
  return sharp(pixels, { raw: { width, height, channels: 3 } })
    .resize({ width: MOSAIC_SCALE * width, height: MOSAIC_SCALE * height, kernel: 'nearest' })
    .withMetadata({ density: MOSAIC_SCALE * DRAWN_DENSITY })
    .png({ compressionLevel: 9 })
    .toBuffer();
}

let ready = false;

/**
 * Tells fontconfig, which sharp's library finds fonts with, of our folder alone. It looks once in a process, when the first
 * text is drawn, and wants a folder to keep what it has found: one that is gone when the process ends.
 */
function useOwnFonts(): void {
  if (ready) return;
  ready = true;
  const folder = mkdtempSync(join(tmpdir(), 'transplant-fonts-'));
  process.once('exit', () => rmSync(folder, { recursive: true, force: true }));
  const file = join(folder, 'fonts.conf');
  writeFileSync(
    file,
    `<?xml version="1.0"?>
<!DOCTYPE fontconfig SYSTEM "fonts.dtd">
<fontconfig>
  <dir>${escaped(fileURLToPath(FONTS))}</dir>
  <cachedir>${escaped(folder)}</cachedir>
</fontconfig>
`,
  );
  process.env.FONTCONFIG_FILE = file;
  // Elsewhere than on Linux, text would be drawn by the system.
  process.env.PANGOCAIRO_BACKEND = 'fontconfig';
}

const escaped = (path: string): string =>
  path.replace(/[&<>]/g, (sign) => ({ '&': '&amp;', '<': '&lt;', '>': '&gt;' })[sign]!);

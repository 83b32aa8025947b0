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
/** Pixels per inch of a drawing, as in CSS. */
const DRAWN_DENSITY = 96;
/** The density at which libvips draws one dot for each pixel. */
const VIPS_DENSITY = 72;

/** Dots of the largest figure: four times a whole page. */
const MOST_DOTS = 4 * 2480 * 3508;

/**
 * Converts a figure to a PNG file for print, on white if it has no background of its own. A pixel of the drawing is
 * 1/96 inch, so a figure of 760 pixels is 201 mm wide and gets 2375 dots. Text uses the program's own font, so that
 * it is the same on every machine. Throws a UserError if the drawing is invalid or too large.
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
    throw new UserError(`This figure can't be converted to PNG: ${messageOf(error)}. Save it as SVG instead.`, {
      cause: error,
    });
  }
}

/** Dots for each pixel of a mosaic (nearest neighbour). Its pixels are 1/96 inch, too. */
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
 * Makes fontconfig, by which sharp's library finds fonts, look in our folder only. It reads its configuration once
 * per process, when the first text is drawn, and needs a cache folder, which is removed when the process ends.
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
  // Without this, the system would draw text on macOS and Windows.
  process.env.PANGOCAIRO_BACKEND = 'fontconfig';
}

const escaped = (path: string): string =>
  path.replace(/[&<>]/g, (sign) => ({ '&': '&amp;', '<': '&lt;', '>': '&gt;' })[sign]!);

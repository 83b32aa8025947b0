import { linkSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import sharp from 'sharp';
import { importImages } from '../../src-main/data/import/import.ts';

/**
 * Imports a folder of images and says how fast: `node data-import.ts FOLDER NUMBER SIDE png|jpeg`. A thousand different files
 * stand there under as many names as it takes, stored at 32 rows.
 */
const [folder, number, side, format] = process.argv.slice(2);
const images = Number(number);
const DIFFERENT = 1000;
const CLASSES = 20;
const from = join(folder, 'images');

for (let image = 0; image < images; image++) {
  const place = join(from, `class ${image % CLASSES}`);
  const path = join(place, `${image}.${format}`);
  if (image < CLASSES) mkdirSync(place, { recursive: true });
  if (image >= DIFFERENT) linkSync(join(from, `class ${image % CLASSES}`, `${image % DIFFERENT}.${format}`), path);
  else writeFileSync(path, await pictureOf(image));
}

function pictureOf(image: number): Promise<Buffer> {
  const pixels = Buffer.from(Array.from({ length: 3 * 64 }, (_, at) => (at * image * 37 + image) % 251));
  return sharp(pixels, { raw: { width: 8, height: 8, channels: 3 } })
    .resize(Number(side), Number(side))
    .toFormat(format as 'png' | 'jpeg')
    .toBuffer();
}

const begun = performance.now();
const before = process.cpuUsage();
await importImages({ path: from, size: 32, dataFolder: join(folder, 'data') });
const seconds = (performance.now() - begun) / 1000;
const { user, system } = process.cpuUsage(before);
rmSync(folder, { recursive: true });
process.stdout.write(
  JSON.stringify({
    imagesPerSecond: images / seconds,
    /** Of this process alone, without those that decode. */
    processorMicroseconds: (user + system) / images,
    residentMegabytes: process.resourceUsage().maxRSS / 1024,
  }),
);
// Decoders wait for more.
process.exit(0);

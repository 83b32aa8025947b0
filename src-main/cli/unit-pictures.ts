import { mkdir } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import type { Application } from '../app/application.ts';
import type { StoredRun } from '../app/first-layer.ts';
import { excitingImages, KEPT, type ExcitingImage } from '../app/layers/exciting.ts';
import { presentImages } from '../app/stored-study.ts';
import { runTask } from '../app/tasks/run-task.ts';
import { openImageSet } from '../data/packed/open.ts';
import { readParts } from '../data/pictures.ts';
import { UserError } from '../errors.ts';
import { fieldSize } from '../network/receptive-field.ts';
import type { LayerTops } from '../units/layer-tops.ts';
import { reasonOf } from './reason.ts';

/** Visualisations of a unit, each from another seed. */
const SEEDS = 4;
/** Image parts beside each other. */
const ACROSS = 6;
/** Rows and columns of a picture, at least; smaller ones are enlarged. */
const VISIBLE = 64;

/** The images that excite a unit most. */
export function unitExamples(
  { home, store }: Application,
  run: StoredRun,
  tops: LayerTops,
  unit: number,
): ExcitingImage[] {
  const set = openImageSet(join(home, 'data', presentImages({ home, store }, run.identity.data).folder));
  try {
    return excitingImages(set, run, tops, unit, KEPT);
  } finally {
    set.close();
  }
}

/**
 * Writes the image parts that excite a unit most as `layer5-unit12-images.png`, and visualisations of its feature as
 * `layer5-unit12-wishes.png`. Returns the paths. Throws a UserError if they can't be written.
 */
export async function drawUnit(
  { home, store }: Application,
  run: StoredRun,
  tops: LayerTops,
  unit: number,
  folder: string,
): Promise<string[]> {
  const { n } = tops;
  const side = fieldSize(run.network, n);
  const set = openImageSet(join(home, 'data', presentImages({ home, store }, run.identity.data).folder));
  let windows: Uint8Array;
  try {
    const parts = excitingImages(set, run, tops, unit, KEPT).map(({ image, frame }) => ({ image, ...frame }));
    windows = readParts(set, parts, side, side);
  } finally {
    set.close();
  }
  const { window, pictures } = await runTask({
    ...{ type: 'visualise', home, run: run.record.key, n, units: [unit], seeds: SEEDS },
  });
  const name = (what: string) => join(resolve(folder), `layer${n}-unit${unit + 1}-${what}.png`);
  const wishes = Buffer.concat(pictures.map(({ picture }) => picture));
  // This is loaded late, because only pictures need the image library.
  const { writeMosaicPng } = await import('../filters/picture.ts');
  const { pictureMosaic } = await import('../filters/mosaic.ts');
  const mosaic = (pixels: Uint8Array, rows: number, columns: number, across: number) =>
    pictureMosaic(pixels, rows, columns, { columns: across, scale: Math.max(1, Math.ceil(VISIBLE / rows)) });
  try {
    await mkdir(folder, { recursive: true });
    await writeMosaicPng(mosaic(windows, side, side, ACROSS), name('images'));
    await writeMosaicPng(mosaic(wishes, window.rows, window.columns, SEEDS), name('wishes'));
  } catch (error) {
    throw new UserError(`Can't write pictures to ${folder}: ${reasonOf(error)}. Choose another place with --out.`, {
      usage: true,
      cause: error,
    });
  }
  return [name('images'), name('wishes')];
}

import sharp from 'sharp';
import writeFileAtomic from 'write-file-atomic';
import { UserError } from '../errors.ts';
import type { Tensor, Weights } from '../network/weights.ts';
import { bankShape, filterWeights } from './bank.ts';

/** A picture of many tiles, as red, green and blue bytes. */
export interface Mosaic {
  readonly width: number;
  readonly height: number;
  /** [height, width, 3] */
  readonly pixels: Uint8Array;
}

export interface MosaicOptions {
  /** Tiles beside each other; absent: as many as make a shape near 4:3. */
  readonly columns?: number;
  /** Screen pixels per weight. Pixels are repeated, not smoothed, so that the picture shows what was learned. */
  readonly scale?: number;
}

const GAP = 1;
const GREY = 128;
const BACKGROUND = 255;

/**
 * First-layer filters [filters, channels, rows, columns] as in the paper's pictures: in the network's order, each
 * around mid-grey (weight 0) and scaled by its own largest weight. Three channels are shown as red, green and blue;
 * otherwise the mean of the channels is shown in grey.
 */
export function filterMosaic(weight: Tensor, { columns, scale = 4 }: MosaicOptions = {}): Mosaic {
  const [filters, , rows, kernelColumns] = bankShape(weight);
  return mosaicOf(filters, rows, kernelColumns, (filter) => filterColours(weight, filter), { columns, scale });
}

/** A mosaic of pictures of one size, [pictures, rows, columns, 3] bytes. */
export function pictureMosaic(bytes: Uint8Array, rows: number, columns: number, options: MosaicOptions = {}): Mosaic {
  const size = rows * columns * 3;
  const pictureAt = (picture: number) => bytes.subarray(picture * size, (picture + 1) * size);
  return mosaicOf(bytes.length / size, rows, columns, pictureAt, { scale: 1, ...options });
}

/** @param tileAt gives the bytes of a tile, [tileRows, tileColumns, 3] */
function mosaicOf(
  tiles: number,
  tileRows: number,
  tileColumns: number,
  tileAt: (tile: number) => Uint8Array,
  { columns, scale }: MosaicOptions & { readonly scale: number },
): Mosaic {
  const across = Math.min(tiles, columns ?? Math.ceil(Math.sqrt((tiles * 4) / 3)));
  const down = Math.ceil(tiles / across);
  const width = across * (tileColumns * scale + GAP) + GAP;
  const height = down * (tileRows * scale + GAP) + GAP;
  const pixels = new Uint8Array(width * height * 3).fill(BACKGROUND);
  for (let tile = 0; tile < tiles; tile++) {
    const colours = tileAt(tile);
    const left = GAP + (tile % across) * (tileColumns * scale + GAP);
    const top = GAP + Math.floor(tile / across) * (tileRows * scale + GAP);
    for (let row = 0; row < tileRows * scale; row++) {
      for (let column = 0; column < tileColumns * scale; column++) {
        const from = 3 * (Math.floor(row / scale) * tileColumns + Math.floor(column / scale));
        pixels.set(colours.subarray(from, from + 3), 3 * ((top + row) * width + left + column));
      }
    }
  }
  return { width, height, pixels };
}

/** Two mosaics beside each other on white, such as those of baseA and baseB. */
export function sideBySide(left: Mosaic, right: Mosaic, gap = 24): Mosaic {
  const width = left.width + gap + right.width;
  const height = Math.max(left.height, right.height);
  const pixels = new Uint8Array(width * height * 3).fill(255);
  const put = (mosaic: Mosaic, offset: number) => {
    for (let row = 0; row < mosaic.height; row++) {
      const line = mosaic.pixels.subarray(3 * row * mosaic.width, 3 * (row + 1) * mosaic.width);
      pixels.set(line, 3 * (row * width + offset));
    }
  };
  put(left, 0);
  put(right, left.width + gap);
  return { width, height, pixels };
}

/** One filter as [rows, columns, 3] bytes: 128 + 127 w / max |w|. Weights that are not finite are grey. */
function filterColours(weight: Tensor, filter: number): Uint8Array {
  const [, channels, rows, columns] = weight.shape;
  const area = rows * columns;
  const weights = filterWeights(weight, filter);
  const planes = channels === 3 ? weights : meanOfChannels(weights, channels, area);
  const largest = planes.reduce((most, value) => Math.max(most, Math.abs(value) || 0), 0);
  const colours = new Uint8Array(area * 3);
  for (let place = 0; place < area; place++) {
    for (let channel = 0; channel < 3; channel++) {
      const value = planes[channels === 3 ? channel * area + place : place] / (largest || 1);
      colours[3 * place + channel] = Number.isFinite(value) ? Math.round(GREY + 127 * value) : GREY;
    }
  }
  return colours;
}

function meanOfChannels(weights: Float32Array, channels: number, area: number): Float32Array {
  const mean = new Float32Array(area);
  weights.forEach((value, index) => (mean[index % area] += value / channels));
  return mean;
}

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

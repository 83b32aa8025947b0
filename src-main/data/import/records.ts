import type { Reject } from '../image-set.ts';
import type { PackedImage } from '../packed/write.ts';
import { decoders, packedOf } from './decoders.ts';
import { resizePixels } from './decode.ts';
import { mapOrdered, type Layout, type Wanted } from './importer.ts';
import { byCodeUnit, className } from './names.ts';
import { UnusableFile } from './source.ts';

/** An image in a file of many: packed as an image file, or pixels [rows, columns, channels]. */
export interface ImageRecord {
  /** Its file and number. */
  readonly file: string;
  /** Undefined for an image without a label. */
  readonly label: string | undefined;
  readonly heldOut: boolean;
  readonly image:
    Buffer | { readonly pixels: Uint8Array; readonly rows: number; readonly columns: number; readonly channels: 1 | 3 };
}

/** The label and part of each image, known before its pixels are read. */
export type Labels = readonly { readonly label: string | undefined; readonly heldOut: boolean }[];

/** A set whose images stand one after the other in files. Classes are sorted by name, or in `order`. */
export function recordLayout(
  facts: Pick<Layout, 'kind' | 'labels' | 'notes' | 'leftOut'>,
  labels: Labels,
  read: (signal?: AbortSignal) => AsyncIterable<ImageRecord | Reject>,
  order?: readonly string[],
): Layout {
  const used = new Set(labels.flatMap(({ label }) => (label === undefined ? [] : [className(label)])));
  const classes = order?.map(className).filter((name) => used.has(name)) ?? [...used].sort(byName);
  const position = new Map(classes.map((name, label) => [name, label]));
  const counts = classes.map(() => ({ train: 0, heldOut: 0 }));
  for (const { label, heldOut } of labels)
    if (label !== undefined) counts[position.get(className(label))!][heldOut ? 'heldOut' : 'train']++;
  const convert = async (
    record: ImageRecord | Reject,
    { size, fit }: Wanted,
    signal?: AbortSignal,
  ): Promise<PackedImage | Reject> => {
    if ('reason' in record) return record;
    const { file, image, heldOut } = record;
    const label = record.label === undefined ? undefined : position.get(className(record.label));
    if (label === undefined) return { file, reason: 'has no label' };
    try {
      const decoded = Buffer.isBuffer(image)
        ? packedOf(await decoders.decode(image, { size, fit }, signal), file)
        : { pixels: await resizePixels(image.pixels, image, size), file };
      return { ...decoded, label, heldOut };
    } catch (error) {
      if (!(error instanceof UnusableFile)) throw error;
      return { file, reason: error.message };
    }
  };
  return {
    ...facts,
    classes,
    counts,
    groups: {},
    heldOutGiven: labels.some(({ heldOut }) => heldOut),
    total: labels.length,
    images: (wanted, signal) =>
      mapOrdered(
        read(signal),
        (record) => convert(record, wanted, signal),
        (record) => 3 * wanted.size ** 2 + ('reason' in record ? 0 : bytesOf(record.image)),
      ),
  };
}

const bytesOf = (image: ImageRecord['image']): number => (Buffer.isBuffer(image) ? image.length : image.pixels.length);

/** Numbers in their order, words by code unit. */
const byName = (a: string, b: string): number =>
  /^\d+$/.test(a) && /^\d+$/.test(b) ? Number(a) - Number(b) : byCodeUnit(a, b);

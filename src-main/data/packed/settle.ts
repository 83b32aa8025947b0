import { RandomStream } from '../../random.ts';
import type { ImageSetIndex, Reject } from '../image-set.ts';
import { HASH_BYTES, type Columns } from './format.ts';

/** One distinct image as it came: its position in the list is its slot. */
export interface Arrival {
  /** SHA-256 of the pixels as a string of 32 bytes (latin1, which Node's hashes call binary). */
  readonly hash: string;
  label: number;
  heldOut: boolean;
}

export interface Settled {
  readonly classes: readonly string[];
  readonly columns: Columns;
  /** Classes left out. */
  readonly rejects: readonly Reject[];
}

/**
 * Decides, once all images are known, what could not be decided while they streamed by: the held-out part where it is
 * drawn, which classes are left out, and the numbers of the images. Images are numbered by class and content hash, and
 * drawn in that order, so neither file names nor the order of arrival matter.
 */
export function settle(
  arrivals: readonly Arrival[],
  classes: readonly string[],
  rule: ImageSetIndex['heldOut'],
): Settled {
  const byClass = classes.map((): number[] => []);
  arrivals.forEach((arrival, slot) => byClass[arrival.label].push(slot));
  const kept: { name: string; slots: number[]; heldOut: Set<number> }[] = [];
  const rejects: Reject[] = [];
  classes.forEach((name, label) => {
    const slots = byClass[label].sort((a, b) => (arrivals[a].hash < arrivals[b].hash ? -1 : 1));
    const heldOut = rule.kind === 'drawn' ? draw(slots, name, rule) : slots.filter((slot) => arrivals[slot].heldOut);
    const reason = missing(slots.length, heldOut.length);
    if (reason === undefined) kept.push({ name, slots, heldOut: new Set(heldOut) });
    else rejects.push({ file: `${name}/`, reason: `${reason}: the class is left out` });
  });
  return { classes: kept.map(({ name }) => name), columns: columnsOf(arrivals, kept), rejects };
}

function draw(slots: readonly number[], name: string, rule: { seed: number; fraction: number }): number[] {
  const wanted = Math.max(1, Math.round(slots.length * rule.fraction));
  const shuffled = new RandomStream(rule.seed, 'held-out', name).shuffle([...slots]);
  return shuffled.slice(0, Math.min(wanted, slots.length - 1));
}

function missing(images: number, heldOut: number): string | undefined {
  if (images === 0) return 'no usable image';
  if (images === 1) return 'only one distinct image, and one to train on and one to hold out are needed';
  if (heldOut === 0) return 'no image in the held-out part';
  if (heldOut === images) return 'no image in the training part that is not also held out';
  return undefined;
}

function columnsOf(
  arrivals: readonly Arrival[],
  kept: readonly { slots: readonly number[]; heldOut: Set<number> }[],
): Columns {
  const count = kept.reduce((sum, { slots }) => sum + slots.length, 0);
  const columns: Columns = {
    labels: new Uint16Array(count),
    heldOut: new Uint8Array(count),
    slots: new Uint32Array(count),
    hashes: new Uint8Array(count * HASH_BYTES),
  };
  let image = 0;
  kept.forEach(({ slots, heldOut }, label) => {
    for (const slot of slots) {
      columns.labels[image] = label;
      columns.heldOut[image] = heldOut.has(slot) ? 1 : 0;
      columns.slots[image] = slot;
      columns.hashes.set(Buffer.from(arrivals[slot].hash, 'latin1'), image * HASH_BYTES);
      image++;
    }
  });
  return columns;
}

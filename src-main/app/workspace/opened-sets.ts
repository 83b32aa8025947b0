import { join } from 'node:path';
import type { ImageSet } from '../../data/image-set.ts';
import { openImageSet } from '../../data/packed/open.ts';
import type { Home } from '../opened-home.ts';
import { presentImages } from '../stored/study.ts';

/** Image sets that are kept open. Each takes a few bytes of memory per image. */
const MAX_OPEN = 4;

/** A set with the order in which its images are shown: class by class, training images first. */
export interface ShownSet {
  readonly set: ImageSet;
  /** Image numbers, [count]. */
  readonly order: Int32Array;
  /** Where each class begins in `order`, [classes + 1]. */
  readonly starts: Int32Array;
}

/** Keeps image sets open, because opening one reads its columns, which takes a while for a large set. */
export class OpenedSets {
  readonly #open = new Map<string, ShownSet>();

  /** Throws a UserError where there is no such set, or it is damaged. */
  get(home: Home, id: string): ShownSet {
    const opened = this.#open.get(id) ?? this.#openNew(home, id);
    // The set moves to the end, so that the one that was used longest ago is closed first.
    this.#open.delete(id);
    this.#open.set(id, opened);
    if (this.#open.size > MAX_OPEN) this.forget(this.#open.keys().next().value!);
    return opened;
  }

  forget(id: string): void {
    this.#open.get(id)?.set.close();
    this.#open.delete(id);
  }

  close(): void {
    for (const id of this.#open.keys()) this.forget(id);
  }

  #openNew(home: Home, id: string): ShownSet {
    const set = openImageSet(join(home.home, 'data', presentImages(home, id).folder));
    return { set, ...shownOrder(set) };
  }
}

/** Sorts images by class and part, with a counting sort. */
function shownOrder({ labels, heldOut, index }: ImageSet): Pick<ShownSet, 'order' | 'starts'> {
  const parts = new Int32Array(2 * index.classes.length + 1);
  for (let image = 0; image < labels.length; image++) parts[2 * labels[image] + heldOut[image] + 1] += 1;
  for (let part = 1; part < parts.length; part++) parts[part] += parts[part - 1];
  const starts = Int32Array.from({ length: index.classes.length + 1 }, (_, label) => parts[2 * label]);
  const order = new Int32Array(labels.length);
  const next = parts.slice();
  for (let image = 0; image < labels.length; image++) order[next[2 * labels[image] + heldOut[image]]++] = image;
  return { order, starts };
}

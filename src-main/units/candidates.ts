import type { ImageSet } from '../data/image-set.ts';
import type { Network } from '../network/network.ts';
import { countNetwork } from '../network/network.ts';

/** Images that are looked at for the most exciting ones, at the most and at the least. */
const MOST = 2000;
const LEAST = 200;
/** Floating point operations for one look at a network: some ten seconds of one core. */
const OPERATIONS = 2e11;

/** How many images can be looked at in some seconds. */
export function imagesInReach(network: Network): number {
  return Math.max(LEAST, Math.min(MOST, Math.floor(OPERATIONS / countNetwork(network).flops)));
}

/**
 * Numbers of at most `most` images of some classes, ascending: as many of each class, as far as it has them, at even distances
 * among its images, training and held-out ones alike. So no class is found more often because it is larger.
 *
 * @param labels of the classes in the set
 */
export function spreadOverClasses(set: ImageSet, labels: readonly number[], most: number): Int32Array {
  const byClass = new Map(labels.map((label) => [label, [] as number[]]));
  set.labels.forEach((label, image) => byClass.get(label)?.push(image));
  const perClass = Math.max(1, Math.floor(most / labels.length));
  return Int32Array.from([...byClass.values()].flatMap((images) => spread(images, perClass))).sort();
}

/** So many of them at even distances, or all. */
function spread(images: readonly number[], wanted: number): number[] {
  const length = Math.min(images.length, wanted);
  return Array.from({ length }, (_, i) => images[Math.floor(((i + 0.5) * images.length) / length)]);
}

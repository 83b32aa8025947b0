import { RandomStream } from '../random.ts';
import type { LayerTops } from './layer-tops.ts';

/** Number of each unit's most exciting images whose classes count: few, so that rare classes count too. */
export const ASKED = 9;
/** Random draws from which the selectivity of chance is estimated. */
const DRAWS = 2000;

/** What the images that excite a unit most have in common. */
interface Selectivity {
  /** Label of the most frequent class among them; of equally frequent ones, that of the most exciting image. */
  readonly label: number;
  /** Share of that class, 0..1. */
  readonly share: number;
}

/** @param labels of the images that excite a unit, best first; at least one */
export function selectivityOf(labels: readonly number[]): Selectivity {
  const counts = new Map<number, number>();
  for (const label of labels) counts.set(label, (counts.get(label) ?? 0) + 1);
  const [label, count] = [...counts].reduce((most, one) => (one[1] > most[1] ? one : most));
  return { label, share: count / labels.length };
}

/** The labels of the `ASKED` images that excite a unit most. */
export function askedLabels({ most, images }: LayerTops, unit: number, labels: ArrayLike<number>): number[] {
  return Array.from(images.subarray(unit * most, unit * most + Math.min(ASKED, most)), (image) => labels[image]);
}

/** The share of the most frequent class among images that are drawn at random from those that were searched. */
export function chanceSelectivity(images: Int32Array, labels: ArrayLike<number>): number {
  const drawn = images.slice();
  const asked = Math.min(ASKED, drawn.length);
  const random = new RandomStream('units', 'chance');
  let sum = 0;
  for (let draw = 0; draw < DRAWS; draw++) {
    for (let i = 0; i < asked; i++) {
      const j = i + random.integer(drawn.length - i);
      [drawn[i], drawn[j]] = [drawn[j], drawn[i]];
    }
    sum += selectivityOf(Array.from(drawn.subarray(0, asked), (image) => labels[image])).share;
  }
  return sum / DRAWS;
}

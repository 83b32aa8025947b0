import { count, counted, percent } from '../../src-main/common/numbers.ts';
import { isolated } from '../../src-main/common/visible.ts';

/** What is said of the health of a set; the findings themselves are main's (src-main/common/health.ts). */
export const healthText = {
  title: 'Health of the set',
  unknown: 'The images have not been compared with each other yet.',
  measure: 'Compare them',
  measuring: 'Comparing …',
  sound: 'No copies, leaks or classes that give themselves away were found.',
  leaveOut: (images: number) => `Leave ${counted(images, 'training image')} out`,
  leavingOut: 'Storing the new set …',
  pairs: (shown: number, all: number) =>
    shown === all
      ? `Show ${counted(all, 'pair')} of nearly equal images`
      : `Show ${count(shown)} of ${count(all)} pairs of nearly equal images`,
  incomplete: 'There are too many such pairs to find them all.',
  labels: 'Labels that may be wrong',
  look: 'Look for wrong labels',
  looking: 'Asking the bases …',
  suspectPicture: (name: string) => `Image of ${isolated(name)}`,
  suspect: (one: { class: string; takenFor: string; probability: number; heldOut: boolean }) =>
    `${isolated(one.class)}, taken for ${isolated(one.takenFor)} (${percent(one.probability, 0)}), ${one.heldOut ? 'held out' : 'trained on'}`,
  pair: ([first, second]: readonly string[]) => `Images of ${isolated(first)} and ${isolated(second)}`,
  about: (classes: readonly string[], heldOut: readonly boolean[], mirrored: boolean) => {
    const names = [...new Set(classes)].map(isolated).join(' / ');
    const places = heldOut.map((out) => (out ? 'held out' : 'trained on'));
    // In the order of the pictures.
    const parts = places[0] === places[1] ? `both ${places[0]}` : places.join(' / ');
    return `${names}, ${parts}${mirrored ? ', mirrored' : ''}`;
  },
};

import type { ImageSetIndex } from '../../data/image-set.ts';
import { UserError } from '../../errors.ts';

/** What the plan needs to know about an image set. */
export type PlannedData = Pick<ImageSetIndex, 'id' | 'name' | 'size' | 'classes' | 'groups' | 'trainCounts'>;

/** An image set with the training images of each class by its name: sets have thousands of classes. */
export interface CountedSet extends Pick<PlannedData, 'id' | 'name' | 'classes'> {
  readonly trainImages: ReadonlyMap<string, number>;
}

export const counted = (set: Pick<PlannedData, 'id' | 'name' | 'classes' | 'trainCounts'>): CountedSet => ({
  ...set,
  trainImages: new Map(set.classes.map((name, label) => [name, set.trainCounts[label]])),
});

/** Images that one epoch of training sees. */
export function trainImages(data: CountedSet, classes: readonly string[], imagesPerClass?: number): number {
  return classes.reduce((sum, name) => {
    const available = data.trainImages.get(name)!;
    if (imagesPerClass !== undefined && imagesPerClass > available)
      throw new UserError(
        `${imagesPerClass} training images per class were asked for, but class "${name}" of ${data.name} has ${available}; ask for ${available} or fewer.`,
        { usage: true },
      );
    return sum + (imagesPerClass ?? available);
  }, 0);
}

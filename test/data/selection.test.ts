import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { selectImages } from '../../src-main/data/selection.ts';
import { memorySet } from './memory-set.ts';

const set = memorySet({ classes: ['ant', 'bus', 'cat', 'dog'], train: 20, heldOut: 3 });

describe('selecting the images of some classes', () => {
  it('takes every image of these classes and no other, labelled by the position in the list', () => {
    const classes = ['dog', 'bus'];
    const { train, trainLabels, heldOut, heldOutLabels } = selectImages(set, classes, { seed: 1 });
    expect([train.length, heldOut.length]).toEqual([40, 6]);
    for (const [images, labels, part] of [
      [train, trainLabels, 0],
      [heldOut, heldOutLabels, 1],
    ] as const) {
      images.forEach((image, i) => {
        expect(set.heldOut[image]).toBe(part);
        expect(set.index.classes[set.labels[image]]).toBe(classes[labels[i]]);
      });
      expect(new Set(images).size).toBe(images.length);
    }
  });

  it('trains on the held-out images, too, where all are asked for', () => {
    const classes = ['dog', 'bus'];
    const { train, trainLabels, heldOut } = selectImages(set, classes, { imagesPerClass: 4, seed: 1, allImages: true });
    expect([train.length, heldOut.length]).toEqual([14, 6]);
    expect([...train]).toEqual(expect.arrayContaining([...heldOut]));
    train.forEach((image, i) => expect(set.index.classes[set.labels[image]]).toBe(classes[trainLabels[i]]));
  });

  it('draws nested subsets per class: the k images are among the k + 1 ones', () => {
    fc.assert(
      fc.property(fc.integer(), fc.integer({ min: 1, max: 19 }), (seed, k) => {
        const few = selectImages(set, ['ant', 'cat'], { imagesPerClass: k, seed });
        const more = selectImages(set, ['ant', 'cat'], { imagesPerClass: k + 1, seed });
        expect(few.trainLabels.filter((label) => label === 0)).toHaveLength(k);
        expect(few.trainLabels.filter((label) => label === 1)).toHaveLength(k);
        expect([...more.train]).toEqual(expect.arrayContaining([...few.train]));
        expect(few.heldOut).toEqual(more.heldOut);
      }),
    );
  });

  it('draws the same images of a class whichever others take part, and others for another seed', () => {
    const ofAnt = (classes: string[], seed: number) => {
      const { train, trainLabels } = selectImages(set, classes, { imagesPerClass: 7, seed });
      return [...train.filter((_, i) => trainLabels[i] === classes.indexOf('ant'))];
    };
    expect(ofAnt(['dog', 'ant'], 5)).toEqual(ofAnt(['ant', 'bus', 'cat'], 5));
    expect(ofAnt(['ant', 'bus'], 6)).not.toEqual(ofAnt(['ant', 'bus'], 5));
  });

  it('is the same with all images asked for as with no number given', () => {
    const classes = ['ant', 'bus'];
    expect(selectImages(set, classes, { imagesPerClass: 20, seed: 1 })).toEqual(
      selectImages(set, classes, { seed: 2 }),
    );
  });

  it('names the class that has fewer images than asked for, and how many it has', () => {
    expect(() => selectImages(set, ['bus', 'cat'], { imagesPerClass: 21, seed: 1 })).toThrow(
      'Class "bus" of image set "pictures" has 20 training images, fewer than the 21 asked for; ask for at most 20 images per class or leave the class out.',
    );
  });

  it('refuses an unknown class and classes without held-out images', () => {
    expect(() => selectImages(set, ['ant', 'cow'], { seed: 1 })).toThrow('no class "cow"');
    const untested = memorySet({ classes: ['ant', 'bus'], train: 4, heldOut: 0 });
    expect(() => selectImages(untested, ['ant', 'bus'], { seed: 1 })).toThrow('no held-out images');
  });
});

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  createTrainingBatches,
  evaluationBatches,
  type AugmentedBatch,
  type ImageBatch,
} from '../../src-main/data/batches.ts';
import type { Batch, TrainingBatch } from '../../src-main/engine/engine.ts';
import { BUILT_IN_NETWORKS } from '../../src-main/network/built-in.ts';
import { resolveNetwork, type Network } from '../../src-main/network/network.ts';
import { networkSchema, type TrainingSpec } from '../../src-main/network/spec.ts';
import { memorySet, pixel, plainMean } from './memory-set.ts';

const classes = ['ant', 'bus', 'cat'];

/** Two dropout layers, the lower one on maps. */
function networkOf(inputSize: number, training: Partial<TrainingSpec> = {}): Network {
  const builtIn = BUILT_IN_NETWORKS.get('alexnet-32-small')!.training;
  // A power of two, so that pixels can be told from scaled values exactly.
  const defaults = { ...builtIn, inputScale: 1 / 64 };
  const spec = networkSchema.parse({
    name: 'tiny',
    inputSize,
    layers: [
      { type: 'conv', name: 'conv1', filters: 4, kernel: 3, pad: 1 },
      { type: 'dropout', rate: 0.2 },
      { type: 'dense', name: 'fc2', units: 50 },
      { type: 'dropout', rate: 0.75 },
      { type: 'dense', name: 'fc3' },
    ],
    training: { ...defaults, ...training },
  });
  return resolveNetwork(spec, classes.length);
}

interface Setting {
  size?: number;
  inputSize?: number;
  train?: number;
  batchSize?: number;
  seed?: string;
  training?: Partial<TrainingSpec>;
}

function prepare({ size = 8, inputSize = size, train = 10, batchSize = 4, seed = 'run', training }: Setting) {
  const set = memorySet({ classes, train, size });
  const images = Int32Array.from({ length: train * classes.length }, (_, image) => image);
  const labels = images.map((image) => set.labels[image]);
  const network = networkOf(inputSize, training);
  return { set, images, labels, mean: plainMean(set, images), network, batchSize, seed };
}

const still = { cropPadding: 0, mirror: false };
const copy = ({ images, labels, dropoutMasks }: AugmentedBatch) => ({
  images: images.slice(),
  labels: labels.slice(),
  dropoutMasks: dropoutMasks.map((mask) => mask.slice()),
});

/** The definition, pixel by pixel: pad with zeros, crop, mirror. */
function naiveCrop(
  { set, mean, network }: ReturnType<typeof prepare>,
  image: number,
  top: number,
  left: number,
  mirrored: boolean,
): Float32Array {
  const { size } = set.index;
  const { inputSize } = network.spec;
  const crop = new Float32Array(3 * inputSize * inputSize);
  for (let channel = 0; channel < 3; channel++)
    for (let y = 0; y < inputSize; y++)
      for (let x = 0; x < inputSize; x++) {
        const row = top + y;
        const column = left + (mirrored ? inputSize - 1 - x : x);
        if (row < 0 || row >= size || column < 0 || column >= size) continue;
        const place = (channel * size + row) * size + column;
        crop[(channel * inputSize + y) * inputSize + x] = (pixel(image, place) - mean[place]) / 64;
      }
  return crop;
}

describe('training batches', () => {
  it('of an epoch, uncropped, sum to zero: the mean is subtracted', () => {
    const options = prepare({ batchSize: 5, training: still });
    const batches = createTrainingBatches(options);
    const sums = new Float64Array(3 * 8 * 8);
    for (let step = 0; step < 6; step++)
      batches.batch(step).images.forEach((value, i) => (sums[i % sums.length] += value));
    for (const sum of sums) expect(Math.abs(sum)).toBeLessThan(1e-4);
  });

  it('have the shapes that an engine expects', () => {
    const batch: TrainingBatch = createTrainingBatches(prepare({ size: 10, inputSize: 8 })).batch(0);
    expect(batch.images).toHaveLength(4 * 3 * 8 * 8);
    expect(batch.labels).toHaveLength(4);
    expect(batch.dropoutMasks.map((mask) => mask.length)).toEqual([4 * 4 * 8 * 8, 4 * 50]);
  });

  it('depend on the step alone, not on what was asked for before or by which instance', () => {
    const options = prepare({ train: 5, batchSize: 4 });
    const first = createTrainingBatches(options);
    const inOrder = Array.from({ length: 12 }, (_, step) => copy(first.batch(step)));
    fc.assert(
      fc.property(fc.array(fc.nat({ max: 11 }), { minLength: 1, maxLength: 8 }), (steps) => {
        const resumed = createTrainingBatches(options);
        for (const step of steps) expect(copy(resumed.batch(step))).toEqual(inOrder[step]);
      }),
      { numRuns: 20 },
    );
  });

  it('stay as they are while the next one is made', () => {
    const batches = createTrainingBatches(prepare({ train: 5, batchSize: 4 }));
    for (const step of [0, 1, 6]) {
      const batch = batches.batch(step);
      const before = copy(batch);
      batches.batch(step + 1);
      expect(copy(batch)).toEqual(before);
    }
  });

  it('read only what they show, also when a training is resumed in a later epoch', () => {
    const options = prepare({ train: 100, batchSize: 4 });
    const read: number[] = [];
    const set = {
      ...options.set,
      read: (image: number, into: Uint8Array) => void (read.push(image), options.set.read(image, into)),
    };
    const { labels } = createTrainingBatches({ ...options, set }).batch(7 * 75 + 3);
    expect([...labels]).toEqual(read.map((image) => set.labels[image]));
    expect(read).toHaveLength(4);
  });

  it('differ from step to step and from seed to seed', () => {
    const batches = createTrainingBatches(prepare({}));
    const [a, b] = [copy(batches.batch(0)), copy(batches.batch(1))];
    const other = createTrainingBatches(prepare({ seed: 'another run' })).batch(0);
    for (const { images, dropoutMasks } of [b, other]) {
      expect(images).not.toEqual(a.images);
      expect(dropoutMasks[0]).not.toEqual(a.dropoutMasks[0]);
    }
  });

  it('show every image once per epoch, in batches that run on across the border, in a new order each time', () => {
    // 30 images in batches of 7, and in batches larger than an epoch.
    for (const batchSize of [7, 64]) {
      const options = prepare({ batchSize, training: still });
      const known = new Map([...options.images].map((image) => [naiveCrop(options, image, 0, 0, false).join(), image]));
      const batches = createTrainingBatches(options);
      const seen: number[] = [];
      for (let step = 0; seen.length < 90; step++) {
        const { images, labels } = batches.batch(step);
        for (let i = 0; i < batchSize; i++) {
          const image = known.get(images.subarray(i * 192, (i + 1) * 192).join())!;
          expect(labels[i]).toBe(options.labels[image]);
          seen.push(image);
        }
      }
      const epochs = [seen.slice(0, 30), seen.slice(30, 60), seen.slice(60, 90)];
      for (const epoch of epochs) expect(new Set(epoch).size).toBe(30);
      expect(epochs[1]).not.toEqual(epochs[0]);
    }
  });

  it.each([
    { name: 'padded', size: 6, inputSize: 6, cropPadding: 2, positions: 5 },
    { name: 'cut from larger images', size: 8, inputSize: 5, cropPadding: 0, positions: 4 },
    { name: 'padded and cut', size: 6, inputSize: 5, cropPadding: 1, positions: 4 },
  ])('$name: are exact crops and mirror images, each position and both directions equally often', (example) => {
    const { size, inputSize, cropPadding, positions } = example;
    const options = prepare({ size, inputSize, train: 1, batchSize: 500, training: { cropPadding, mirror: true } });
    const candidates = new Map<string, string>();
    for (const image of options.images)
      for (let top = 0; top < positions; top++)
        for (let left = 0; left < positions; left++)
          for (const mirrored of [false, true])
            candidates.set(
              naiveCrop(options, image, top - cropPadding, left - cropPadding, mirrored).join(),
              `${top} ${left} ${mirrored}`,
            );
    const found = new Map<string, number>();
    const batches = createTrainingBatches(options);
    const length = 3 * inputSize * inputSize;
    for (let step = 0; step < 4; step++) {
      const { images } = batches.batch(step);
      for (let i = 0; i < 500; i++) {
        const kind = candidates.get(images.subarray(i * length, (i + 1) * length).join());
        expect(kind).toBeDefined();
        found.set(kind!, (found.get(kind!) ?? 0) + 1);
      }
    }
    const kinds = 2 * positions ** 2;
    expect(found.size).toBe(kinds);
    // Chi-squared with kinds - 1 degrees of freedom, five standard deviations above its mean.
    const expected = 2000 / kinds;
    const chiSquared = [...found.values()].reduce((sum, times) => sum + (times - expected) ** 2 / expected, 0);
    expect(chiSquared).toBeLessThan(kinds + 5 * Math.sqrt(2 * kinds));
  });

  it('have masks of 0 and 1 / (1 - rate) in the right proportion', () => {
    const { dropoutMasks } = createTrainingBatches(prepare({ batchSize: 100 })).batch(0);
    for (const [index, rate] of [0.2, 0.75].entries()) {
      const mask = dropoutMasks[index];
      const kept = Math.fround(1 / (1 - rate));
      expect(mask.every((value) => value === 0 || value === kept)).toBe(true);
      const dropped = mask.filter((value) => value === 0).length / mask.length;
      expect(Math.abs(dropped - rate)).toBeLessThan(5 * Math.sqrt((rate * (1 - rate)) / mask.length));
    }
  });

  it('say how to import images again that are smaller than the network reads', () => {
    expect(() => createTrainingBatches(prepare({ size: 6, inputSize: 8 }))).toThrow(
      /holds images of 6x6 pixels, but network "tiny" reads 8x8; import the images again with --size 8/,
    );
  });
});

describe('evaluation batches', () => {
  it('show the centre of each image once, in order, the last batch smaller', () => {
    const options = prepare({ size: 9, inputSize: 6, batchSize: 8 });
    let next = 0;
    const sizes: number[] = [];
    for (const batch of evaluationBatches(options)) {
      const { images, labels }: Batch = batch satisfies ImageBatch;
      expect(images).toHaveLength(labels.length * 108);
      sizes.push(labels.length);
      labels.forEach((label, i) => {
        expect(label).toBe(options.labels[next]);
        expect(images.slice(i * 108, (i + 1) * 108)).toEqual(naiveCrop(options, options.images[next], 1, 1, false));
        next += 1;
      });
    }
    expect(sizes).toEqual([8, 8, 8, 6]);
  });
});

it("feeds the paper's network raw pixels", () => {
  expect(BUILT_IN_NETWORKS.get('alexnet')!.training.inputScale).toBe(1);
});

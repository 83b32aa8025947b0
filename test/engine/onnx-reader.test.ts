import { afterAll, describe, expect, it } from 'vitest';
import { layerReadAt, LayerReader, readingName, type ReadingPoint } from '../../src-main/engine/onnx/reader.ts';
import { randomBatch, randomWeights, smallWithDropout } from './random-networks.ts';
import { inFloat64, referenceValues } from './reference.ts';

const network = smallWithDropout();
const weights = randomWeights(network, 'reader');
const points = Array.from({ length: network.depth }, (_, index) => index + 1).flatMap((n): ReadingPoint[] => [
  { n, place: 'weights' },
  { n, place: 'end' },
]);
const reader = await LayerReader.open({ network, weights, points, batchSize: 4, threads: 1 });
afterAll(() => reader.dispose());

/** Place in the spec's own order, in which no ReLU has changed places with a pooling. */
const positionOf = ({ n, place }: ReadingPoint) =>
  network.layers[place === 'weights' ? 'findIndex' : 'findLastIndex']((layer) => layer.n === n);

describe('what is read between layers', () => {
  it.each([4, 3])('is what they compute, in the order image, channel, row, column: %i images', async (count) => {
    const { images } = randomBatch(network, count, `reader ${count}`);
    const read = await reader.read(images);
    const pixels = images.length / count;
    const right = Array.from({ length: count }, (_, image) =>
      referenceValues(network, inFloat64(weights), images.subarray(image * pixels, (image + 1) * pixels)),
    );
    for (const point of points) {
      const values = read.get(readingName(point))!;
      const expected = right.flatMap((layers) => [...layers[positionOf(point)]]);
      expect(values.length, readingName(point)).toBe(expected.length);
      const furthest = values.reduce((most, value, i) => Math.max(most, Math.abs(value - expected[i])), 0);
      expect(furthest, readingName(point)).toBeLessThan(1e-4);
    }
  });

  it('has the shape of the layer that is read, and there is none below the first and above the last', () => {
    expect(layerReadAt(network, { n: network.depth, place: 'end' }).output).toEqual([network.classes, 1, 1]);
    expect(() => layerReadAt(network, { n: 0, place: 'end' })).toThrow('the network has no layer 0');
    expect(() => layerReadAt(network, { n: network.depth + 1, place: 'end' })).toThrow(RangeError);
  });
});

import fc from 'fast-check';
import { expect, test } from 'vitest';
import { filterMosaic } from '../../src-main/filters/mosaic.ts';
import {
  largestWeight,
  layoutOf,
  paintChannel,
  paintFilter,
  paintMagnitude,
  paintMosaic,
  positionOf,
  TRANSPARENT,
} from '../../src-renderer/filters/paint.ts';

/** Red, green, blue of each pixel. */
const opaque = (pixels: Uint8ClampedArray) => [...pixels].filter((_, index) => index % 4 !== 3);
const bank = (shape: number[], weights: number[]) => ({ shape, weights: Float32Array.from(weights) });

test('the window paints the bytes that the report and the command line paint', () => {
  const shapes = fc.record({
    filters: fc.integer({ min: 1, max: 12 }),
    channels: fc.constantFrom(1, 2, 3, 4),
    rows: fc.integer({ min: 1, max: 4 }),
    columns: fc.integer({ min: 1, max: 4 }),
    scale: fc.integer({ min: 1, max: 3 }),
  });
  fc.assert(
    fc.property(shapes, fc.float32Array({ minLength: 768, maxLength: 768 }), (sizes, values) => {
      const shape = [sizes.filters, sizes.channels, sizes.rows, sizes.columns];
      const weights = values.slice(0, sizes.filters * sizes.channels * sizes.rows * sizes.columns);
      const painted = paintMosaic({ shape, weights }, { scale: sizes.scale });
      const mosaic = filterMosaic({ shape, data: weights }, { scale: sizes.scale });
      expect([painted.width, painted.height]).toEqual([mosaic.width, mosaic.height]);
      expect(Buffer.from(opaque(painted.pixels)).equals(Buffer.from(mosaic.pixels))).toBe(true);
      expect(painted.pixels.every((value, index) => index % 4 !== 3 || value === 255)).toBe(true);
    }),
  );
});

test('on a common scale a small filter is pale beside a large one', () => {
  const filters = bank([2, 3, 1, 1], [1, 0, 0, 0.1, 0, 0]);
  expect(largestWeight(filters)).toBe(1);
  expect([...paintFilter(filters, 1).pixels]).toEqual([255, 128, 128, 255]);
  expect([...paintFilter(filters, 1, largestWeight(filters)).pixels]).toEqual([141, 128, 128, 255]);
});

test('an order shows those filters at those places, on nothing', () => {
  const filters = bank([3, 3, 1, 1], [1, 0, 0, 0, 1, 0, 0, 0, 1]);
  const { width, pixels } = paintMosaic(filters, { order: [2, 0], background: TRANSPARENT });
  const at = (place: number) => {
    const { left, top } = positionOf(place, layoutOf(2, 1, 1), 1, 1);
    return [...pixels.subarray(4 * (top * width + left), 4 * (top * width + left) + 4)];
  };
  expect(at(0)).toEqual([128, 128, 255, 255]);
  expect(at(1)).toEqual([255, 128, 128, 255]);
  expect([...pixels.subarray(0, 4)]).toEqual([0, 0, 0, 0]);
});

test('filters stand in as many columns as are asked for', () => {
  const filters = bank([4, 1, 1, 1], [1, 2, 3, 4]);
  const size = (across?: number) => {
    const { width, height } = paintMosaic(filters, { across });
    return [width, height];
  };
  expect([size(), size(4), size(9), size(1)]).toEqual([
    [7, 5],
    [9, 3],
    [9, 3],
    [3, 9],
  ]);
});

test('a channel is grey and measured against all channels of its filter', () => {
  const filters = bank([1, 3, 1, 2], [2, 0, -1, 0, 0, 0]);
  expect([...paintChannel(filters, 0, 0).pixels]).toEqual([255, 255, 255, 255, 128, 128, 128, 255]);
  expect([...paintChannel(filters, 0, 1).pixels].slice(0, 3)).toEqual([65, 65, 65]);
});

test('a magnitude is black at nothing and white at its largest; without any it is black', () => {
  expect(opaque(paintMagnitude(Float32Array.of(0, 1, 4, 0), 2).pixels)).toEqual([
    ...[0, 0, 0],
    ...[128, 128, 128],
    ...[255, 255, 255],
    ...[0, 0, 0],
  ]);
  expect(opaque(paintMagnitude(new Float32Array(1), 1).pixels)).toEqual([0, 0, 0]);
});

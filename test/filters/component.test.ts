import fc from 'fast-check';
import { expect, test } from 'vitest';
import { dominantComponent } from '../../src-main/filters/colour.ts';
import { blob, drawn, pure } from './drawn.ts';

test('a filter is taken apart into grey and its main colour, whichever is stronger', () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 359 }), fc.constantFrom(0.3, 3), (hue, strength) => {
      const [spot, wide] = [blob(1), blob(3)];
      const bank = drawn(7, (x, y) => pure(hue).map((one) => wide(x, y) + strength * one * spot(x, y)));
      const { kind, plane, share } = dominantComponent(bank, 0);
      const [grey, colour] = [wide, spot].map((value, part) => {
        const [length] = [[Math.sqrt(3), strength * Math.sqrt(1.5)][part]];
        return drawn(7, (x, y) => [length * value(x, y)]).data;
      });
      const expected = kind === 'colour' ? colour : grey;
      plane.values.forEach((value, pixel) => expect(value).toBeCloseTo(expected[pixel], 5));
      const [own, both] = [expected, bank.data].map((values) => values.reduce((sum, value) => sum + value ** 2, 0));
      expect(share).toBeCloseTo(own / both, 5);
      expect(share).toBeGreaterThanOrEqual(0.5);
    }),
  );
});

test('filters of one channel, and of more than three, have luminance alone', () => {
  for (const channels of [1, 2, 5]) {
    const { kind, plane, share } = dominantComponent(
      drawn(3, (x) => Array.from({ length: channels }, () => x)),
      0,
    );
    expect(kind).toBe('luminance');
    expect(share).toBeCloseTo(1, 6);
    expect(plane.values[2]).toBeCloseTo(Math.sqrt(channels), 6);
  }
});

test('of zeros, and of what is not finite, it is nothing', () => {
  for (const value of [0, NaN, Infinity])
    expect(
      dominantComponent(
        drawn(3, () => [value, value, value]),
        0,
      ),
    ).toMatchObject({ share: 0 });
});

import { expect, it } from 'vitest';
import { calibrate, computeCalibration, type Calibration } from '../../../src-main/filters/fit/calibration.ts';
import { FILTER_CLASSES } from '../../../src-main/common/results/filters.ts';

/** A test that the stored calibration of a shape of filters is what the search comes to again. */
export function describeKnown({ shape }: Pick<Calibration, 'shape'>): void {
  it(`are what untrained filters come to: ${shape.join('x')}`, { timeout: 120_000 }, () => {
    const anew = computeCalibration(shape);
    const known = calibrate(shape);
    expect({ ...known, least: anew.least, shares: anew.shares }).toEqual(anew);
    expect(known.least).toBeCloseTo(anew.least, 6);
    for (const kind of FILTER_CLASSES) expect(known.shares[kind]).toBeCloseTo(anew.shares[kind], 6);
  });
}

import { describe, expect, it } from 'vitest';
import { calibrate, computeCalibration, type Calibration } from '../../../src-main/filters/fit/calibration.ts';
import { FILTER_CLASSES } from '../../../src-main/common/results/filters.ts';
import { KNOWN_CALIBRATIONS } from '../../../src-main/filters/fit/known-calibrations.ts';
import { BUILT_IN_NETWORKS } from '../../../src-main/network/built-in.ts';
import { resolveNetwork } from '../../../src-main/network/network.ts';

describe('known calibrations', () => {
  it.each(KNOWN_CALIBRATIONS)(
    'are what untrained filters come to: $shape',
    ({ shape }) => {
      const anew = computeCalibration(shape);
      const known = calibrate(shape);
      expect({ ...known, least: anew.least, shares: anew.shares }).toEqual(anew);
      expect(known.least.gabor).toBeCloseTo(anew.least.gabor, 6);
      expect(known.least.blob).toBeCloseTo(anew.least.blob, 6);
      for (const kind of FILTER_CLASSES) expect(known.shares[kind]).toBeCloseTo(anew.shares[kind], 6);
    },
    120_000,
  );

  it('are there for every built-in network, without a search', () => {
    for (const spec of BUILT_IN_NETWORKS.values()) {
      const [, ...shape] = resolveNetwork(spec, 10).parameters[0].shape;
      const search = () => {
        throw new Error('searched');
      };
      expect(() => calibrate(shape as unknown as Calibration['shape'], { search })).not.toThrow();
    }
  });

  it('are of their own seed and number only', () => {
    const other = calibrate([3, 3, 3], { seed: 'other', filters: 20 });
    expect(other.least).not.toEqual(calibrate([3, 3, 3]).least);
  });
});

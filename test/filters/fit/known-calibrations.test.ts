import { describe, expect, it } from 'vitest';
import { calibrate, type Calibration, KNOWN_CALIBRATIONS } from '../../../src-main/filters/fit/calibration.ts';
import { BUILT_IN_NETWORKS } from '../../../src-main/network/built-in.ts';
import { resolveNetwork } from '../../../src-main/network/network.ts';
import { describeKnown } from './known.ts';

describe('known calibrations', () => {
  // The smallest: what another search comes to shows in it as in the others, which known-calibrations.long.test.ts repeats.
  describeKnown(KNOWN_CALIBRATIONS[0]);

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
    expect([other.seed, other.filters]).toEqual(['other', 20]);
    expect(calibrate([3, 3, 3]).filters).toBe(200);
  });
});

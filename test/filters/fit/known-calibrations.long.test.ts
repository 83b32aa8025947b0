import { describe } from 'vitest';
import { KNOWN_CALIBRATIONS } from '../../../src-main/filters/fit/calibration.ts';
import { describeKnown } from './known.ts';

describe('known calibrations', () => {
  for (const known of KNOWN_CALIBRATIONS.slice(1)) describeKnown(known);
});

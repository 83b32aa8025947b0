import { setImmediate } from 'node:timers/promises';
import { Cancelled } from '../../errors.ts';
import { bankShape } from '../../filters/bank.ts';
import { fitBank, type FilterFit } from '../../filters/fit/bank-fit.ts';
import { calibrate, type Calibration } from '../../filters/fit/calibration.ts';
import { summarise, type FilterSummary } from '../../filters/fit/summary.ts';
import type { LatestFilters } from '../live-study.ts';

/** The filters of a network at one step, each with its class and its fits. */
export interface FittedBank {
  readonly step: number;
  readonly fits: readonly FilterFit[];
  readonly summary: FilterSummary;
}

export interface FittedBanks {
  readonly calibration: Calibration;
  readonly banks: readonly FittedBank[];
}

/** Fits banks of filters of one shape, one or more. Without a calibration for that shape, it is worked out first. */
export async function fitBanks(
  { banks, calibration }: { banks: readonly LatestFilters[]; calibration?: Calibration },
  signal?: AbortSignal,
): Promise<FittedBanks> {
  const [, ...shape] = bankShape(banks[0].weight);
  const untrained = calibration ?? calibrate(shape);
  const fitted: FittedBank[] = [];
  for (const { step, weight } of banks) {
    // Where the message to stop waits.
    await setImmediate();
    if (signal?.aborted) throw new Cancelled();
    const fits = fitBank(weight, untrained);
    fitted.push({ step, fits, summary: summarise(fits) });
  }
  return { calibration: untrained, banks: fitted };
}

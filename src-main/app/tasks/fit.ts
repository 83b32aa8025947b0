import { setImmediate } from 'node:timers/promises';
import { Cancelled } from '../../errors.ts';
import { bankShape } from '../../filters/bank.ts';
import { type FilterSummary, fitBank, type FittedFilter, summarise } from '../../filters/fit/bank-fit.ts';
import { calibrate, type Calibration } from '../../filters/fit/calibration.ts';
import { cachedSearch, UNTRAINED } from '../../filters/fit/fit-cache.ts';
import { type NullFilters, nullsOf } from '../../filters/fit/nulls.ts';
import { type MasterMatches, masterMatches } from '../../filters/master-filters.ts';
import type { LatestFilters } from '../workspace/live-study.ts';

/** The filters of a network at one step, each with its class and its fits. */
export interface BankFit {
  readonly step: number;
  readonly fits: readonly FittedFilter[];
  readonly summary: FilterSummary;
  /** What it is held against, if that was asked for. */
  readonly nulls?: readonly NullFilters[];
  /** The master filters nearest to its filters, where each reads one channel and the nulls were asked for. */
  readonly master?: MasterMatches;
}

export interface FittedBanks {
  readonly calibration: Calibration;
  readonly banks: readonly BankFit[];
}

export interface FitRequest {
  /** The home folder, which has the cache of fits. */
  readonly home: string;
  /** Key of the training, or of the opened file, whose filters they are. */
  readonly run: string;
  readonly banks: readonly LatestFilters[];
  /** Whether the last of the banks is held against its nulls, which takes as long as 300 filters. */
  readonly nulls?: boolean;
  readonly calibration?: Calibration;
}

/** Fits one or more banks of filters of one shape. A missing calibration for that shape is computed first. */
export async function fitBanks(
  { home, run, banks, nulls, calibration }: FitRequest,
  signal?: AbortSignal,
): Promise<FittedBanks> {
  const [, ...shape] = bankShape(banks[0].weight);
  const untrained = calibration ?? calibrate(shape, { search: cachedSearch(home, UNTRAINED) });
  const search = cachedSearch(home, run);
  const fitted: BankFit[] = [];
  for (const { step, weight } of banks) {
    // The message to stop arrives in the event loop.
    await setImmediate();
    if (signal?.aborted) throw new Cancelled();
    const fits = fitBank(weight, untrained, search);
    fitted.push({ step, fits, summary: summarise(fits) });
  }
  if (nulls) {
    const { weight } = banks.at(-1)!;
    const held = nullsOf(weight, untrained, { search });
    const master = weight.shape[1] === 1 ? masterMatches(weight) : undefined;
    fitted[fitted.length - 1] = { ...fitted.at(-1)!, nulls: held, ...(master && { master }) };
  }
  return { calibration: untrained, banks: fitted };
}

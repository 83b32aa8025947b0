import { availableParallelism } from 'node:os';
import { setImmediate } from 'node:timers/promises';
import { Cancelled } from '../../errors.ts';
import { cachedSearch, isCached, type OwnedBank } from '../../filters/fit/fit-cache.ts';
import { runTask } from './run-task.ts';

/** Filters that are worth a process of their own, because fitting them takes about half a second. */
const WORTH_IT = 150;

/**
 * Fits filters that are not in the cache yet, on as many cores as there are, and leaves the fits there for the report. It only saves
 * time: the report's numbers are the same without. Throws Cancelled.
 */
export async function fitAhead(
  home: string,
  banks: readonly OwnedBank[],
  { signal, cores = availableParallelism() }: { readonly signal?: AbortSignal; readonly cores?: number } = {},
): Promise<void> {
  const missing = banks.filter(({ owner, weight }) => !isCached(home, owner, weight));
  const shares = Math.min(cores, Math.floor(sum(missing) / WORTH_IT));
  if (shares < 2) return;
  const [own, ...others] = equalShares(missing, shares);
  await Promise.all([
    ...others.map((banks) => runTask({ type: 'search-fits', home, banks }, { signal })),
    searchFits({ home, banks: own }, signal),
  ]);
}

/** Searches the fits of filters and leaves them in the cache. Throws Cancelled between two banks. */
export async function searchFits(
  { home, banks }: { readonly home: string; readonly banks: readonly OwnedBank[] },
  signal?: AbortSignal,
): Promise<void> {
  for (const { owner, weight } of banks) {
    // Messages arrive in the event loop.
    await setImmediate();
    if (signal?.aborted) throw new Cancelled();
    cachedSearch(home, owner)(weight);
  }
}

const size = ({ weight }: OwnedBank): number => weight.shape[0];
const sum = (banks: readonly OwnedBank[]): number => banks.reduce((total, bank) => total + size(bank), 0);

/** The largest banks first, each to the share that has the fewest filters. */
function equalShares(banks: readonly OwnedBank[], count: number): OwnedBank[][] {
  const shares = Array.from({ length: count }, (): OwnedBank[] => []);
  for (const bank of banks.toSorted((a, b) => size(b) - size(a)))
    shares.reduce((least, share) => (sum(share) < sum(least) ? share : least)).push(bank);
  return shares;
}

import { availableParallelism } from 'node:os';
import { isCached } from '../../filters/fit/fit-cache.ts';
import type { ReportedFilters } from '../../study/analysis/study-report.ts';
import type { LatestFilters } from '../workspace/live-study.ts';
import { runTask } from './run-task.ts';

/** Filters that are worth a process of their own, because fitting them takes about a second. */
const WORTH_IT = 150;

/**
 * Fits filters that are not in the cache yet, in as many processes as there are cores, and leaves the fits there for the
 * report. It only saves time: the report's numbers are the same without. Throws Cancelled.
 */
export async function fitAhead(
  home: string,
  filters: readonly ReportedFilters[],
  { signal, cores = availableParallelism() }: { readonly signal?: AbortSignal; readonly cores?: number } = {},
): Promise<void> {
  const banks = filters.map(({ run, step, weight, history }) => ({
    run,
    banks: [...history, { step, weight }].filter((bank) => !isCached(home, run, bank.weight)),
  }));
  const all = banks.flatMap(({ banks }) => banks);
  const processes = Math.min(cores, all.length, Math.floor(all.reduce((sum, bank) => sum + size(bank), 0) / WORTH_IT));
  if (processes < 2) return;
  const most = Math.ceil(all.length / processes);
  const waiting = banks.flatMap(({ run, banks }) => chunksOf(banks, most).map((part) => ({ run, banks: part })));
  const work = async () => {
    for (let part = waiting.shift(); part; part = waiting.shift())
      await runTask({ type: 'fit', home, ...part }, { signal });
  };
  await Promise.all(Array.from({ length: processes }, work));
}

const size = ({ weight }: LatestFilters): number => weight.shape[0];

function chunksOf<Item>(items: readonly Item[], most: number): Item[][] {
  return Array.from({ length: Math.ceil(items.length / most) }, (_, part) =>
    items.slice(part * most, (part + 1) * most),
  );
}

import type { Calibration } from '../../filters/fit/calibration.ts';
import { filtersOverTime } from '../../study/results/filters-over-time.ts';
import { firstLayerFilters, type StoredRun } from '../stored/run.ts';
import type { Home } from '../opened-home.ts';
import type { LatestFilters } from './live-study.ts';
import type { BankFit, FittedBanks } from '../tasks/fit.ts';
import { runTask } from '../tasks/run-task.ts';

/** Banks that are remembered, which is enough for some networks and their histories. */
const REMEMBERED = 100;

/**
 * Fits of first-layer filters, made in a process of their own. They are remembered, because fitting a bank takes seconds
 * and even reading its fits from the cache (`filters/fit/fit-cache.ts`) takes the start of a process.
 */
export class FilterFits {
  readonly #banks = new Map<string, BankFit>();
  readonly #calibrations = new Map<string, Calibration>();

  /**
   * Fits at a step, at the latest, or at steps that are spread over the run's history and include its first and last;
   * where there is no history, at the latest. Throws a UserError where there are no filters, and Cancelled.
   */
  async of(
    home: Home,
    run: StoredRun,
    at: number | 'latest' | 'history',
    live: LatestFilters | undefined,
    signal?: AbortSignal,
  ): Promise<FittedBanks> {
    const history = at === 'history' ? filtersOverTime(home.store, run.record.key) : [];
    const banks =
      history.length > 0 ? history : [await firstLayerFilters(home, run, at === 'history' ? 'latest' : at, live)];
    const { key } = run.record;
    const shape = run.network.parameters[0].shape.slice(1).join('x');
    const missing = banks.filter(({ step }) => !this.#banks.has(`${key} ${step}`));
    if (missing.length > 0) {
      const known = this.#calibrations.get(shape);
      const { calibration, banks: fitted } = await runTask(
        { type: 'fit', home: home.home, run: key, banks: missing, calibration: known },
        { signal },
      );
      this.#calibrations.set(shape, calibration);
      for (const bank of fitted) this.#banks.set(`${key} ${bank.step}`, bank);
    }
    const answer = banks.map(({ step }) => this.#banks.get(`${key} ${step}`)!);
    for (const old of [...this.#banks.keys()].slice(0, -REMEMBERED)) this.#banks.delete(old);
    return { calibration: this.#calibrations.get(shape)!, banks: answer };
  }
}

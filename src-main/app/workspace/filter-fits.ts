import type { Calibration } from '../../filters/fit/calibration.ts';
import type { Home } from '../opened-home.ts';
import type { BankFit, FittedBanks } from '../tasks/fit.ts';
import { runTask } from '../tasks/run-task.ts';
import type { FilterSource } from './filter-sources.ts';

/** Banks that are remembered, which is enough for some networks and their histories. */
const REMEMBERED = 100;

/**
 * Fits of filters, made in a process of their own. They are remembered, because fitting a bank takes seconds and even reading
 * its fits from the cache (`filters/fit/fit-cache.ts`) takes the start of a process.
 */
export class FilterFits {
  readonly #banks = new Map<string, BankFit>();
  readonly #calibrations = new Map<string, Calibration>();

  /**
   * Fits at a step or at the latest, held against their nulls; or at steps that are spread over a training's history and
   * include its first and last, without; where there is no history, at the latest. Throws a UserError where there are no
   * filters, and Cancelled.
   */
  async of(
    home: Home,
    source: FilterSource,
    at: number | 'latest' | 'history',
    signal?: AbortSignal,
  ): Promise<FittedBanks> {
    const history = at === 'history' ? source.history() : [];
    const banks = history.length > 0 ? history : [await source.at(at === 'history' ? 'latest' : at)];
    const { key, layer, shape } = source;
    const nameOf = (step: number) => `${key} ${layer} ${step}`;
    const nulls = at !== 'history';
    const missing = banks.filter(({ step }) => {
      const known = this.#banks.get(nameOf(step));
      return !known || (nulls && !known.nulls);
    });
    if (missing.length > 0) {
      const known = this.#calibrations.get(shape);
      const { calibration, banks: fitted } = await runTask(
        { type: 'fit', home: home.home, run: key, banks: missing, nulls, calibration: known },
        { signal },
      );
      this.#calibrations.set(shape, calibration);
      for (const bank of fitted) this.#banks.set(nameOf(bank.step), bank);
    }
    const answer = banks.map(({ step }) => this.#banks.get(nameOf(step))!);
    for (const old of [...this.#banks.keys()].slice(0, -REMEMBERED)) this.#banks.delete(old);
    return { calibration: this.#calibrations.get(shape)!, banks: answer };
  }
}

import { sentenceOf } from '../../api.ts';
import { loadFits, type Fits } from '../../filters/fits.ts';
import { session } from '../../state/session.svelte.ts';

/** Milliseconds that a step has to stay before its filters are fitted: a film of them asks for none. */
const SETTLED = 400;

/** The fits of one network at one step, while they are wanted; the last stay until the new ones are there. */
export class NetworkFits {
  value = $state.raw<{ readonly run: string; readonly fits: Fits }>();
  problem = $state<string>();
  waiting = $state(false);

  /** Call it while a component is set up. */
  constructor(wanted: () => { run: string; step: number } | undefined) {
    $effect(() => {
      const now = session.connected ? wanted() : undefined;
      this.problem = undefined;
      this.waiting = now !== undefined;
      if (!now) return;
      const stop = new AbortController();
      const timer = setTimeout(() => void this.#ask(now, stop.signal), SETTLED);
      return () => {
        clearTimeout(timer);
        // Who goes on does not wait for it: its process is ended.
        stop.abort();
      };
    });
  }

  async #ask({ run, step }: { run: string; step: number }, signal: AbortSignal): Promise<void> {
    try {
      const fits = await loadFits(session.api, run, step, signal);
      if (!signal.aborted) this.value = { run, fits };
    } catch (error) {
      if (!signal.aborted) this.problem = sentenceOf(error);
    } finally {
      if (!signal.aborted) this.waiting = false;
    }
  }
}

import { sentenceOf } from '../../api.ts';
import { session } from '../../state/session.svelte.ts';

/** Milliseconds that what is wanted has to stay before it is asked for: a film of filters asks for nothing. */
const SETTLED = 400;

/** What takes main seconds to work out, while it is wanted; the last answer stays until the new one is there. */
export class Settled<Wanted, Value> {
  answer = $state.raw<{ readonly wanted: Wanted; readonly value: Value }>();
  problem = $state<string>();
  waiting = $state(false);
  readonly #load: (wanted: Wanted, signal: AbortSignal) => Promise<Value>;

  /** Call it while a component is set up. */
  constructor(wanted: () => Wanted | undefined, load: (wanted: Wanted, signal: AbortSignal) => Promise<Value>) {
    this.#load = load;
    $effect(() => {
      const now = session.connected ? wanted() : undefined;
      this.problem = undefined;
      this.waiting = now !== undefined;
      if (now === undefined) return;
      const stop = new AbortController();
      const timer = setTimeout(() => void this.#ask(now, stop.signal), SETTLED);
      return () => {
        clearTimeout(timer);
        // Who goes on does not wait for it: its process is ended.
        stop.abort();
      };
    });
  }

  async #ask(wanted: Wanted, signal: AbortSignal): Promise<void> {
    try {
      const value = await this.#load(wanted, signal);
      if (!signal.aborted) this.answer = { wanted, value };
    } catch (error) {
      if (!signal.aborted) this.problem = sentenceOf(error);
    } finally {
      if (!signal.aborted) this.waiting = false;
    }
  }
}

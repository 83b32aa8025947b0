import { sentenceOf } from '../../api.ts';
import { session } from '../../state/session.svelte.ts';

/** Milliseconds without a change before main is asked: a history that is played asks for nothing. */
const SETTLED = 400;

/** An answer that takes main seconds, asked for while it is wanted; the last one stays until the new one is there. */
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
        // Going on to something else ends the process that works on this.
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

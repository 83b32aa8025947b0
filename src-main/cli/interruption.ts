import type { SignalSource } from './surroundings.ts';

const SIGNALS: readonly NodeJS.Signals[] = ['SIGINT', 'SIGTERM', 'SIGHUP'];

/**
 * One Ctrl-C can reach this process several times: from the terminal, which signals the whole process group, and from
 * npm and the launcher (transplant.js), which both pass it on. Signals within so many milliseconds count as one.
 */
const ONE_KEYSTROKE = 500;

/** Listens for Ctrl-C while work is under way. The first one aborts `signal`; `second` is called for later ones. */
export class Interruption {
  readonly #controller = new AbortController();
  readonly #source: SignalSource;
  readonly #listener: () => void;

  constructor(source: SignalSource, now: () => number, on: { first: () => void; second: () => void }) {
    this.#source = source;
    let asked: number | undefined;
    this.#listener = () => {
      if (asked === undefined) {
        asked = now();
        on.first();
        this.#controller.abort();
      } else if (now() - asked > ONE_KEYSTROKE) on.second();
    };
    for (const signal of SIGNALS) source.on(signal, this.#listener);
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  dispose(): void {
    for (const signal of SIGNALS) this.#source.removeListener(signal, this.#listener);
  }
}

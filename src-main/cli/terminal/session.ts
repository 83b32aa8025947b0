import type { Application, Work } from '../../app/application.ts';
import { Cancelled } from '../../errors.ts';
import { BarView } from './progress-bars.ts';
import { JsonView, LineView, type ProgressView } from './progress-lines.ts';
import type { GlobalOptions, SignalSource, Surroundings } from './surroundings.ts';

/** The exit code of a program that Ctrl-C ended: 128 + SIGINT. */
export const INTERRUPTED = 130;

/** The exit code of a program whose reader went away: 128 + SIGPIPE. */
export const READER_GONE = 141;

/** Thrown when Ctrl-C, or a reader that went away, ended a command. The message says how to go on. */
export class Interrupted extends Error {}

type WorkWatch = Pick<Work, 'signal' | 'onEvent' | 'onImport'> & { readonly note: ProgressView['note'] };

/** Opens the home folder for reading, and closes it afterwards. */
export async function reading<T>(
  surroundings: Surroundings,
  options: GlobalOptions,
  look: (application: Application) => T | Promise<T>,
): Promise<T> {
  const application = await surroundings.open({ home: options.home, readOnly: true });
  try {
    return await look(application);
  } finally {
    application.close();
  }
}

/**
 * Opens the home folder for work, shows progress, and stops on Ctrl-C. Throws Interrupted if the work was stopped
 * before there was anything to resume.
 */
export async function working<T>(
  surroundings: Surroundings,
  options: GlobalOptions,
  work: (application: Application, watch: WorkWatch) => Promise<T>,
): Promise<T> {
  const application = await surroundings.open({ home: options.home });
  try {
    return await watching(surroundings, options, (watch) => work(application, watch));
  } finally {
    application.close();
  }
}

/** Shows progress of work that needs no home folder, and stops it on Ctrl-C. Throws Interrupted if it was stopped. */
export async function watching<T>(
  surroundings: Surroundings,
  options: GlobalOptions,
  work: (watch: WorkWatch) => Promise<T>,
): Promise<T> {
  const view = progressView(surroundings, options.json === true);
  const interruption = listen(surroundings, view);
  const signal = AbortSignal.any([interruption.signal, surroundings.outputClosed]);
  try {
    return await work({
      signal,
      onEvent: (event) => view.onEvent(event),
      onImport: (progress) => view.onImport(progress),
      note: (sentence) => view.note(sentence),
    });
  } catch (error) {
    if (error instanceof Cancelled)
      throw new Interrupted('Stopped. There is nothing to resume; run the same command again.');
    throw error;
  } finally {
    view.close();
    interruption.dispose();
  }
}

function listen({ signals, now, exit }: Surroundings, view: ProgressView): Interruption {
  return new Interruption(signals, now, {
    first: () => view.note('Stopping after the current step ...'),
    second: () => {
      view.close();
      exit(INTERRUPTED);
    },
  });
}

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

/** The view for these surroundings: bars in a terminal, plain lines in a log file, JSON lines for a program. */
function progressView(surroundings: Surroundings, json: boolean): ProgressView {
  const seconds = () => surroundings.now() / 1000;
  if (json) return new JsonView(surroundings);
  const { stderr, environment } = surroundings;
  return stderr.isTTY && environment.TERM !== 'dumb' ? new BarView(stderr, seconds) : new LineView(stderr, seconds);
}

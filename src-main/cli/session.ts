import type { Application, Work } from '../app/application.ts';
import { Cancelled } from '../errors.ts';
import { Interruption } from './interruption.ts';
import { progressView, type ProgressView } from './progress/view.ts';
import type { GlobalOptions, Surroundings } from './surroundings.ts';

/** The exit code of a program that Ctrl-C ended: 128 + SIGINT. */
export const INTERRUPTED = 130;

/** The exit code of a program whose reader went away: 128 + SIGPIPE. */
export const READER_GONE = 141;

/** Thrown when Ctrl-C, or a reader that went away, ended a command. The message says how to go on. */
export class Interrupted extends Error {}

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
  work: (
    application: Application,
    watch: Pick<Work, 'signal' | 'onEvent' | 'onImport'> & { readonly note: ProgressView['note'] },
  ) => Promise<T>,
): Promise<T> {
  const application = await surroundings.open({ home: options.home });
  const view = progressView(surroundings, options.json === true);
  const interruption = listen(surroundings, view);
  const signal = AbortSignal.any([interruption.signal, surroundings.outputClosed]);
  try {
    return await work(application, {
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
    application.close();
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

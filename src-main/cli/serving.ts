import { builtProgram } from './built-program.ts';
import { Interruption } from './interruption.ts';
import { INTERRUPTED } from './session.ts';
import { print, printJson, type GlobalOptions, type Surroundings } from './surroundings.ts';

export interface ServingOptions extends GlobalOptions {
  readonly port?: number;
  readonly listen?: string;
  readonly beyondLoopback?: boolean;
  readonly knownAs?: readonly string[];
}

/** Functions that are called once the link can be opened, and for each page that connects. */
export interface ServingWatch {
  readonly onLink?: (link: string) => void;
  readonly onPage?: () => void;
}

/**
 * Serves the screens to a browser until Ctrl-C, which pauses what is under way. Only here and in serve.ts does the
 * command line use the browser host. Throws a UserError if the screens can't be served.
 */
export async function serveUntilStopped(
  surroundings: Surroundings,
  options: ServingOptions,
  watch: ServingWatch = {},
): Promise<void> {
  const note = (sentence: string): void => void surroundings.stderr.write(`${sentence}\n`);
  const { renderer } = await builtProgram(note);
  const [{ Desk }, { openBrowserHost, DEFAULT_PORT }, { serveConnection }, { tunnelCommand }] = await Promise.all([
    import('../app/desk.ts'),
    import('../host/browser-host.ts'),
    import('../api/connection.ts'),
    import('../host/listen-address.ts'),
  ]);
  const desk = new Desk({ home: options.home });
  desk.open();
  try {
    const host = await openBrowserHost({
      ...options,
      home: desk.home,
      closed: () => desk.closed,
      renderer,
      connect: (channel) => {
        watch.onPage?.();
        serveConnection(channel, desk, { kind: 'browser' });
      },
    });
    const stopped = firstInterruption(surroundings, () => note(stoppingMessage(desk.busy)));
    if (desk.closed !== undefined) note(desk.closed);
    if (options.port === undefined && host.port !== DEFAULT_PORT)
      note(`Port ${DEFAULT_PORT} is taken; Transplant uses another one.`);
    if (!host.loopback) note(`Warning: the connection is not encrypted. This is safer: ${tunnelCommand(host.port)}`);
    else if (surroundings.environment.SSH_CONNECTION)
      note(`On your own machine, run this first: ${tunnelCommand(host.port)}`);
    if (options.json) printJson(surroundings, { type: 'serving', url: host.link });
    else print(surroundings, `Open ${host.link} in a browser. Ctrl-C ends Transplant.`);
    watch.onLink?.(host.link);
    await stopped;
    await host.close();
  } finally {
    await desk.close();
  }
  note('Stopped.');
}

function stoppingMessage({ trainings, imports }: { trainings: boolean; imports: boolean }): string {
  if (trainings) return 'Pausing the study: everything is stored, and it can be resumed from its page next time ...';
  return imports ? 'Stopping the import under way ...' : 'Stopping ...';
}

/** Resolves at the first Ctrl-C; a second one ends the process at once. */
function firstInterruption({ signals, now, exit }: Surroundings, onFirst: () => void): Promise<void> {
  return new Promise((resolve) => {
    // This listens until the process ends, so that a second Ctrl-C works while things are being stored.
    new Interruption(signals, now, {
      first: () => {
        onFirst();
        resolve();
      },
      second: () => exit(INTERRUPTED),
    });
  });
}

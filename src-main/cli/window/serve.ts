import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Command } from 'commander';
import { UserError } from '../../errors.ts';
import { PACKAGE_FILE } from '../../process/program.ts';
import { parseFilled, wholeNumber } from '../terminal/parse.ts';
import { INTERRUPTED, Interruption } from '../terminal/session.ts';
import { type GlobalOptions, print, printJson, type Surroundings } from '../terminal/surroundings.ts';

/** `transplant serve` shows the screens in a browser, also for machines without a display. */
export function addServeCommand(serve: Command, surroundings: Surroundings): void {
  serve
    .option(
      '--port <n>',
      'the port to listen on; 0 means any free one (default: 11792)',
      wholeNumber('--port', 0, 65_535),
    )
    .option('--listen <address>', 'the address to listen on (default: 127.0.0.1)', parseFilled('--listen'))
    .option('--beyond-loopback', 'allow an address that other machines can reach; nothing is encrypted')
    .option(
      '--known-as <host:port>',
      'also answer to this name, as a tunnel or proxy passes it on; may be given several times',
      (text: string, names: readonly string[] = []) => [...names, text],
    )
    .addHelpText(
      'after',
      `
Examples:
  transplant serve                              prints the link to open
  ssh -L 11792:127.0.0.1:11792 me@gpu-machine   run on your own machine, makes the link of gpu-machine work there`,
    )
    .action(async (_options: object, command: Command) => {
      const options = command.optsWithGlobals<ServingOptions>();
      const { parseKnownAs } = await import('../../host/listen-address.ts');
      await serveUntilStopped(surroundings, { ...options, knownAs: options.knownAs?.map(parseKnownAs) });
    });
}

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
  const [{ Workspace }, { openBrowserHost, DEFAULT_PORT }, { serveConnection }, { tunnelCommand }] = await Promise.all([
    import('../../app/workspace/workspace.ts'),
    import('../../host/browser-host.ts'),
    import('../../api/connection.ts'),
    import('../../host/listen-address.ts'),
  ]);
  const workspace = new Workspace({ home: options.home });
  workspace.open();
  try {
    const host = await openBrowserHost({
      ...options,
      home: workspace.home,
      closed: () => workspace.closed,
      renderer,
      connect: (channel) => {
        watch.onPage?.();
        serveConnection(channel, workspace, { kind: 'browser' });
      },
    });
    const stopped = firstInterruption(surroundings, () => note(stoppingMessage(workspace.busy)));
    if (workspace.closed !== undefined) note(workspace.closed);
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
    await workspace.close();
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

/** The folder of package.json. */
const ROOT = dirname(fileURLToPath(PACKAGE_FILE));

export interface BuiltProgram {
  /** The folder of package.json: what Electron is started with. */
  readonly root: string;
  /** The folder of the screens. */
  readonly renderer: string;
}

/**
 * Finds the screens and Electron's entry as electron-vite builds them, and builds them if they are missing. Throws a
 * UserError if they can't be built.
 */
export async function builtProgram(note: (sentence: string) => void, root = ROOT): Promise<BuiltProgram> {
  const renderer = join(root, 'out', 'renderer');
  const parts = [join(renderer, 'index.html'), join(root, 'out', 'main', 'index.js')];
  if (!parts.every((file) => existsSync(file))) {
    note('The screens are not built yet; building them takes a moment ...');
    await build(root);
  }
  return { root, renderer };
}

async function build(root: string): Promise<void> {
  const script = electronVite(root);
  if (!script)
    throw new UserError(
      `The screens are missing in ${join(root, 'out')} and there is nothing here to build them with: run "npm ci" in ${root}, or install Transplant again.`,
    );
  const words = [script, 'build', '--logLevel', 'error', '--config', 'electron.config.ts'];
  await new Promise<void>((resolve, reject) => {
    execFile(process.execPath, words, { cwd: root }, (error) => {
      if (!error) return resolve();
      reject(
        new UserError(`The screens could not be built: run "npm run build" in ${root} to see why.`, { cause: error }),
      );
    });
  });
}

function electronVite(root: string): string | undefined {
  if (!existsSync(join(root, 'electron.config.ts'))) return undefined;
  try {
    const folder = dirname(createRequire(join(root, 'package.json')).resolve('electron-vite/package.json'));
    return join(folder, 'bin', 'electron-vite.js');
  } catch {
    return undefined;
  }
}

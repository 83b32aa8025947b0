import { spawn } from 'node:child_process';
import type { Command } from 'commander';
import { UserError } from '../errors.ts';
import { openInBrowser } from './browser.ts';
import { builtProgram } from './built-program.ts';
import { electronBinary } from './electron-binary.ts';
import { serveUntilStopped } from './serving.ts';
import type { GlobalOptions, Surroundings } from './surroundings.ts';
import { displayObstacle, sandboxObstacle, userObstacle, type Machine } from './window-obstacle.ts';

/** `transplant open`: the window, or the same screens in a browser where there can be none. */
export function addOpenCommand(program: Command, surroundings: Surroundings): void {
  program
    .command('open')
    .description('open the window, or the same screens in a browser where there can be no window')
    .addHelpText('after', '\nExample:\n  transplant open')
    .action(async (_options: object, command: Command) => {
      await open(surroundings, command.optsWithGlobals());
    });
}

async function open(surroundings: Surroundings, options: GlobalOptions): Promise<void> {
  const { environment, stderr } = surroundings;
  const machine = { platform: process.platform, environment, uid: process.getuid?.() };
  const electron = await windowProgram(machine);
  if ('path' in electron) return openWindow(electron.path, surroundings, options);
  stderr.write(`There is no window: ${electron.obstacle}. The screens are in a browser instead.\n`);
  let forget = (): void => {};
  const onLink = (link: string): void => {
    if (displayObstacle(machine) === undefined) forget = openInBrowser(link);
  };
  try {
    await serveUntilStopped(surroundings, options, { onLink, onPage: () => forget() });
  } finally {
    forget();
  }
}

/** Electron's binary, if a window can be shown by it here. What takes long is tried last. */
async function windowProgram(machine: Machine): Promise<{ path: string } | { obstacle: string }> {
  const obstacle = displayObstacle(machine) ?? userObstacle(machine);
  if (obstacle !== undefined) return { obstacle };
  const electron = await electronBinary();
  const unsafe = 'path' in electron ? sandboxObstacle(electron.path, machine) : undefined;
  return unsafe === undefined ? electron : { obstacle: unsafe };
}

/** Resolves when the window was closed. */
async function openWindow(electron: string, surroundings: Surroundings, { home }: GlobalOptions): Promise<void> {
  const { root } = await builtProgram((sentence) => surroundings.stderr.write(`${sentence}\n`));
  const words = [root, ...(home === undefined ? [] : ['--home', home])];
  // As a plain Node, which editors ask for in their terminals, Electron shows no window.
  const { ELECTRON_RUN_AS_NODE: _, ...environment } = surroundings.environment;
  const child = spawn(electron, words, { stdio: 'inherit', env: environment });
  const signals = (['SIGINT', 'SIGTERM', 'SIGHUP'] as const).map((signal) => {
    const pass = () => void child.kill(signal);
    surroundings.signals.on(signal, pass);
    return () => surroundings.signals.removeListener(signal, pass);
  });
  try {
    await new Promise<void>((resolve, reject) => {
      child.on('error', reject);
      child.on('exit', (code, signal) => {
        if (code === 0) resolve();
        else reject(new Error(signal ? `signal ${signal}` : `code ${code}`));
      });
    });
  } catch (error) {
    const { message } = error as Error;
    throw new UserError(`The window ended with ${message}; "transplant serve" shows the same screens in a browser.`, {
      cause: error,
    });
  } finally {
    for (const stop of signals) stop();
  }
}

import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Command } from 'commander';
import { messageOf, UserError } from '../../errors.ts';
import type { GlobalOptions, Surroundings } from '../terminal/surroundings.ts';
import { displayObstacle, electronBinary, type Machine, sandboxObstacle, userObstacle } from './obstacles.ts';
import { builtProgram, serveUntilStopped } from './serve.ts';

/** `transplant open` opens the window, or the same screens in a browser where there can be no window. */
export function addOpenCommand(open: Command, surroundings: Surroundings): void {
  open.addHelpText('after', '\nExample:\n  transplant open').action(async (_options: object, command: Command) => {
    await openScreens(surroundings, command.optsWithGlobals());
  });
}

async function openScreens(surroundings: Surroundings, options: GlobalOptions): Promise<void> {
  const { environment, stderr } = surroundings;
  const machine = { platform: process.platform, environment, uid: process.getuid?.() };
  const electron = await windowProgram(machine);
  if ('path' in electron) {
    const { root } = await builtProgram((sentence) => stderr.write(`${sentence}\n`));
    return openWindow({ electron: electron.path, root, home: options.home }, surroundings);
  }
  stderr.write(`There can be no window: ${electron.obstacle}. The screens are shown in a browser instead.\n`);
  let removeLinkFile = (): void => {};
  const onLink = (link: string): void => {
    if (displayObstacle(machine) === undefined) removeLinkFile = openInBrowser(link);
  };
  try {
    await serveUntilStopped(surroundings, options, { onLink, onPage: () => removeLinkFile() });
  } finally {
    removeLinkFile();
  }
}

/** The path of Electron's binary if it can show a window here, or the obstacle. The slowest check comes last. */
async function windowProgram(machine: Machine): Promise<{ path: string } | { obstacle: string }> {
  const obstacle = displayObstacle(machine) ?? userObstacle(machine);
  if (obstacle !== undefined) return { obstacle };
  const electron = await electronBinary();
  const noSandbox = 'path' in electron ? sandboxObstacle(electron.path, machine) : undefined;
  return noSandbox === undefined ? electron : { obstacle: noSandbox };
}

export interface WindowProgram {
  /** Electron's binary. */
  readonly electron: string;
  /** The folder of package.json, whose `main` Electron runs. */
  readonly root: string;
  readonly home?: string;
}

/** Opens the window and resolves when it was closed. Throws a UserError if its process fails. */
export async function openWindow({ electron, root, home }: WindowProgram, surroundings: Surroundings): Promise<void> {
  const words = [root, ...(home === undefined ? [] : ['--home', home])];
  // With this variable, which editors set in their terminals, Electron would run as plain Node without a window.
  const { ELECTRON_RUN_AS_NODE: _, ...environment } = surroundings.environment;
  const child = spawn(electron, words, { stdio: 'inherit', env: environment });
  const signals = (['SIGINT', 'SIGTERM', 'SIGHUP'] as const).map((signal) => {
    const forward = () => void child.kill(signal);
    surroundings.signals.on(signal, forward);
    return () => surroundings.signals.removeListener(signal, forward);
  });
  try {
    const ending = await new Promise<string>((resolve) => {
      child.on('error', (error) => resolve(messageOf(error)));
      child.on('exit', (code, signal) => resolve(code === 0 ? '' : signal ? `signal ${signal}` : `code ${code}`));
    });
    if (ending !== '')
      throw new UserError(`The window ended with ${ending}; "transplant serve" shows the same screens in a browser.`);
  } finally {
    for (const stop of signals) stop();
  }
}

/**
 * Tries to open a link with a secret in the user's browser. The arguments of programs can be seen by all users of a
 * machine, so the browser gets a file that leads to the link and that only this user can read. Returns a function that
 * removes the file.
 */
export function openInBrowser(link: string, platform: NodeJS.Platform = process.platform): () => void {
  // Browsers that are installed as snaps can't read the system's temporary folder.
  const folder = mkdtempSync(join(platform === 'linux' && existsSync('/snap') ? homedir() : tmpdir(), 'transplant-'));
  const file = join(folder, 'open.html');
  const page = `<!doctype html><meta charset="utf-8" /><meta http-equiv="refresh" content="0; url=${link}" />`;
  writeFileSync(file, page, { mode: 0o600 });
  const [program, ...words] = OPENERS[platform] ?? OPENERS.linux!;
  const child = spawn(program, [...words, pathToFileURL(file).href], { stdio: 'ignore', detached: true });
  // Without such a program, the user still has the link in the terminal.
  child.on('error', () => {});
  child.unref();
  return () => rmSync(folder, { recursive: true, force: true });
}

const OPENERS: Readonly<Partial<Record<NodeJS.Platform, readonly [string, ...string[]]>>> = {
  linux: ['xdg-open'],
  darwin: ['open'],
  win32: ['rundll32', 'url.dll,FileProtocolHandler'],
};

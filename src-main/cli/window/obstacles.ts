import { spawn } from 'node:child_process';
import { existsSync, readFileSync, statSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { LastLines } from '../../process/supervised-child.ts';

/** What decides whether a window can be shown here. */
export interface Machine {
  readonly platform: NodeJS.Platform;
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** The id of the user; absent on Windows. */
  readonly uid?: number;
}

/** A clause that says why no program can show a window here; undefined if one can. */
export function displayObstacle({ platform, environment }: Machine): string | undefined {
  if (platform === 'win32') return undefined;
  if (platform === 'darwin')
    return environment.SSH_CONNECTION ? 'this is a session over SSH, without a screen' : undefined;
  return environment.DISPLAY || environment.WAYLAND_DISPLAY
    ? undefined
    : 'there is no display (neither DISPLAY nor WAYLAND_DISPLAY is set)';
}

/**
 * A clause that says why Electron can't have a sandbox for this user; undefined if it can. It is never run without one.
 */
export function userObstacle({ platform, uid }: Machine): string | undefined {
  return platform === 'linux' && uid === 0
    ? 'Electron has no sandbox when it is run as root; use another user to get a window'
    : undefined;
}

/** Kernel settings that forbid an ordinary program to create the namespaces that a sandbox needs. */
const FORBIDDING: Readonly<Record<string, string>> = {
  'kernel/apparmor_restrict_unprivileged_userns': '1',
  'kernel/unprivileged_userns_clone': '0',
  'user/max_user_namespaces': '0',
};

/** The same for this copy of Electron: an installed one may have a setuid helper, one below node_modules does not. */
export function sandboxObstacle(electron: string, { platform }: Machine, settings = '/proc/sys'): string | undefined {
  if (platform !== 'linux' || isSetuidRoot(join(dirname(electron), 'chrome-sandbox'))) return undefined;
  const forbidding = Object.entries(FORBIDDING).find(([name, value]) => settingOf(join(settings, name)) === value);
  return (
    forbidding && `this system does not allow Electron's sandbox (${forbidding[0].replace('/', '.')}=${forbidding[1]})`
  );
}

function isSetuidRoot(file: string): boolean {
  const status = statSync(file, { throwIfNoEntry: false });
  return status?.uid === 0 && (status.mode & 0o4001) === 0o4001;
}

function settingOf(file: string): string | undefined {
  return existsSync(file) ? readFileSync(file, 'utf8').trim() : undefined;
}

/** Milliseconds that the download may take while somebody waits for a window. */
const TIMEOUT = 60_000;

/** The path of Electron's program, or a clause that says why there is none. */
export type ElectronBinary = { readonly path: string } | { readonly obstacle: string };

/**
 * Finds the binary of the npm package `electron`. The package itself does not have it; its own script downloads it,
 * which is tried once if it is missing.
 */
export async function electronBinary(
  folder: string | undefined = packageFolder(),
  timeout = TIMEOUT,
): Promise<ElectronBinary> {
  if (folder === undefined) return { obstacle: 'Electron is not installed here' };
  const installed = installedBinary(folder);
  if (installed !== undefined) return { path: installed };
  const failure = await download(folder, timeout);
  const path = installedBinary(folder);
  return path !== undefined ? { path } : { obstacle: `Electron's binary could not be downloaded (${failure})` };
}

function packageFolder(): string | undefined {
  try {
    return dirname(createRequire(import.meta.url).resolve('electron/package.json'));
  } catch {
    return undefined;
  }
}

/**
 * The binary of the package in this folder, found as the package does; undefined if there is none. The package's variable names the
 * folder of another copy.
 */
export function installedBinary(folder: string): string | undefined {
  const { ELECTRON_OVERRIDE_DIST_PATH: override } = process.env;
  const note = join(folder, 'path.txt');
  if (!override && !existsSync(note)) return undefined;
  const path = join(
    override || join(folder, 'dist'),
    existsSync(note) ? readFileSync(note, 'utf8').trim() : 'electron',
  );
  return existsSync(path) ? path : undefined;
}

/** Runs the package's script. Resolves to a clause that says why the binary is missing, if it still is. */
function download(folder: string, timeout: number): Promise<string> {
  return new Promise((resolve) => {
    const child = spawn(process.execPath, [join(folder, 'install.js')], {
      stdio: ['ignore', 'pipe', 'pipe'],
      timeout,
      killSignal: 'SIGKILL',
    });
    const words = new LastLines(child.stdout, child.stderr);
    child.on('error', (error) => resolve(error.message));
    child.on('close', (_code, signal) => {
      if (signal) resolve(`it took longer than ${Math.round(timeout / 1000)} seconds`);
      // The first line of an error says what happened; its stack trace follows.
      else resolve(words.toString().split('\n', 1)[0] || 'it gave no reason');
    });
  });
}

import { spawn } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { LastLines } from '../process/supervised-child.ts';

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
  const installed = binaryIn(folder);
  if (installed !== undefined) return { path: installed };
  const failure = await download(folder, timeout);
  const path = binaryIn(folder);
  return path !== undefined ? { path } : { obstacle: `Electron's binary could not be downloaded (${failure})` };
}

function packageFolder(): string | undefined {
  try {
    return dirname(createRequire(import.meta.url).resolve('electron/package.json'));
  } catch {
    return undefined;
  }
}

/** Finds the binary as the package does. The package's variable names the folder of another copy. */
function binaryIn(folder: string): string | undefined {
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

import { spawn } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { LastLines } from '../process/supervised-child.ts';

/** Milliseconds that the download gets: somebody waits for a window. */
const PATIENCE = 60_000;

/** Electron's program, or why there is none, as a clause. */
export type ElectronBinary = { readonly path: string } | { readonly obstacle: string };

/**
 * The binary that the npm package `electron` stands for. The package brings none: its own script downloads it, which is
 * tried once, here, where it is missing.
 */
export async function electronBinary(
  folder: string | undefined = packageFolder(),
  patience = PATIENCE,
): Promise<ElectronBinary> {
  if (folder === undefined) return { obstacle: 'Electron is not installed here' };
  const installed = binaryIn(folder);
  if (installed !== undefined) return { path: installed };
  const failure = await download(folder, patience);
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

/** As the package finds it; its variable names the folder of another copy. */
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

/** Runs the package's script and resolves to what it said last. */
function download(folder: string, patience: number): Promise<string> {
  return new Promise((resolve) => {
    const child = spawn(process.execPath, [join(folder, 'install.js')], {
      stdio: ['ignore', 'pipe', 'pipe'],
      timeout: patience,
      killSignal: 'SIGKILL',
    });
    const words = new LastLines(child.stdout, child.stderr);
    child.on('error', (error) => resolve(error.message));
    child.on('close', (_code, signal) => {
      if (signal) resolve(`it took longer than ${Math.round(patience / 1000)} seconds`);
      // An error begins with what happened; its trace follows.
      else resolve(words.toString().split('\n', 1)[0] || 'without a word');
    });
  });
}

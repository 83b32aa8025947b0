import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { UserError } from '../errors.ts';

/** The folder of package.json, which is two folders above the sources and the bundle alike. */
const ROOT = join(import.meta.dirname, '..', '..');

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

import { createRequire } from 'node:module';
import { basename, dirname, join } from 'node:path';

/** The files that processes and threads of their own run: below src-main, and in the bundle `<name>.js` (electron.config.ts). */
const ENTRIES = {
  trainer: 'engine/trainer/child.ts',
  task: 'app/tasks/child.ts',
  trial: 'app/doctor/trial.ts',
  adapter: 'engine/onnx/gpu/adapter-child.ts',
  /** A thread. */
  checkpoint: 'store/checkpoint-thread.ts',
} as const;

export type ProcessName = keyof typeof ENTRIES;

/** What a process is started with: a plain Node binary, and the file that it runs. */
export interface Executable {
  readonly node: string;
  readonly entry: string;
}

/**
 * From source, the Node that runs us and the source file. In Electron, whose allocator native training libraries can't
 * stand, the binary of the npm package `node` and the built file; in a package both are outside of the application's
 * archive, which plain Node can't read.
 */
export function executable(name: ProcessName): Executable {
  const fromSource = import.meta.filename.endsWith('.ts');
  if (fromSource) return { node: process.execPath, entry: join(import.meta.dirname, '..', ENTRIES[name]) };
  const entry = join(outsideOfArchive(import.meta.dirname), `${name}.js`);
  if (!process.versions.electron) return { node: process.execPath, entry };
  const folder = dirname(createRequire(entry).resolve('node/package.json'));
  return { node: join(folder, 'bin', process.platform === 'win32' ? 'node.exe' : 'node'), entry };
}

/** In a package (electron-builder.config.ts) the program is there twice: for Electron, and beside for plain Node. */
const ARCHIVE = 'app.asar';
const PROCESSES = 'processes';

/** Whether this is a package, and not a folder that npm has filled. Either way bundles stand in `out/main`. */
export const isPackaged = [ARCHIVE, PROCESSES].includes(basename(dirname(dirname(import.meta.dirname))));

/** Where plain Node finds what stands at this path in Electron. */
const outsideOfArchive = (path: string): string => path.replace(new RegExp(`${ARCHIVE}(?=[\\\\/]|$)`), PROCESSES);

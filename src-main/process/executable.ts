import { createRequire } from 'node:module';
import { basename, dirname, join } from 'node:path';

/** Entry files of child processes and threads, below src-main; in the bundle they are `<name>.js` (electron.config.ts). */
const ENTRIES = {
  /** The command line, which a node of a cluster starts. */
  transplant: 'cli/transplant.js',
  trainer: 'engine/trainer/child.ts',
  task: 'app/tasks/child.ts',
  decoder: 'data/import/decoder-child.ts',
  trial: 'app/doctor/trial.ts',
  adapter: 'engine/onnx/gpu/adapter-child.ts',
  /** Threads, not processes. */
  checkpoint: 'store/checkpoint-thread.ts',
  painter: 'data/dead-leaves/painter-thread.ts',
} as const;

export type ProcessName = keyof typeof ENTRIES;

/** How to start a process: a plain Node binary, and the file that it runs. */
export interface Executable {
  readonly node: string;
  readonly entry: string;
}

/**
 * Finds how to start a process. From source, that is the Node that runs us with the source file. In Electron, whose
 * allocator breaks native training libraries, it is the binary of the npm package `node` with the built file; in a
 * package both are outside of the application's archive, which plain Node can't read.
 */
export function executable(name: ProcessName): Executable {
  const fromSource = import.meta.filename.endsWith('.ts');
  if (fromSource) return { node: process.execPath, entry: join(import.meta.dirname, '..', ENTRIES[name]) };
  const entry = join(outsideOfArchive(import.meta.dirname), `${name}.js`);
  if (!process.versions.electron) return { node: process.execPath, entry };
  const folder = dirname(createRequire(entry).resolve('node/package.json'));
  return { node: join(folder, 'bin', process.platform === 'win32' ? 'node.exe' : 'node'), entry };
}

/** A package (electron-builder.config.ts) has the program twice: in an archive for Electron, and beside for plain Node. */
const ARCHIVE = 'app.asar';
const PROCESSES = 'processes';

/** Whether this is a package and not a folder that npm installed. Bundles are in `out/main` either way. */
export const isPackaged = [ARCHIVE, PROCESSES].includes(basename(dirname(dirname(import.meta.dirname))));

/** The path at which plain Node finds what Electron has at this one. */
const outsideOfArchive = (path: string): string => path.replace(new RegExp(`${ARCHIVE}(?=[\\\\/]|$)`), PROCESSES);

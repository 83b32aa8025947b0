import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';

/** What a training process is started with: a plain Node binary, and the file that it runs. */
export interface Executable {
  readonly node: string;
  readonly entry: string;
}

/**
 * From source, the Node that runs us and child.ts. In Electron, whose allocator native training libraries can't stand,
 * the binary of the npm package `node` and the built trainer.js; both are packed outside of the application's archive,
 * which plain Node can't read.
 */
export function trainerExecutable(): Executable {
  const entry = join(import.meta.dirname, import.meta.filename.endsWith('.ts') ? 'child.ts' : 'trainer.js');
  if (!process.versions.electron) return { node: process.execPath, entry };
  const folder = dirname(createRequire(import.meta.url).resolve('node/package.json'));
  const node = join(folder, 'bin', process.platform === 'win32' ? 'node.exe' : 'node');
  return { node: outsideOfArchive(node), entry: outsideOfArchive(entry) };
}

const outsideOfArchive = (path: string): string => path.replace(/app\.asar(?=[\\/])/, 'app.asar.unpacked');

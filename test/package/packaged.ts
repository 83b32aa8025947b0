import asar from '@electron/asar';
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { bundle } from '../e2e/bundle.ts';
import { electronDistribution, standInDistribution } from './distribution.ts';

const ROOT = join(import.meta.dirname, '../..');

export interface Packaged {
  /** What a person unpacks. */
  readonly folder: string;
  /** Electron's own program in it, by the package's name. */
  readonly executable: string;
  /** What the program is in: `app.asar` and `processes`. */
  readonly resources: string;
  /** Electron's distribution that the package was made of, or what stands in for it. */
  readonly distribution: string;
}

/** Packages the program below `folder` as `npm run package -- --dir` does, but of a distribution that is here. */
export function packageProgram(folder: string): Packaged {
  bundle();
  const distribution = electronDistribution() ?? standInDistribution(join(folder, 'electron'));
  const script = join(ROOT, 'node_modules/electron-builder/cli.js');
  const words = [
    ...['--config', 'electron-builder.config.ts', '--dir'],
    `-c.electronDist=${distribution}`,
    `-c.directories.output=${join(folder, 'package')}`,
  ];
  try {
    execFileSync(process.execPath, [script, ...words], { cwd: ROOT, stdio: 'pipe' });
  } catch (error) {
    throw new Error(`Packaging failed.\n${(error as { stdout?: Buffer }).stdout}`, { cause: error });
  }
  const [unpacked] = readdirSync(join(folder, 'package')).filter((name) => name.endsWith('unpacked'));
  const root = join(folder, 'package', unpacked);
  return { folder: root, executable: join(root, 'transplant'), resources: join(root, 'resources'), distribution };
}

/** Paths of all files below a folder, relative to it, with `/`. */
export function filesBelow(folder: string): string[] {
  const entries = readdirSync(folder, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => !entry.isDirectory())
    .map((entry) => join(entry.parentPath, entry.name).slice(folder.length + 1));
}

/**
 * Main's file of the package, for a Node that can't look into an archive: `app.asar` is a folder in a copy that is
 * otherwise laid out as the package is.
 */
export function readableMain({ resources }: Packaged, folder: string): string {
  const copy = join(folder, 'readable', 'resources');
  if (!existsSync(copy)) {
    mkdirSync(copy, { recursive: true });
    asar.extractAll(join(resources, 'app.asar'), join(copy, 'app.asar'));
    symlinkSync(join(resources, 'processes'), join(copy, 'processes'));
  }
  return join(copy, 'app.asar/out/main/index.js');
}

import { createHash } from 'node:crypto';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/**
 * Files that are read beside the code. This module must be two folders deep in the sources, as in the bundle
 * (`out/main`), so that one relative path serves both.
 */
export const PACKAGE_FILE = new URL('../../package.json', import.meta.url);
export const PAPER_RUNS = new URL('../../resources/yosinski2014-runs.csv', import.meta.url);
/** The fonts of figures: DejaVu Sans, regular and bold. */
export const FONTS = new URL('../../resources/fonts/', import.meta.url);
export const REPORT_STYLE = new URL('../../resources/report.css', import.meta.url);

/** The version of the program, from its package.json. */
export function programVersion(): string {
  return (JSON.parse(readFileSync(PACKAGE_FILE, 'utf8')) as { version: string }).version;
}

/** The build replaces this name by a string (electron.config.ts). */
declare const BUILT_FROM: string | undefined;

/**
 * The commit that the program was built from, followed by `-dirty` where files had been changed since. Undefined when it
 * runs from source or was built without git.
 */
export const programCommit = (): string | undefined => (typeof BUILT_FROM === 'string' ? BUILT_FROM : undefined);

let code: string | undefined;

/**
 * Changes whenever the program's code does, also between two versions: a hash of the names, sizes and times of its files. For what is
 * kept of a computation and must not outlive it.
 */
export function programCode(): string {
  if (code !== undefined) return code;
  const folder = fileURLToPath(new URL('../', import.meta.url));
  const files = readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((name) => /\.[jt]s$/.test(name))
    .sort()
    .map((name) => join(folder, name));
  const hash = createHash('sha256');
  for (const file of [...files, fileURLToPath(PACKAGE_FILE)]) {
    const { size, mtimeMs } = statSync(file);
    hash.update(`${file} ${size} ${mtimeMs}\n`);
  }
  return (code = hash.digest('hex'));
}

import { readFileSync } from 'node:fs';

/**
 * Files that are read beside the code. This module stands two folders deep in the sources and in the bundle
 * (`out/main`), so that one relative path serves both.
 */
export const PACKAGE_FILE = new URL('../../package.json', import.meta.url);
export const PAPER_RUNS = new URL('../../resources/yosinski2014-runs.csv', import.meta.url);
/** DejaVu Sans, regular and bold: what figures are lettered in. */
export const FONTS = new URL('../../resources/fonts/', import.meta.url);
export const REPORT_STYLE = new URL('../../resources/report.css', import.meta.url);

/** The version of the program, from its package.json. */
export function programVersion(): string {
  return (JSON.parse(readFileSync(PACKAGE_FILE, 'utf8')) as { version: string }).version;
}

/** What the build writes in place of this name (electron.config.ts). */
declare const BUILT_FROM: string | undefined;

/**
 * The commit that the program was built from, with `-dirty` behind it where files had been changed since. Undefined from
 * source, and where it was built without git.
 */
export const programCommit = (): string | undefined => (typeof BUILT_FROM === 'string' ? BUILT_FROM : undefined);

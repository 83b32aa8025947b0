import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { parseArgs } from 'node:util';

export interface CommandLine {
  readonly home?: string;
  /** Absolute paths of files and folders to import. */
  readonly paths: readonly string[];
}

/**
 * Reads the arguments that the window was started with (`--home DIR`, files). Systems and Chromium add flags of their
 * own, so unknown options are ignored, as are words that name no file.
 */
export function parseCommandLine(words: readonly string[], folder: string): CommandLine {
  const { values, positionals } = parseArgs({
    args: [...words],
    options: { home: { type: 'string' } },
    strict: false,
    allowPositionals: true,
  });
  const home = typeof values.home === 'string' ? values.home : undefined;
  const paths = positionals.map((word) => resolve(folder, word)).filter((path) => existsSync(path));
  return { home, paths };
}

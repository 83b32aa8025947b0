import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

export interface CommandLine {
  readonly home?: string;
  /** Absolute paths of files and folders to import. */
  readonly paths: readonly string[];
}

/**
 * Reads the arguments that the window was started with (`--home DIR`, files). Systems, Electron and Chromium add flags of
 * their own, before and after, so unknown options are ignored, as are words that name no file, and the program itself, which
 * an Electron that is not packaged is told. File managers may give a file as a URL.
 */
export function parseCommandLine(words: readonly string[], folder: string, program: string): CommandLine {
  const { values, positionals } = parseArgs({
    args: [...words],
    options: { home: { type: 'string' } },
    strict: false,
    allowPositionals: true,
  });
  const home = typeof values.home === 'string' ? values.home : undefined;
  const paths = positionals.map((word) => pathOf(word, folder));
  return { home, paths: paths.filter((path) => path !== program && existsSync(path)) };
}

function pathOf(word: string, folder: string): string {
  if (!word.startsWith('file://')) return resolve(folder, word);
  try {
    return fileURLToPath(word);
  } catch {
    return word;
  }
}

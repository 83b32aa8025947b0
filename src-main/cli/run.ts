import { join } from 'node:path';
import { reportError } from './present.ts';
import { buildProgram } from './program.ts';
import type { Surroundings } from './surroundings.ts';

/** Runs a command line (without `node` and the script) and resolves to its exit code. It never rejects. */
export async function runCommandLine(words: readonly string[], surroundings: Surroundings): Promise<number> {
  // An error may come before the options are parsed, so --json is looked for here.
  const json = words.includes('--json');
  let program: ReturnType<typeof buildProgram> | undefined;
  try {
    program = buildProgram(surroundings);
    await program.parseAsync(words, { from: 'user' });
    return 0;
  } catch (error) {
    const home = program?.opts<{ home?: string }>().home;
    return reportError(error, surroundings, { json, logs: async () => join(await homeOf(home), 'logs') });
  }
}

/** The home folder. Its module is loaded only here, so that `--help` need not wait for it. */
async function homeOf(option?: string): Promise<string> {
  const { homeFolder } = await import('../app/home.ts');
  return homeFolder(option);
}

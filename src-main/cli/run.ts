import { join } from 'node:path';
import { present } from './present.ts';
import { buildProgram } from './program.ts';
import type { Surroundings } from './surroundings.ts';

/** Runs one command line (without `node` and the script) and resolves to its exit code. Throws nothing. */
export async function runCommandLine(words: readonly string[], surroundings: Surroundings): Promise<number> {
  // What ends a command may come before its options are read: --json is looked for by hand.
  const json = words.includes('--json');
  let program: ReturnType<typeof buildProgram> | undefined;
  try {
    program = buildProgram(surroundings);
    await program.parseAsync(words, { from: 'user' });
    return 0;
  } catch (error) {
    const home = program?.opts<{ home?: string }>().home;
    return present(error, surroundings, { json, logs: async () => join(await homeOf(home), 'logs') });
  }
}

/** Loaded here only: `--help` need not wait for it. */
async function homeOf(option?: string): Promise<string> {
  const { homeFolder } = await import('../app/home.ts');
  return homeFolder(option);
}

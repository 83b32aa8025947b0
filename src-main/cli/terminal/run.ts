import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { CommanderError } from 'commander';
import { makeFolder } from '../../app/home.ts';
import { messageOf, UserError } from '../../errors.ts';
import { buildProgram } from '../commands/program.ts';
import { Interrupted, INTERRUPTED, READER_GONE } from './session.ts';
import { printJson, type Surroundings } from './surroundings.ts';
import { OWNER_ONLY } from '../../process/owner-only.ts';

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
  const { homeFolder } = await import('../../app/home.ts');
  return homeFolder(option);
}

/** Reports the error that ended a command, for all commands, and returns the exit code. */
async function reportError(
  error: unknown,
  surroundings: Surroundings,
  { json, logs }: { json: boolean; logs: () => Promise<string> },
): Promise<number> {
  const writeError = (sentence: string): void => {
    surroundings.stderr.write(`${sentence}\n`);
    if (json) printJson(surroundings, { type: 'error', message: sentence });
  };
  if (error instanceof Interrupted) {
    if (surroundings.outputClosed.aborted) return READER_GONE;
    surroundings.stderr.write(`${error.message}\n`);
    return INTERRUPTED;
  }
  if (error instanceof CommanderError) {
    // Exit code 0 means that help or the version was printed. Help for an incomplete call is an error without a
    // message.
    if (error.exitCode === 0) return 0;
    if (error.code !== 'commander.help') writeError(sentenceOf(error));
    return 2;
  }
  if (error instanceof UserError) {
    writeError(error.message);
    return error.exitCode;
  }
  writeError(
    `This is a bug in Transplant: ${oneLine(messageOf(error))}. ${await writeTrace(error, surroundings, logs)}`,
  );
  return 1;
}

/** Turns commander's `error: unknown option '--foo'\n(Did you mean --for?)` into a sentence. */
function sentenceOf({ message }: CommanderError): string {
  const text = oneLine(message.replace(/^error: /, ''));
  return `${text[0].toUpperCase()}${text.slice(1)}${/[.?)]$/.test(text) ? '' : '.'}`;
}

const oneLine = (text: string): string => text.replace(/\s*\n\s*/g, ' ').trim();

/** Writes a bug's stack trace to a file, and returns a sentence that asks the user to report it. */
async function writeTrace(
  error: unknown,
  { stderr, environment }: Surroundings,
  logs: () => Promise<string>,
): Promise<string> {
  const trace = error instanceof Error ? (error.stack ?? error.message) : String(error);
  if (environment.TRANSPLANT_DEBUG) {
    stderr.write(`${trace}\n`);
    return 'Please report it with the trace above.';
  }
  try {
    const folder = await logs();
    const file = join(folder, `bug-${new Date().toISOString().replace(/[:.]/g, '-')}.log`);
    makeFolder(folder, OWNER_ONLY.folder);
    await writeFile(file, `${trace}\n`, { mode: OWNER_ONLY.file });
    return `Please report it with ${file}.`;
  } catch {
    return 'Set TRANSPLANT_DEBUG=1 to see where, and please report it.';
  }
}

import { type Command, CommanderError } from 'commander';
import { messageOf, UserError } from '../../errors.ts';
import { buildProgram } from '../commands/program.ts';
import { Interrupted, INTERRUPTED, READER_GONE } from './session.ts';
import { printJson, type Surroundings } from './surroundings.ts';

/** Runs a command line (without `node` and the script) and resolves to its exit code. It never rejects. */
export async function runCommandLine(words: readonly string[], surroundings: Surroundings): Promise<number> {
  // An error may come before the options are parsed, so --json is looked for here.
  const json = words.includes('--json');
  let program: Command | undefined;
  try {
    program = await buildProgram(surroundings, words);
    await program.parseAsync(words, { from: 'user' });
    return 0;
  } catch (error) {
    const home = program?.opts<{ home?: string }>().home;
    return reportError(error, surroundings, { json, home });
  }
}

/** Reports the error that ended a command, for all commands, and returns the exit code. */
async function reportError(
  error: unknown,
  surroundings: Surroundings,
  { json, home }: { json: boolean; home?: string },
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
    `This is a bug in Transplant: ${oneLine(messageOf(error))}. ${await writeTrace(error, surroundings, home)}`,
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
async function writeTrace(error: unknown, { stderr, environment }: Surroundings, home?: string): Promise<string> {
  if (environment.TRANSPLANT_DEBUG) {
    stderr.write(`${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`);
    return 'Please report it with the trace above.';
  }
  // Modules of the home are loaded only here, so that `--help` need not wait for them.
  const [{ homeFolder }, { writeBugLog }] = await Promise.all([
    import('../../app/home.ts'),
    import('../../app/bug-log.ts'),
  ]);
  const file = await writeBugLog(error, homeFolder(home));
  return file === undefined
    ? 'Set TRANSPLANT_DEBUG=1 to see where, and please report it.'
    : `Please report it with ${file}.`;
}

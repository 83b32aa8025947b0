import { CommanderError } from 'commander';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { makeFolder } from '../app/home.ts';
import { messageOf, UserError } from '../errors.ts';
import { Interrupted, INTERRUPTED, READER_GONE } from './session.ts';
import { printJson, type Surroundings } from './surroundings.ts';

/** Says what ended a command, in one place for all commands, and returns the exit code. */
export async function present(
  error: unknown,
  surroundings: Surroundings,
  { json, logs }: { json: boolean; logs: () => Promise<string> },
): Promise<number> {
  const say = (sentence: string): void => {
    surroundings.stderr.write(`${sentence}\n`);
    if (json) printJson(surroundings, { type: 'error', message: sentence });
  };
  if (error instanceof Interrupted) {
    if (surroundings.outputClosed.aborted) return READER_GONE;
    surroundings.stderr.write(`${error.message}\n`);
    return INTERRUPTED;
  }
  if (error instanceof CommanderError) {
    // Help and version were printed; help that answers an incomplete call counts as a wrong one.
    if (error.exitCode === 0) return 0;
    if (error.code !== 'commander.help') say(sentenceOf(error));
    return 2;
  }
  if (error instanceof UserError) {
    say(error.message);
    return error.exitCode;
  }
  say(`This is a bug in Transplant: ${oneLine(messageOf(error))}. ${await keepTrace(error, surroundings, logs)}`);
  return 1;
}

/** Commander's `error: unknown option '--foo'\n(Did you mean --for?)` as a sentence. */
function sentenceOf({ message }: CommanderError): string {
  const text = oneLine(message.replace(/^error: /, ''));
  return `${text[0].toUpperCase()}${text.slice(1)}${/[.?)]$/.test(text) ? '' : '.'}`;
}

const oneLine = (text: string): string => text.replace(/\s*\n\s*/g, ' ').trim();

/** Keeps a bug's trace for whoever mends it, out of the user's sight, and says where it is. */
async function keepTrace(
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
    makeFolder(folder);
    await writeFile(file, `${trace}\n`);
    return `Please report it with ${file}.`;
  } catch {
    return 'Set TRANSPLANT_DEBUG=1 to see where, and please report it.';
  }
}

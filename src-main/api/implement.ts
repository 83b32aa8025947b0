import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { implement, ORPCError } from '@orpc/server';
import { HomeClosed, type Desk } from '../app/desk.ts';
import { makeFolder } from '../app/home.ts';
import { Cancelled, messageOf, UserError } from '../errors.ts';
import { contract } from './contract.ts';
import type { Host } from './host.ts';

/** What every handler can reach. */
export interface Context {
  readonly desk: Desk;
  readonly host: Host;
}

/**
 * The contract, to be implemented by the handlers. The middleware turns what they throw into the contract's problems.
 */
export const api = implement(contract)
  .$context<Context>()
  .use(async ({ context, next }) => {
    try {
      const result = await next();
      const { output } = result;
      // A stream may fail after it was returned, so its errors are translated too.
      return isStream(output) ? { ...result, output: streamProblems(output, context.desk) as typeof output } : result;
    } catch (error) {
      throw await toProblem(error, context.desk);
    }
  });

const isStream = (output: unknown): output is AsyncGenerator<unknown, void, void> =>
  typeof output === 'object' && output !== null && Symbol.asyncIterator in output;

async function* streamProblems(stream: AsyncGenerator<unknown, void, void>, desk: Desk) {
  try {
    yield* stream;
  } catch (error) {
    throw await toProblem(error, desk);
  }
}

async function toProblem(error: unknown, desk: Desk): Promise<unknown> {
  // Malformed input needs no sentence for a person, because the contract's client does not send it.
  if (error instanceof ORPCError) return error;
  if (error instanceof HomeClosed) return problem('CLOSED', 503, { sentence: error.message });
  if (error instanceof UserError) return problem('REFUSED', 422, { sentence: error.message });
  if (error instanceof Cancelled)
    return problem('REFUSED', 422, { sentence: 'It was stopped before it was finished.' });
  const sentence = `This is a bug in Transplant: ${messageOf(error).replace(/\s+/g, ' ').replace(/\.$/, '')}.`;
  return problem('BUG', 500, { sentence, log: await writeTrace(error, desk.home) });
}

const problem = (code: string, status: number, data: { sentence: string; log?: string }) =>
  new ORPCError(code, { status, data, message: data.sentence });

/** Writes a bug's stack trace to a file, for the report of the bug. Undefined if that fails too. */
async function writeTrace(error: unknown, home: string): Promise<string | undefined> {
  try {
    const folder = join(home, 'logs');
    const file = join(folder, `bug-${new Date().toISOString().replace(/[:.]/g, '-')}.log`);
    makeFolder(folder);
    await writeFile(file, `${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`);
    return file;
  } catch {
    return undefined;
  }
}

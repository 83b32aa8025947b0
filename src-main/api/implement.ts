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

/** The contract, to be implemented: no handler can go round what stands here. Errors become the contract's values. */
export const api = implement(contract)
  .$context<Context>()
  .use(async ({ context, next }) => {
    try {
      const result = await next();
      const { output } = result;
      // A stream fails after it has been handed over.
      return isStream(output) ? { ...result, output: asProblems(output, context.desk) as typeof output } : result;
    } catch (error) {
      throw await asProblem(error, context.desk);
    }
  });

const isStream = (output: unknown): output is AsyncGenerator<unknown, void, void> =>
  typeof output === 'object' && output !== null && Symbol.asyncIterator in output;

async function* asProblems(stream: AsyncGenerator<unknown, void, void>, desk: Desk) {
  try {
    yield* stream;
  } catch (error) {
    throw await asProblem(error, desk);
  }
}

async function asProblem(error: unknown, desk: Desk): Promise<unknown> {
  // Malformed input: the contract's client does not send it, so there is nothing to say to a person.
  if (error instanceof ORPCError) return error;
  if (error instanceof HomeClosed) return problem('CLOSED', 503, { sentence: error.message });
  if (error instanceof UserError) return problem('REFUSED', 422, { sentence: error.message });
  if (error instanceof Cancelled) return problem('REFUSED', 422, { sentence: 'It was stopped before it was done.' });
  const sentence = `This is a bug in Transplant: ${messageOf(error).replace(/\s+/g, ' ').replace(/\.$/, '')}.`;
  return problem('BUG', 500, { sentence, log: await keepTrace(error, desk.home) });
}

const problem = (code: string, status: number, data: { sentence: string; log?: string }) =>
  new ORPCError(code, { status, data, message: data.sentence });

/** Keeps a bug's trace for whoever mends it. Undefined where that can't be done either. */
async function keepTrace(error: unknown, home: string): Promise<string | undefined> {
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

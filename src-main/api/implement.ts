import { isAbsolute } from 'node:path';
import { implement, ORPCError } from '@orpc/server';
import { writeBugLog } from '../app/bug-log.ts';
import { type Workspace, HomeClosed } from '../app/workspace/workspace.ts';
import { contract } from '../common/contract/contract.ts';
import { Cancelled, messageOf, UserError } from '../errors.ts';

/** What every handler can reach. */
export interface Context {
  readonly workspace: Workspace;
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
      return isStream(output)
        ? { ...result, output: streamProblems(output, context.workspace) as typeof output }
        : result;
    } catch (error) {
      throw await toProblem(error, context.workspace);
    }
  });

const isStream = (output: unknown): output is AsyncGenerator<unknown, void, void> =>
  typeof output === 'object' && output !== null && Symbol.asyncIterator in output;

async function* streamProblems(stream: AsyncGenerator<unknown, void, void>, workspace: Workspace) {
  try {
    yield* stream;
  } catch (error) {
    throw await toProblem(error, workspace);
  }
}

async function toProblem(error: unknown, workspace: Workspace): Promise<unknown> {
  // Malformed input needs no sentence for a person, because the contract's client does not send it.
  if (error instanceof ORPCError) return error;
  if (error instanceof HomeClosed) return problem('CLOSED', 503, { sentence: error.message });
  if (error instanceof UserError) return problem('REFUSED', 422, { sentence: error.message });
  if (error instanceof Cancelled)
    return problem('REFUSED', 422, { sentence: 'It was stopped before it was finished.' });
  const sentence = `This is a bug in Transplant: ${messageOf(error).replace(/\s+/g, ' ').replace(/\.$/, '')}.`;
  return problem('BUG', 500, { sentence, log: await writeBugLog(error, workspace.home) });
}

const problem = (code: string, status: number, data: { sentence: string; log?: string }) =>
  new ORPCError(code, { status, data, message: data.sentence });

/**
 * What the host of the page offers: the Electron shell has dialogs and a file manager, the browser host has neither.
 */
export interface Host {
  /** `window`: the Electron shell. `browser`: a page served to a local browser. */
  readonly kind: 'window' | 'browser';
  /** Shows a dialog of the system; null if it was closed without a choice. Absent if there are no dialogs. */
  readonly choose?: (what: 'folder' | 'archive' | 'weights' | 'destination') => Promise<string | null>;
  /** Shows a file in the system's file manager. Absent if there is none. */
  readonly show?: (path: string) => void;
}

/** A typed array for the wire: its bytes, little-endian, as on every machine that the engines run on. */
export const blobOf = (array: Float32Array | Float64Array | Uint8Array): Blob =>
  new Blob([array as Float32Array<ArrayBuffer>]);

/** Throws a UserError if a path is relative, because its meaning would depend on where the program was started. */
export function checkAbsolute(path: string | undefined): void {
  if (path !== undefined && !isAbsolute(path))
    throw new UserError(`"${path}" is not an absolute path: begin it at the root of the drive.`);
}

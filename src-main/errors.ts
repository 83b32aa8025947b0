/**
 * An error that a user caused or can fix. Its message is one or two sentences: what happened, where, and what to do.
 * It is shown without a stack trace; every other error is a bug of ours and keeps its trace in the log.
 */
export class UserError extends Error {
  /** 2: the call itself was wrong (command line usage, configuration); 1: the work failed. */
  readonly exitCode: 1 | 2;

  constructor(message: string, options: { usage?: boolean; cause?: unknown } = {}) {
    super(message, { cause: options.cause });
    this.name = 'UserError';
    this.exitCode = options.usage ? 2 : 1;
  }
}

/** The work was stopped because somebody asked for it; what was done is stored. */
export class Cancelled extends Error {
  constructor() {
    super('cancelled');
    this.name = 'Cancelled';
  }
}

/** For the default branch of an exhaustive switch: does not compile when a case is missing. */
export function assertNever(value: never): never {
  throw new Error(`unexpected value ${JSON.stringify(value)}`);
}

/** The message of anything thrown. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

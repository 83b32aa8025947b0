import type { Application } from '../app/application.ts';

/** Where text goes. `process.stdout`, or a list of strings in a test. */
export interface TextStream extends NodeJS.WritableStream {
  readonly isTTY?: boolean;
  readonly columns?: number;
  readonly rows?: number;
}

/** Whatever sends SIGINT and its like: `process`. */
export interface SignalSource {
  on(signal: NodeJS.Signals, listener: () => void): unknown;
  removeListener(signal: NodeJS.Signals, listener: () => void): unknown;
}

/** Everything outside that a command touches, so that a test can stand in for it. */
export interface Surroundings {
  /** For results: tables, lists, and with --json one line per event. */
  readonly stdout: TextStream;
  /** For people: progress and errors. */
  readonly stderr: TextStream;
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly signals: SignalSource;
  /** Ends the process at once. */
  readonly exit: (code: number) => void;
  /** Milliseconds of a clock that only goes forwards. */
  readonly now: () => number;
  readonly open: (options: { home?: string; readOnly?: boolean }) => Promise<Application>;
  /** Aborted when nobody reads standard output any more (`transplant study list | head -1`). */
  readonly outputClosed: AbortSignal;
}

/** Options that every command has. */
export interface GlobalOptions {
  readonly home?: string;
  readonly json?: boolean;
}

/** Writes one line of results. */
export function print({ stdout }: Pick<Surroundings, 'stdout'>, line: string): void {
  stdout.write(`${line}\n`);
}

/** Writes one JSON line of results. */
export function printJson(surroundings: Pick<Surroundings, 'stdout'>, value: object): void {
  print(surroundings, JSON.stringify(value));
}

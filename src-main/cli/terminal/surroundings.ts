import type { Application } from '../../app/application.ts';
import { visibleLine } from '../../common/visible.ts';
import type { Gate } from './gate.ts';

/** A source of SIGINT and other signals: `process`, or a stand-in for it in a test. */
export interface SignalSource {
  on(signal: NodeJS.Signals, listener: () => void): unknown;
  removeListener(signal: NodeJS.Signals, listener: () => void): unknown;
}

/** Everything outside the program that a command uses, so that a test can replace it. */
export interface Surroundings {
  /** The stream for results: tables, lists, and with --json one line per event. */
  readonly stdout: Gate;
  /** The stream for messages to people: progress and errors. */
  readonly stderr: Gate;
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly signals: SignalSource;
  /** Ends the process at once. */
  readonly exit: (code: number) => void;
  /** Milliseconds of a monotonic clock. */
  readonly now: () => number;
  readonly open: (options: { home?: string; readOnly?: boolean }) => Promise<Application>;
  /** It is aborted when nobody reads standard output any more (`transplant study list | head -1`). */
  readonly outputClosed: AbortSignal;
  /** Asks a person a question that is answered by yes or no; absent where nobody is there to answer. */
  readonly ask?: (question: string) => Promise<boolean>;
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

/** Lays out rows in columns. The first column is aligned to the left, columns of numbers to the right. */
export function table(
  head: readonly string[],
  body: readonly (readonly string[])[],
  leftColumns: readonly number[] = [0],
): string {
  const rows = body.map((row) => row.map(visibleLine));
  const widths = head.map((title, column) => Math.max(title.length, ...rows.map((row) => row[column].length)));
  const line = (cells: readonly string[]): string =>
    cells
      .map((cell, column) =>
        leftColumns.includes(column) ? cell.padEnd(widths[column]) : cell.padStart(widths[column]),
      )
      .join('  ')
      .trimEnd();
  return [line(head), widths.map((width) => '-'.repeat(width)).join('  '), ...rows.map(line)].join('\n');
}

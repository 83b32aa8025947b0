import { fork } from 'node:child_process';
import { constants, getPriority, setPriority } from 'node:os';
import type { Readable } from 'node:stream';
import { messageOf } from '../errors.ts';
import { executable, type ProcessName } from './executable.ts';

export interface SupervisedChild<Said> {
  /** What it is told first: plain data, typed arrays included. */
  readonly work: object;
  /** Asks it to stop: it is told `{ type: 'stop' }`, and is killed when its patience is over. */
  readonly signal?: AbortSignal;
  /** Milliseconds that it gets to end by itself, once it was asked to stop or has said its last word. */
  readonly patience: number;
  /** Returns whether that was its last word. What it throws ends the process and is thrown by `superviseChild`. */
  readonly onMessage: (said: Said) => boolean;
  /** The id of the process. */
  readonly onSpawn?: (pid: number) => void;
}

/** How a process ended. Whether that is a crash, those know who know whether it has said its last word. */
export interface ChildEnd {
  /** `was ended by SIGKILL`, `ended with code 1`, `could not be started (spawn EAGAIN)` */
  readonly how: string;
  readonly started: boolean;
  /** Whether memory is likely to have run out. */
  readonly outOfMemory: boolean;
  /** The last lines that it wrote; empty: it wrote nothing. */
  readonly lines: string;
}

/**
 * Does work in a process of its own, from its start to its end. When this settles, the process is gone and its memory
 * free. Throws what `onMessage` throws, and nothing else.
 */
export async function superviseChild<Said>(
  name: ProcessName,
  { work, signal, patience, onMessage, onSpawn }: SupervisedChild<Said>,
): Promise<ChildEnd> {
  const child = start(name);
  const lastLines = new LastLines(child.stdout!, child.stderr!);
  const { promise, resolve, reject } = Promise.withResolvers<ChildEnd>();
  let failure: { readonly error: unknown } | undefined;
  let killing: NodeJS.Timeout | undefined;
  const killLater = () => (killing ??= setTimeout(() => child.kill('SIGKILL'), patience));
  // A process that can't be told anything has ended or is about to: `close` tells how.
  const tell = (message: object) => child.connected && child.send(message, () => {});
  const stop = () => {
    tell({ type: 'stop' });
    killLater();
  };
  child.on('message', (said) => {
    try {
      if (onMessage(said as Said)) killLater();
    } catch (error) {
      failure = { error };
      child.removeAllListeners('message').kill('SIGKILL');
    }
  });
  child.once('error', (error) => {
    const how = `could not be started (${messageOf(error)})`;
    resolve({ how, started: false, outOfMemory: false, lines: '' });
  });
  // After the last output and the last message, unlike `exit`.
  child.once('close', (code, killedBy) => {
    if (failure) reject(failure.error);
    else resolve(endOf(code, killedBy, lastLines.toString()));
  });
  signal?.addEventListener('abort', stop);
  try {
    // The work first: to stop means something only to a process that has it.
    tell(work);
    if (child.pid !== undefined) onSpawn?.(child.pid);
    return await promise;
  } finally {
    signal?.removeEventListener('abort', stop);
    clearTimeout(killing);
  }
}

function start(name: ProcessName) {
  const { node, entry } = executable(name);
  const child = fork(entry, {
    execPath: node,
    // Flags of our own process, a test runner's or a debugger's, are not meant for it.
    execArgv: ['--disable-warning=ExperimentalWarning'],
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    // JSON would make objects of typed arrays and null of what is not a number.
    serialization: 'advanced',
  });
  yieldToOthers(child.pid);
  return child;
}

/**
 * Lets a process that computes for minutes yield to those that a person waits for. This has to follow its start at once:
 * on Linux, only threads that it makes later take after it. A system that refuses leaves the process as it is.
 */
function yieldToOthers(pid: number | undefined): void {
  const { PRIORITY_BELOW_NORMAL } = constants.priority;
  try {
    // A larger number yields more: who started us may have asked for that.
    if (pid !== undefined && getPriority(pid) < PRIORITY_BELOW_NORMAL) setPriority(pid, PRIORITY_BELOW_NORMAL);
  } catch {
    // It is slower beside it, not wrong.
  }
}

function endOf(code: number | null, killedBy: NodeJS.Signals | null, lines: string): ChildEnd {
  return {
    how: killedBy ? `was ended by ${killedBy}` : `ended with code ${code}`,
    started: true,
    // The out-of-memory killer of Linux leaves no other trace than its signal.
    outOfMemory: killedBy === 'SIGKILL' || /out of memory|bad_alloc/i.test(lines),
    lines,
  };
}

/** What is kept of a process's output. */
const LINES = 20;
const CHARACTERS = 4000;

/** Reads streams of text to their ends and remembers only the last lines, whatever comes. */
export class LastLines {
  #text = '';

  constructor(...streams: Readable[]) {
    for (const stream of streams)
      stream.setEncoding('utf8').on('data', (text: string) => {
        this.#text = (this.#text + text.slice(-CHARACTERS)).slice(-CHARACTERS);
      });
  }

  toString(): string {
    return this.#text.trimEnd().split('\n').slice(-LINES).join('\n');
  }
}

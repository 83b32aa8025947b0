import { fork, type ChildProcess } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { constants, getPriority, setPriority } from 'node:os';
import type { Readable } from 'node:stream';
import { messageOf } from '../errors.ts';
import { executable, type ProcessName } from './executable.ts';

export interface SupervisedChild<Message> {
  /** The first message to the process: plain data, typed arrays included. */
  readonly work: object;
  /** Stops the process: it is sent `{ type: 'stop' }`, and is killed when its `patience` is over. */
  readonly signal?: AbortSignal;
  /** Milliseconds that it gets to exit by itself, once it was asked to stop or has sent its final message. */
  readonly patience: number;
  /** Returns whether that was the final message. An error ends the process and is thrown by `superviseChild`. */
  readonly onMessage: (message: Message) => boolean;
  /** The id of the process. */
  readonly onSpawn?: (pid: number) => void;
  /** Megabytes of objects that it may hold, beyond which it crashes. Absent: what Node allows. */
  readonly heap?: number;
  /** Variables that it has beside ours. */
  readonly environment?: NodeJS.ProcessEnv;
  /** Is called each time when a signal has halted the process (SIGSTOP, Ctrl-Z), within ten seconds. On Linux only. */
  readonly onHalted?: (pid: number) => void;
}

/** How a process ended. Only the caller knows whether its final message came before, and so whether it crashed. */
export interface ChildEnd {
  /** `was ended by SIGKILL`, `ended with code 1`, `could not be started (spawn EAGAIN)` */
  readonly how: string;
  readonly started: boolean;
  /** Whether memory is likely to have run out. */
  readonly outOfMemory: boolean;
  /** The last lines that it wrote; empty where it wrote nothing. */
  readonly lines: string;
}

/**
 * Has work done in a process of its own and waits for its end. When this settles, the process is gone and its memory
 * free. Throws what `onMessage` throws, and nothing else.
 */
export async function superviseChild<Message>(
  name: ProcessName,
  { work, signal, patience, onMessage, onSpawn, onHalted, heap, environment }: SupervisedChild<Message>,
): Promise<ChildEnd> {
  const child = startChild(name, 'pipe', { heap, environment });
  // Where no pipe could be made, there are no streams, and `error` says why.
  const lastLines = new LastLines(...[child.stdout, child.stderr].flatMap((stream) => stream ?? []));
  const { promise, resolve, reject } = Promise.withResolvers<ChildEnd>();
  let failure: { readonly error: unknown } | undefined;
  let killing: NodeJS.Timeout | undefined;
  const killLater = () => (killing ??= setTimeout(() => child.kill('SIGKILL'), patience));
  // A process that can't receive a message has ended or is about to: `close` reports how.
  const send = (message: object) => child.connected && child.send(message, () => {});
  const stop = () => {
    send({ type: 'stop' });
    killLater();
  };
  child.on('message', (message) => {
    try {
      if (onMessage(message as Message)) killLater();
    } catch (error) {
      failure = { error };
      child.removeAllListeners('message').kill('SIGKILL');
    }
  });
  child.once('error', (error) => {
    const how = `could not be started (${TOO_MANY_FILES.has((error as NodeJS.ErrnoException).code!) ? MORE_FILES : messageOf(error)})`;
    resolve({ how, started: false, outOfMemory: false, lines: '' });
  });
  // This event comes after the last output and the last message, unlike `exit`.
  child.once('close', (code, killedBy) => {
    if (failure) reject(failure.error);
    else resolve(endOf(code, killedBy, lastLines.toString()));
  });
  signal?.addEventListener('abort', stop);
  const halted = onHalted && child.pid !== undefined ? watchState(child.pid, onHalted) : undefined;
  try {
    // The work is sent first, because a process understands a request to stop only once it has work.
    send(work);
    if (child.pid !== undefined) onSpawn?.(child.pid);
    return await promise;
  } finally {
    signal?.removeEventListener('abort', stop);
    clearTimeout(killing);
    clearInterval(halted);
  }
}

/** Too many files are open, in this process or on the whole machine. */
const TOO_MANY_FILES = new Set(['EMFILE', 'ENFILE']);
const MORE_FILES = 'too many files are open; allow more with "ulimit -n 4096" before Transplant is started';

/** Milliseconds between looks at the state of a process. */
const LOOK_EVERY = 3000;

function watchState(pid: number, onHalted: (pid: number) => void): NodeJS.Timeout | undefined {
  if (process.platform !== 'linux') return undefined;
  let before = false;
  const look = async () => {
    // `123 (name of the program) T ...`
    const state = await readFile(`/proc/${pid}/stat`, 'utf8').then(
      (text) => text[text.lastIndexOf(')') + 2],
      () => '',
    );
    const isHalted = state === 'T';
    if (isHalted && !before) onHalted(pid);
    before = isHalted;
  };
  return setInterval(() => void look(), LOOK_EVERY).unref();
}

/**
 * Starts a process of the program: plain Node, of lower priority, whose messages may hold typed arrays.
 *
 * @param output `pipe`: it is to be read, or the process waits for ever
 */
export function startChild(
  name: ProcessName,
  output: 'pipe' | 'ignore',
  { heap, environment }: Pick<SupervisedChild<never>, 'heap' | 'environment'> = {},
): ChildProcess {
  const { node, entry } = executable(name);
  const child = fork(entry, {
    execPath: node,
    env: { ...process.env, ...environment },
    // Flags of our own process, such as a test runner's or a debugger's, are not passed on.
    execArgv: [
      '--disable-warning=ExperimentalWarning',
      ...(heap === undefined ? [] : [`--max-old-space-size=${heap}`]),
    ],
    stdio: ['ignore', output, output, 'ipc'],
    // JSON would turn typed arrays into objects and NaN into null.
    serialization: 'advanced',
  });
  lowerPriority(child.pid);
  return child;
}

/**
 * Lowers the priority of a process that computes for minutes below that of programs a person waits for. This must follow
 * its start at once, because on Linux only threads that it makes later inherit the priority. A system may refuse.
 */
function lowerPriority(pid: number | undefined): void {
  const { PRIORITY_BELOW_NORMAL } = constants.priority;
  try {
    // A larger number is a lower priority, and we may have inherited one that is lower already.
    if (pid !== undefined && getPriority(pid) < PRIORITY_BELOW_NORMAL) setPriority(pid, PRIORITY_BELOW_NORMAL);
  } catch {
    // Other programs are slower then, but nothing is wrong.
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

/** Lines and characters that are kept of a process's output. */
const LINES = 20;
const CHARACTERS = 4000;

/** Reads streams of text to their ends and remembers only the last lines, however long they are. */
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

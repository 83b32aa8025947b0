import { fork, type ChildProcess } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { constants, getPriority, setPriority } from 'node:os';
import type { Readable } from 'node:stream';
import { messageOf } from '../errors.ts';
import { executable, type ProcessName } from './executable.ts';

/** How a process is started. */
interface ChildOptions {
  /** Megabytes of objects that it may hold, beyond which it crashes. Absent: what Node allows. */
  readonly heap?: number;
  /** Variables that it has beside ours. */
  readonly environment?: NodeJS.ProcessEnv;
}

export interface ChildWork<Message> {
  /** A message to the process: plain data, typed arrays included. */
  readonly work: object;
  /** Stops the process: it is sent `{ type: 'stop' }`, and is killed when its `patience` is over. */
  readonly signal?: AbortSignal;
  /** Milliseconds that it gets to exit by itself, once it was asked to. */
  readonly patience: number;
  /** Returns whether that was the final message of this work. An error ends the process and is thrown by `do`. */
  readonly onMessage: (message: Message) => boolean;
  /** The id of the process. */
  readonly onSpawn?: (pid: number) => void;
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
  options: ChildWork<Message> & ChildOptions,
): Promise<ChildEnd> {
  const child = new SupervisedChild(name, options);
  await child.do(options);
  return child.end(options.patience);
}

/** A process of the program from its start to its end. It does one work after the other. */
export class SupervisedChild {
  readonly #child: ChildProcess;
  readonly #ended: Promise<ChildEnd>;
  readonly #lastLines: LastLines;
  #killing: NodeJS.Timeout | undefined;
  #hasEnded = false;

  constructor(name: ProcessName, options: ChildOptions = {}) {
    const child = startChild(name, 'pipe', options);
    // Where no pipe could be made, there are no streams, and `error` says why.
    this.#lastLines = new LastLines(...[child.stdout, child.stderr].flatMap((stream) => stream ?? []));
    const { promise, resolve } = Promise.withResolvers<ChildEnd>();
    const settle = (end: ChildEnd) => {
      this.#hasEnded = true;
      clearTimeout(this.#killing);
      resolve(end);
    };
    child.once('error', (error) => {
      const how = `could not be started (${TOO_MANY_FILES.has((error as NodeJS.ErrnoException).code!) ? MORE_FILES : messageOf(error)})`;
      settle({ how, started: false, outOfMemory: false, lines: '' });
    });
    // This event comes after the last output and the last message, unlike `exit`.
    child.once('close', (code, killedBy) => settle(endOf(code, killedBy, this.#lastLines.toString())));
    this.#child = child;
    this.#ended = promise;
  }

  /** Whether it can do any more work. */
  get isRunning(): boolean {
    return !this.#hasEnded && this.#killing === undefined;
  }

  /** Resolves after the final message of a work: to undefined, or to how the process ended where that came first. */
  async do<Message>({
    work,
    signal,
    patience,
    onMessage,
    onSpawn,
    onHalted,
  }: ChildWork<Message>): Promise<ChildEnd | undefined> {
    const child = this.#child;
    const { promise, resolve, reject } = Promise.withResolvers<ChildEnd | undefined>();
    let failure: { readonly error: unknown } | undefined;
    const listen = (message: unknown) => {
      try {
        if (onMessage(message as Message)) resolve(undefined);
      } catch (error) {
        failure = { error };
        child.off('message', listen).kill('SIGKILL');
      }
    };
    const stop = () => {
      this.send({ type: 'stop' });
      this.#killLater(patience);
    };
    child.on('message', listen);
    void this.#ended.then((end) => (failure ? reject(failure.error) : resolve(end)));
    signal?.addEventListener('abort', stop);
    const halted = onHalted && child.pid !== undefined ? watchState(child.pid, onHalted) : undefined;
    // What it wrote at earlier work doesn't say why it crashes at this one.
    this.#lastLines.forget();
    try {
      // The work is sent first, because a process understands a request to stop only once it has work.
      this.send(work);
      if (child.pid !== undefined) onSpawn?.(child.pid);
      return await promise;
    } finally {
      child.off('message', listen);
      signal?.removeEventListener('abort', stop);
      clearInterval(halted);
    }
  }

  /** A process that can't receive a message has ended or is about to: `end` says how. */
  send(message: object): void {
    if (this.#child.connected) this.#child.send(message, () => {});
  }

  /** Resolves when it has ended; it is killed if it hasn't within so many milliseconds. */
  end(patience: number): Promise<ChildEnd> {
    this.#killLater(patience);
    return this.#ended;
  }

  #killLater(patience: number): void {
    if (!this.#hasEnded) this.#killing ??= setTimeout(() => this.#child.kill('SIGKILL'), patience);
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
  { heap, environment }: ChildOptions = {},
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

  forget(): void {
    this.#text = '';
  }

  toString(): string {
    return this.#text.trimEnd().split('\n').slice(-LINES).join('\n');
  }
}

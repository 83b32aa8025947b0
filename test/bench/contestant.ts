import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

/** What a contestant's process is asked, one line of JSON; it answers with one line. `seconds`: go on for so long. */
export type Request =
  | { readonly do: 'losses'; readonly steps: number }
  | { readonly do: 'step' | 'evaluate' | 'multiply'; readonly seconds: number };

/** After `steps` steps from the initial weights: the loss of each, and that of evaluating the first batch after them. */
export interface Losses {
  readonly losses: readonly number[];
  readonly evaluation: number;
}

export interface ContestantOptions {
  readonly side: 'onnx' | 'tensorflow' | 'torch';
  readonly exercise: string;
  readonly processes: number;
  /** Of PyTorch: images in memory as [N, rows, columns, channels]. */
  readonly channelsLast?: boolean;
}

/** The Python that is looked for PyTorch in. */
export const python = (): string => process.env.TRANSPLANT_BENCH_PYTHON ?? '/usr/bin/python3';
export const torchIsThere = (): boolean =>
  spawnSync(python(), ['-c', 'import torch'], { stdio: 'ignore' }).status === 0;

/** One engine in one setting: as many processes as it takes, which share the cores and wait for what to do. */
export class Contestant {
  readonly options: ContestantOptions;
  readonly side: ContestantOptions['side'];
  readonly label: string;
  readonly version: string;
  readonly #children: readonly Child[];

  private constructor(options: ContestantOptions, children: readonly Child[], hello: Hello) {
    const { side, processes, channelsLast } = options;
    const threads = threadsOf(processes);
    this.options = options;
    this.side = side;
    this.label = `${side}, ${processes} x ${threads} thread${threads > 1 ? 's' : ''}${channelsLast ? ', channels last' : ''}`;
    this.version = hello.version!;
    this.#children = children;
  }

  /** Undefined where the engine is missing, which `onMissing` is told why. */
  static async start(options: ContestantOptions, onMissing: (why: string) => void): Promise<Contestant | undefined> {
    const children = Array.from({ length: options.processes }, () => new Child(...commandOf(options)));
    const hellos = await Promise.all(children.map((child) => child.next<Hello>()));
    const { missing } = hellos[0];
    if (missing === undefined) return new Contestant(options, children, hellos[0]);
    await Promise.all(children.map((child) => child.end()));
    onMissing(missing);
    return undefined;
  }

  /** From the initial weights: only before anything else is asked. */
  losses(steps: number): Promise<Losses[]> {
    return Promise.all(this.#children.map((child) => child.ask<Losses>({ do: 'losses', steps })));
  }

  /** Images (of `multiply`: floating point operations) per second of all processes together, all at work at once. */
  async rate(work: 'step' | 'evaluate' | 'multiply', seconds: number): Promise<number> {
    const answers = this.#children.map((child) => child.ask<{ perSecond: number }>({ do: work, seconds }));
    return (await Promise.all(answers)).reduce((sum, { perSecond }) => sum + perSecond, 0);
  }

  /** Bytes that each process took at its peak; empty where the system doesn't say. */
  memory(): number[] {
    return this.#children.flatMap((child) => child.memory() ?? []);
  }

  async end(): Promise<void> {
    await Promise.all(this.#children.map((child) => child.end()));
  }
}

interface Hello {
  readonly version?: string;
  readonly missing?: string;
}

const threadsOf = (processes: number): number => Math.max(1, Math.floor(availableParallelism() / processes));

function commandOf({ side, exercise, processes, channelsLast }: ContestantOptions): [string, string[]] {
  const threads = String(threadsOf(processes));
  if (side !== 'torch')
    return [process.execPath, [join(import.meta.dirname, 'engine-step.ts'), side, exercise, threads]];
  const script = join(import.meta.dirname, 'torch_step.py');
  return [python(), [script, exercise, threads, ...(channelsLast ? ['channels-last'] : [])]];
}

class Child {
  readonly #process: ChildProcess;
  readonly #lines: AsyncIterator<string>;

  constructor(command: string, args: readonly string[]) {
    const child = spawn(command, args, { stdio: ['pipe', 'pipe', 'inherit'] });
    this.#lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
    this.#process = child;
  }

  async next<T>(): Promise<T> {
    const { value, done } = await this.#lines.next();
    if (done) throw new Error(`${this.#process.spawnargs.join(' ')} ended without an answer`);
    return JSON.parse(value) as T;
  }

  ask<T>(request: Request): Promise<T> {
    this.#process.stdin!.write(`${JSON.stringify(request)}\n`);
    return this.next<T>();
  }

  memory(): number | undefined {
    if (process.platform !== 'linux') return undefined;
    const status = readFileSync(`/proc/${this.#process.pid}/status`, 'utf8');
    return 1024 * Number(/^VmHWM:\s*(\d+) kB$/m.exec(status)![1]);
  }

  async end(): Promise<void> {
    if (this.#process.exitCode !== null || this.#process.signalCode !== null) return;
    const ended = once(this.#process, 'exit');
    this.#process.stdin!.end();
    await ended;
  }
}

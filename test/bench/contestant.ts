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
  /** Of PyTorch: compiled by torch.compile, which needs a C++ compiler. */
  readonly compiled?: boolean;
  /** Of PyTorch: the forward pass and its gradients in bfloat16 where autocast has them, weights and updates in float32. */
  readonly bfloat16?: boolean;
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
  /** Seconds that torch.compile took before the first step and evaluation; null where nothing was compiled by it. */
  readonly compileSeconds: number | null;
  readonly #children: readonly Child[];

  private constructor(options: ContestantOptions, children: readonly Child[], hellos: readonly Hello[]) {
    this.options = options;
    this.side = options.side;
    this.label = labelOf(options);
    this.version = hellos[0].version!;
    this.compileSeconds = options.compiled ? Math.max(...hellos.map((hello) => hello.compileSeconds!)) : null;
    this.#children = children;
  }

  /** Undefined where the engine is missing, which `onMissing` is told why. */
  static async start(options: ContestantOptions, onMissing: (why: string) => void): Promise<Contestant | undefined> {
    const children = Array.from({ length: options.processes }, () => new Child(options));
    // A compiler may take its process with it: that costs its line of the table and no other.
    const crashed = (error: Error): Hello => {
      if (!options.compiled) throw error;
      return { missing: `PyTorch could not compile: ${error.message}.` };
    };
    const said = await Promise.allSettled(children.map((child) => child.next<Hello>().catch(crashed)));
    const failed = said.find((each) => each.status === 'rejected');
    if (failed) {
      await Promise.all(children.map((child) => child.end()));
      throw failed.reason;
    }
    const hellos = said.filter((each) => each.status === 'fulfilled').map(({ value }) => value);
    const missing = hellos.find((hello) => hello.missing !== undefined)?.missing;
    if (missing === undefined) return new Contestant(options, children, hellos);
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
  readonly compileSeconds?: number;
  readonly missing?: string;
}

const FORMS = [
  ['channelsLast', 'channels-last', 'channels last'],
  ['compiled', 'compiled', 'compiled'],
  ['bfloat16', 'bfloat16', 'bfloat16'],
] as const;

/** `torch, 2 x 1 thread, channels last, bfloat16` */
function labelOf(options: ContestantOptions): string {
  const threads = threadsOf(options.processes);
  const shape = `${options.processes} x ${threads} thread${threads > 1 ? 's' : ''}`;
  return [options.side, shape, ...FORMS.flatMap(([form, , words]) => (options[form] ? [words] : []))].join(', ');
}

const threadsOf = (processes: number): number => Math.max(1, Math.floor(availableParallelism() / processes));

function commandOf(options: ContestantOptions): [string, string[]] {
  const { side, exercise, processes } = options;
  const threads = String(threadsOf(processes));
  if (side !== 'torch')
    return [process.execPath, [join(import.meta.dirname, 'engine-step.ts'), side, exercise, threads]];
  const script = join(import.meta.dirname, 'torch_step.py');
  return [python(), [script, exercise, threads, ...FORMS.flatMap(([form, word]) => (options[form] ? [word] : []))]];
}

class Child {
  readonly #label: string;
  readonly #process: ChildProcess;
  readonly #lines: AsyncIterator<string>;

  constructor(options: ContestantOptions) {
    const [command, args] = commandOf(options);
    const child = spawn(command, args, { stdio: ['pipe', 'pipe', 'inherit'] });
    // Of one that has ended: it is missed when its answer is.
    child.stdin.on('error', () => {});
    this.#label = labelOf(options);
    this.#lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
    this.#process = child;
  }

  async next<T>(): Promise<T> {
    const { value, done } = await this.#lines.next();
    if (done) throw new Error(`a process of ${this.#label} ended without an answer`);
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

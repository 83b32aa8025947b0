import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import type { QueuedJob, Scheduler } from '../../src-main/cluster/scheduler.ts';
import type { Job } from '../../src-main/cluster/spool/job-file.ts';
import { encodeLine } from '../../src-main/cluster/spool/curve.ts';
import type { Clock } from '../../src-main/cluster/trainings.ts';
import { RandomStream } from '../../src-main/random.ts';

interface Simulated {
  readonly array: string;
  readonly index: number;
  readonly file: string;
  /** Seconds of work left, and when it began on its node. */
  left: number;
  began: number;
  node: number | undefined;
  starts: number;
}

export interface SimulatedOptions {
  readonly spool: string;
  readonly nodes: number;
  /** Of a node within a day. */
  readonly failuresADay: number;
  readonly stepsOf: (run: string) => number;
  /** Seconds of work of a job. */
  readonly secondsOf: (job: Job, random: RandomStream) => number;
  /** Seconds between checkpoints, which a failure costs at most. */
  readonly checkpointEvery: number;
}

/**
 * A stand-in for Slurm with a clock of its own: jobs take made-up times, nodes fail and their jobs are requeued, and what a worker
 * would have written is in the spool when a job ends.
 */
export class SimulatedSlurm implements Scheduler, Clock {
  readonly #options: SimulatedOptions;
  readonly #random = new RandomStream(1, 'simulated cluster');
  /** Seconds. */
  #now = 0;
  #arrays = 0;
  readonly #ids = new Map<string, string>();
  readonly #waiting: Simulated[] = [];
  readonly #running = new Map<number, Simulated>();
  readonly #free: number[];
  readonly calls = { submit: 0, find: 0, queue: 0, cancel: 0, setLimit: 0, nodes: 0 };
  failures = 0;
  /** Node-seconds of work that was done, without what failures cost. */
  work = 0;

  constructor(options: SimulatedOptions) {
    this.#options = options;
    this.#free = Array.from({ length: options.nodes }, (_, i) => i);
  }

  now(): number {
    return this.#now * 1000;
  }

  async sleep(milliseconds: number, signal: AbortSignal): Promise<void> {
    await setImmediate();
    if (!signal.aborted) this.#advance(this.#now + milliseconds / 1000);
  }

  submit({ id }: { readonly id: string; readonly jobs: number }): Promise<string> {
    this.calls.submit += 1;
    const array = String((this.#arrays += 1));
    this.#ids.set(id, array);
    const files = readFileSync(join(this.#options.spool, 'submissions', id, 'jobs'), 'utf8')
      .trim()
      .split('\n');
    for (const [index, file] of files.entries()) {
      const job = JSON.parse(readFileSync(join(this.#options.spool, file), 'utf8')) as Job;
      const left = this.#options.secondsOf(job, this.#random);
      this.work += left;
      this.#waiting.push({ array, index, file, left, began: 0, node: undefined, starts: 0 });
    }
    this.#place();
    return Promise.resolve(array);
  }

  find(id: string): Promise<string | undefined> {
    this.calls.find += 1;
    const array = this.#ids.get(id);
    const isThere = [...this.#waiting, ...this.#running.values()].some((job) => job.array === array);
    return Promise.resolve(isThere ? array : undefined);
  }

  queue(): Promise<ReadonlyMap<string, QueuedJob>> {
    this.calls.queue += 1;
    const entry = ({ node, array, index }: Simulated): [string, QueuedJob] => [
      `${array}_${index}`,
      node === undefined
        ? { state: 'queued', node: '', reason: 'Resources' }
        : { state: 'running', node: `n${node}`, reason: 'None' },
    ];
    return Promise.resolve(new Map([...this.#waiting, ...this.#running.values()].map(entry)));
  }

  cancel(arrays: readonly string[]): Promise<void> {
    this.calls.cancel += 1;
    const left = this.#waiting.filter(({ array }) => !arrays.includes(array));
    this.#waiting.splice(0, this.#waiting.length, ...left);
    return Promise.resolve();
  }

  setLimit(): Promise<void> {
    this.calls.setLimit += 1;
    return Promise.resolve();
  }

  nodes(): Promise<number> {
    this.calls.nodes += 1;
    return Promise.resolve(this.#options.nodes);
  }

  #place(): void {
    while (this.#waiting.length > 0 && this.#free.length > 0) {
      const job = this.#waiting.shift()!;
      job.node = this.#free.pop()!;
      job.began = this.#now;
      job.starts += 1;
      this.#running.set(job.node, job);
    }
  }

  #advance(until: number): void {
    const { failuresADay, checkpointEvery } = this.#options;
    const elapsed = until - this.#now;
    const chance = 1 - (1 - failuresADay) ** (elapsed / 86_400);
    // Those that end first make room first.
    for (const job of [...this.#running.values()].sort((a, b) => a.began + a.left - b.began - b.left)) {
      const ends = job.began + job.left;
      if (ends <= until) {
        this.#free.push(job.node!);
        this.#running.delete(job.node!);
        this.#finish(job);
      } else if (this.#random.uniform() < chance) {
        this.failures += 1;
        this.#running.delete(job.node!);
        this.#free.push(job.node!);
        const done = until - job.began;
        job.left -= Math.floor(done / checkpointEvery) * checkpointEvery;
        job.node = undefined;
        this.#waiting.push(job);
      }
    }
    this.#now = until;
    this.#place();
  }

  /** Leaves what a worker leaves. */
  #finish({ file, starts, node }: Simulated): void {
    const { spool } = this.#options;
    const job = JSON.parse(readFileSync(join(spool, file), 'utf8')) as Job;
    for (const { run, attempt } of job.trainings) {
      const steps = this.#options.stepsOf(run);
      const folder = join(spool, 'runs', run, `attempt-${attempt}`);
      const start = join(folder, `start-${starts}`);
      mkdirSync(start, { recursive: true });
      const point = (step: number) => encodeLine({ type: 'point', step, loss: 1, accuracy: 0.5, learningRate: 0.1 });
      const curve = Array.from({ length: 40 }, (_, i) => point(i + 1)).join('');
      const weights = `weights of ${run}`;
      writeFileSync(join(start, 'curve.jsonl'), curve);
      writeFileSync(join(start, `step-${steps}.safetensors`), weights);
      const hashed = (text: string) => ({
        sha256: createHash('sha256').update(text).digest('hex'),
        bytes: Buffer.byteLength(text),
      });
      const place = {
        node: `n${node}`,
        processor: 'simulated',
        engine: 'simulated',
        threads: 1,
        job: '1',
        nodeSeconds: 1,
      };
      const result = {
        ...{ format: 'transplant result 1', run, attempt, place, status: 'finished' },
        curve: { file: `start-${starts}/curve.jsonl`, ...hashed(curve) },
        checkpoint: { file: `start-${starts}/step-${steps}.safetensors`, step: steps, ...hashed(weights) },
        evaluation: { loss: 1, correct: 1, total: 2 },
      };
      writeFileSync(join(folder, 'result.json'), JSON.stringify(result));
    }
  }
}

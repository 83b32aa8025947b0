import { createHash } from 'node:crypto';
import { appendFileSync, closeSync, mkdirSync, openSync, readFileSync, writeFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import type { QueuedJob, Scheduler, SubmittedArray } from '../../src-main/cluster/scheduler.ts';
import type { Job } from '../../src-main/cluster/spool/job-file.ts';
import { encodeLine } from '../../src-main/cluster/spool/curve.ts';
import type { Clock } from '../../src-main/cluster/trainings.ts';
import { RandomStream } from '../../src-main/random.ts';

interface Simulated {
  readonly array: string;
  readonly index: number;
  readonly trainings: Job['trainings'];
  /** Seconds of all its work. */
  readonly seconds: number;
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

const POINTS = 40;
const STATE_LENGTH = 200;
const pointOf = (step: number) => encodeLine({ type: 'point', step, loss: 1, accuracy: 0.5, learningRate: 0.1 });

/**
 * A stand-in for Slurm with a clock of its own: jobs take made-up times, nodes fail and their jobs are requeued, and what workers
 * would have written is in the spool whenever main looks: where each stands, a curve of 40 points, and how it ended.
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
  /** Jobs that ran at once, at most. */
  most = 0;
  /** Jobs of an array that may run at once. */
  readonly #limits = new Map<string, number>();
  /** Node-seconds of work that was done, without what failures cost. */
  work = 0;
  /** Files of where trainings stand, open for as long as their jobs run: opening them each time is most of the stand-in's work. */
  readonly #states = new Map<string, number>();
  /** Seconds of processor that the stand-in itself took. */
  processorSeconds = 0;

  constructor(options: SimulatedOptions) {
    this.#options = options;
    this.#free = Array.from({ length: options.nodes }, (_, i) => i);
  }

  now(): number {
    return this.#now * 1000;
  }

  async sleep(milliseconds: number, signal: AbortSignal): Promise<void> {
    await setImmediate();
    if (!signal.aborted) this.#ofTheStandIn(() => this.#advance(this.#now + milliseconds / 1000));
  }

  #ofTheStandIn<T>(work: () => T): T {
    const before = process.cpuUsage();
    const result = work();
    const { user, system } = process.cpuUsage(before);
    this.processorSeconds += (user + system) / 1e6;
    return result;
  }

  submit({ id, atOnce = Infinity }: SubmittedArray): Promise<string> {
    this.calls.submit += 1;
    const array = String((this.#arrays += 1));
    this.#limits.set(array, atOnce);
    this.#ids.set(id, array);
    const files = readFileSync(join(this.#options.spool, 'submissions', id, 'jobs'), 'utf8')
      .trim()
      .split('\n');
    this.#ofTheStandIn(() => {
      for (const [index, file] of files.entries()) {
        const job = JSON.parse(readFileSync(join(this.#options.spool, file), 'utf8')) as Job;
        const { trainings } = job;
        const seconds = this.#options.secondsOf(job, this.#random);
        this.work += seconds;
        const rest = { left: seconds, began: 0, node: undefined, starts: 0 };
        this.#waiting.push({ array, index, trainings, seconds, ...rest });
      }
      this.#place();
    });
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

  setLimit(array: string, atOnce: number): Promise<void> {
    this.calls.setLimit += 1;
    this.#limits.set(array, atOnce);
    return Promise.resolve();
  }

  nodes(): Promise<number> {
    this.calls.nodes += 1;
    return Promise.resolve(this.#options.nodes);
  }

  #place(): void {
    const running = new Map(
      [...Map.groupBy(this.#running.values(), ({ array }) => array)].map(([a, b]) => [a, b.length]),
    );
    const mayRun = ({ array }: Simulated) => (running.get(array) ?? 0) < this.#limits.get(array)!;
    while (this.#free.length > 0) {
      const next = this.#waiting.findIndex(mayRun);
      if (next < 0) break;
      const [job] = this.#waiting.splice(next, 1);
      running.set(job.array, (running.get(job.array) ?? 0) + 1);
      job.node = this.#free.pop()!;
      job.began = this.#now;
      job.starts += 1;
      this.#running.set(job.node, job);
      for (const folder of this.#startsOf(job)) {
        mkdirSync(folder, { recursive: true });
        writeFileSync(join(folder, 'curve.jsonl'), this.#points(0, pointsAt(job, this.#now)));
        this.#states.set(folder, openSync(join(folder, 'state.json'), 'w'));
      }
    }
    this.most = Math.max(this.most, this.#running.size);
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
        this.#closeStates(job);
        this.#running.delete(job.node!);
        this.#free.push(job.node!);
        const done = until - job.began;
        job.left -= Math.floor(done / checkpointEvery) * checkpointEvery;
        job.node = undefined;
        this.#waiting.push(job);
      }
    }
    for (const job of this.#running.values()) this.#tell(job, until);
    this.#now = until;
    this.#place();
  }

  /** Where a job stands, as its worker says every two seconds. */
  #tell(job: Simulated, until: number): void {
    const [before, now] = [pointsAt(job, this.#now), pointsAt(job, until)];
    for (const [i, folder] of this.#startsOf(job).entries()) {
      const step = Math.floor((this.#options.stepsOf(job.trainings[i].run) * now) / POINTS);
      const state = { step, loss: 1, accuracy: 0.5, learningRate: 0.1, imagesPerSecond: 100 };
      const place = { node: `n${job.node}`, job: '1', elapsed: until - job.began };
      // Each as long as the last, so that nothing of that is left.
      writeSync(this.#states.get(folder)!, JSON.stringify({ ...state, ...place }).padEnd(STATE_LENGTH), 0);
      if (now > before) appendFileSync(join(folder, 'curve.jsonl'), this.#points(before, now));
    }
  }

  #closeStates(job: Simulated): void {
    for (const folder of this.#startsOf(job)) {
      closeSync(this.#states.get(folder)!);
      this.#states.delete(folder);
    }
  }

  #points(from: number, to: number): string {
    return Array.from({ length: to - from }, (_, i) => pointOf(from + i + 1)).join('');
  }

  #startsOf({ trainings, starts }: Simulated): string[] {
    return trainings.map(({ run, attempt }) =>
      join(this.#options.spool, 'runs', run, `attempt-${attempt}`, `start-${starts}`),
    );
  }

  /** Leaves what a worker leaves. */
  #finish(job: Simulated): void {
    const { trainings, starts, node } = job;
    this.#closeStates(job);
    for (const [i, start] of this.#startsOf(job).entries()) {
      const { run, attempt } = trainings[i];
      const steps = this.#options.stepsOf(run);
      const curve = this.#points(0, POINTS);
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
      writeFileSync(join(start, '..', 'result.json'), JSON.stringify(result));
    }
  }
}

const pointsAt = ({ began, left, seconds }: Simulated, now: number): number =>
  Math.min(POINTS, Math.floor((POINTS * (seconds - left + now - began)) / seconds));

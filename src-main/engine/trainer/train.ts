import { setImmediate } from 'node:timers/promises';
import { UserError } from '../../errors.ts';
import { learningRate } from '../../network/schedule.ts';
import type { Activations, Prefix } from '../engine.ts';
import { Head, type HeadOptions, type Input } from './head.ts';
import type { TrainerMessage, TrainingJob, TrainingSeconds } from './job.ts';
import { compileHeads, openGround, startingPoints, type Ground } from './prepare.ts';
import { Stopwatch } from './stopwatch.ts';

export interface TrainOptions {
  /** When aborted, the trainings finish their step, write checkpoints and say `stopped`. */
  readonly signal: AbortSignal;
  readonly say: (run: string, message: TrainerMessage) => void;
  /** How checkpoints are written. */
  readonly writing?: HeadOptions['writing'];
}

/**
 * Trains as the jobs say, in this process: one network, or several that share frozen layers, in lock-step on the same
 * batches, so that those layers are computed once for all. What a user can mend, and a training that diverges, ends it
 * with `failed`, and the others go on; anything else is thrown.
 */
export async function train(jobs: readonly TrainingJob[], options: TrainOptions): Promise<void> {
  const group = new Group(jobs, options);
  try {
    await group.load();
    await group.run();
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    await group.fail(error.message);
  } finally {
    await group.dispose();
  }
}

class Group {
  readonly #signal: AbortSignal;
  readonly #say: TrainOptions['say'];
  readonly #writing: TrainOptions['writing'];
  /** Of the trainings that have not ended. */
  readonly #seconds: Map<TrainingJob, Stopwatch>;
  #heads: Head[] = [];
  #ground: Ground | undefined;
  #prefix: Prefix | undefined;

  constructor(jobs: readonly TrainingJob[], { signal, say, writing }: TrainOptions) {
    this.#signal = signal;
    this.#writing = writing;
    this.#say = say;
    this.#seconds = new Map(jobs.map((job) => [job, new Stopwatch()]));
  }

  /** Opens the images, makes or reads the weights, compiles the networks. */
  async load(): Promise<void> {
    await Stopwatch.share('load', [...this.#seconds.values()], async () => {
      const jobs = [...this.#seconds.keys()];
      const ground = (this.#ground = await openGround(jobs[0]));
      const starts = await startingPoints(jobs, ground, (job, reason) => this.#sayLast(job, failed(0, reason)));
      const compiled = await compileHeads(starts, ground);
      this.#prefix = compiled.prefix;
      this.#heads = compiled.heads.map((head) => {
        const { job } = head;
        const say = (message: TrainerMessage) => this.#say(job.run, message);
        return new Head({ ...head, ground, seconds: this.#seconds.get(job)!, say, writing: this.#writing });
      });
    });
  }

  async run(): Promise<void> {
    for (const head of this.#heads) await head.begin();
    const { steps } = this.#ground!;
    while (this.#heads.length > 0) {
      // Trainings that go on from different checkpoints: those that are ahead wait.
      const step = Math.min(...this.#heads.map((head) => head.step));
      const here = this.#heads.filter((head) => head.step === step);
      // First of all, and not after a step: the checkpoint that we go on from may be older than its evaluation.
      const evaluated = await this.#evaluate(here.filter((head) => head.evaluationIsDue));
      if (evaluated && step === steps)
        for (const head of here.filter((head) => this.#heads.includes(head)))
          await this.#end(head, (seconds) => ({ type: 'finished', seconds }));
      else if (this.#signal.aborted) await this.#stop();
      else await this.#takeStep(here, step);
      // Engines may compute without ever returning to the event loop, where the message to stop waits.
      await setImmediate();
    }
  }

  /** Ends all that have not ended yet. */
  async fail(reason: string): Promise<void> {
    for (const head of this.#heads) await this.#leave(head, failed(head.step, reason));
    for (const job of this.#seconds.keys()) this.#sayLast(job, failed(0, reason));
  }

  async dispose(): Promise<void> {
    await Promise.all(this.#heads.map((head) => head.dispose()));
    await this.#prefix?.dispose();
    this.#ground?.set.close();
  }

  async #takeStep(here: readonly Head[], step: number): Promise<void> {
    const { training, steps, batches } = this.#ground!;
    const rate = learningRate(training, step, steps);
    const stopwatches = here.map(({ seconds }) => seconds);
    const began = performance.now();
    const batch = await Stopwatch.share('images', stopwatches, () => batches.take(step));
    const passing = this.#prefix && Stopwatch.share('prefix', stopwatches, () => this.#prefix!.train(batch));
    if (passing) batches.prepare(step + 1);
    const activations = await passing;
    const results = new Map<Head, Awaited<ReturnType<Head['learn']>>>();
    for (const head of here)
      await this.#attempt(head, async () => {
        const learning = head.learn({ ...batch, images: inputOf(head, batch.images, activations) }, rate);
        if (!passing && head === here[0]) batches.prepare(step + 1);
        results.set(head, await learning);
      });
    const seconds = (performance.now() - began) / 1000;
    for (const [head, result] of results) await this.#attempt(head, () => head.record(result, rate, seconds));
  }

  /** Whether it came to its end before the signal to stop. */
  async #evaluate(due: readonly Head[]): Promise<boolean> {
    if (due.length === 0) return true;
    for (const head of due) head.beginEvaluation();
    const stopwatches = due.map(({ seconds }) => seconds);
    for (const batch of this.#ground!.heldOut()) {
      await setImmediate();
      if (this.#signal.aborted) return false;
      const activations =
        this.#prefix && (await Stopwatch.share('evaluate', stopwatches, () => this.#prefix!.evaluate(batch)));
      for (const head of due) await head.evaluate({ ...batch, images: inputOf(head, batch.images, activations) });
    }
    for (const head of due) await this.#attempt(head, () => head.endEvaluation());
    return true;
  }

  async #stop(): Promise<void> {
    for (const head of [...this.#heads])
      await this.#attempt(head, async () => {
        await head.writeCheckpoint();
        await this.#end(head, (seconds) => ({ type: 'stopped', step: head.step, seconds }));
      });
  }

  /** What ends one training leaves the others alone. */
  async #attempt(head: Head, work: () => Promise<void>): Promise<void> {
    try {
      await work();
    } catch (error) {
      if (!(error instanceof UserError)) throw error;
      await this.#leave(head, failed(head.step, error.message));
    }
  }

  /** Once its last checkpoint is on the disk. */
  #end(head: Head, lastWord: LastWord): Promise<void> {
    return this.#attempt(head, async () => {
      await head.finishWriting();
      await this.#leave(head, lastWord);
    });
  }

  async #leave(head: Head, lastWord: LastWord): Promise<void> {
    this.#heads = this.#heads.filter((other) => other !== head);
    await head.dispose();
    this.#sayLast(head.job, lastWord);
  }

  #sayLast(job: TrainingJob, lastWord: LastWord): void {
    const seconds = this.#seconds.get(job)!.total;
    this.#seconds.delete(job);
    this.#say(job.run, lastWord(seconds));
  }
}

type LastWord = (seconds: TrainingSeconds) => TrainerMessage;

/** What is computed below a network, if anything is. */
const inputOf = ({ job }: Head, images: Float32Array, activations?: ReadonlyMap<number, Activations>): Input =>
  activations?.get(job.frozen) ?? images;

const failed =
  (step: number, reason: string): LastWord =>
  (seconds) => ({ type: 'failed', step, reason, seconds });

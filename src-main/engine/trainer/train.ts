import { setImmediate } from 'node:timers/promises';
import { UserError } from '../../errors.ts';
import { learningRate } from '../../network/spec.ts';
import type { Activations, BatchResult, ImagesOrActivations, Prefix } from '../engine.ts';
import type { TrainerMessage, TrainingJob, TrainingSeconds } from './job.ts';
import { HeldOutSums, Stopwatch } from './meters.ts';
import { NetworkTraining, type NetworkTrainingOptions } from './network-training.ts';
import { compileNetworks, openSharedSetup, startingPoints, type SharedSetup } from './setup.ts';

interface TrainOptions {
  /** When aborted, the trainings finish their step, write checkpoints and report `stopped`. */
  readonly signal: AbortSignal;
  readonly report: (run: string, message: TrainerMessage) => void;
  /** How checkpoints are written. */
  readonly writing?: NetworkTrainingOptions['writing'];
}

/**
 * Trains as the jobs say, in this process: one network, or several that share frozen layers, in lock-step on the same
 * batches, so that those layers are computed once for all. Each training ends with `finished`, `stopped` or `failed`.
 * UserErrors and trainings that diverge end as `failed`, while the others go on; other errors are thrown.
 */
export async function train(jobs: readonly TrainingJob[], { signal, report, writing }: TrainOptions): Promise<void> {
  const group = new Group(jobs, report);
  const resources = new AsyncDisposableStack();
  try {
    // Set up: open the images and the engine, make or read the weights, compile the networks.
    const shared = await timed('load', group.stopwatches, () => openSharedSetup(jobs[0]));
    resources.defer(() => shared.set.close());
    const starts = await timed('load', group.stopwatches, () =>
      startingPoints(jobs, shared, (job, reason) => group.end(job, { type: 'failed', step: 0, reason })),
    );
    const { prefix, networks } = await timed('load', group.stopwatches, () => compileNetworks(starts, shared));
    resources.defer(() => prefix?.dispose());
    resources.defer(() => group.dispose());
    for (const network of networks) group.add({ ...network, shared, writing });

    const { training: settings, steps, batches } = shared;
    for (const training of group.active) await training.begin();
    while (group.active.length > 0) {
      // Trainings may resume from different checkpoints: those that are ahead wait.
      const step = Math.min(...group.active.map((training) => training.step));
      const isHere = (training: NetworkTraining) => training.step === step;

      // Evaluate on the held-out images. This comes first because a resumed training's checkpoint may precede the
      // evaluation of its step.
      const due = group.active.filter((training) => isHere(training) && training.evaluationIsDue);
      const evaluated = due.length === 0 || (await evaluate(group, due, shared, prefix, signal));
      const here = group.active.filter(isHere);

      // Finish or stop, with the last checkpoint on the disk.
      if (evaluated && step === steps) {
        for (const training of here)
          await group.attempt(training, async () => {
            await training.writeCheckpoint();
            await group.complete(training, { type: 'finished' });
          });
        continue;
      }
      if (signal.aborted) {
        for (const training of group.active)
          await group.attempt(training, async () => {
            await training.writeCheckpoint();
            await group.complete(training, { type: 'stopped', step: training.step });
          });
        continue;
      }

      // One batch for all; the next one is made as soon as an engine has this one (BatchPrefetcher).
      const began = performance.now();
      const rate = learningRate(settings, step, steps);
      const stopwatches = here.map(({ stopwatch }) => stopwatch);
      const batch = await timed('images', stopwatches, () => batches.take(step));

      // Forward through the frozen layers that all share.
      const shareForward = prefix && timed('prefix', stopwatches, () => prefix.train(batch));
      if (shareForward) batches.prefetch(step + 1);
      const activations = await shareForward;

      // Forward, backward and update of each network.
      const results = new Map<NetworkTraining, BatchResult>();
      for (const training of here)
        await group.attempt(training, async () => {
          const input = inputOf(training, batch.images, activations);
          const stepping = training.takeStep({ ...batch, images: input }, rate);
          if (!shareForward && training === here[0]) batches.prefetch(step + 1);
          results.set(training, await stepping);
        });

      // Record the step, and write a checkpoint where one is due.
      const seconds = (performance.now() - began) / 1000;
      for (const [training, result] of results)
        await group.attempt(training, async () => {
          training.record(result, rate, seconds);
          await training.enterStage();
          await training.show(rate);
          if (training.checkpointIsDue) await training.writeCheckpoint();
          if (training.job.checkpointEvery === 0) await training.finishWriting();
        });

      // Engines may compute without ever returning to the event loop, where the message to stop waits.
      await setImmediate();
    }
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    await group.fail(error.message);
  } finally {
    await resources.disposeAsync();
  }
}

/** Evaluates networks on all held-out images; resolves to false where the signal came first. */
async function evaluate(
  group: Group,
  due: readonly NetworkTraining[],
  shared: SharedSetup,
  prefix: Prefix | undefined,
  signal: AbortSignal,
): Promise<boolean> {
  const sums = new Map(due.map((training) => [training, new HeldOutSums()]));
  const stopwatches = due.map(({ stopwatch }) => stopwatch);
  for (const batch of shared.heldOut()) {
    await setImmediate();
    if (signal.aborted) return false;
    const activations = prefix && (await timed('evaluate', stopwatches, () => prefix.evaluate(batch)));
    for (const [training, sum] of sums) {
      const input = inputOf(training, batch.images, activations);
      sum.add(await training.evaluate({ ...batch, images: input }), batch.labels);
    }
  }
  // Not after a signal during the last batch: the training will stop here, and evaluate this step when it resumes.
  if (signal.aborted && due[0].step < shared.steps) return false;
  for (const [training, sum] of sums) await group.attempt(training, async () => training.reportEvaluation(sum));
  return true;
}

/** What a network reads: the activations of the frozen layers below it, or images where it computes from these on. */
const inputOf = (
  { job }: NetworkTraining,
  images: Float32Array,
  activations?: ReadonlyMap<number, Activations>,
): ImagesOrActivations => activations?.get(job.frozen) ?? images;

const timed = Stopwatch.share;

/** The final message of a training, without the seconds that it took. */
type Ending =
  | { readonly type: 'finished' }
  | { readonly type: 'stopped'; readonly step: number }
  | { readonly type: 'failed'; readonly step: number; readonly reason: string };

/** The trainings of a process: which of them are active, and how each one ends. */
class Group {
  readonly #report: TrainOptions['report'];
  /** Of the jobs that have not ended. */
  readonly #stopwatches: Map<TrainingJob, Stopwatch>;
  /** Trainings that have not ended. A new array whenever one ends, so that loops over it are not disturbed. */
  active: readonly NetworkTraining[] = [];

  constructor(jobs: readonly TrainingJob[], report: TrainOptions['report']) {
    this.#report = report;
    this.#stopwatches = new Map(jobs.map((job) => [job, new Stopwatch()]));
  }

  get stopwatches(): Stopwatch[] {
    return [...this.#stopwatches.values()];
  }

  add(options: Omit<NetworkTrainingOptions, 'stopwatch' | 'report'>): void {
    const { job } = options;
    const report = (message: TrainerMessage) => this.#report(job.run, message);
    const training = new NetworkTraining({ ...options, stopwatch: this.#stopwatches.get(job)!, report });
    this.active = [...this.active, training];
  }

  /** Does some work for one training; a UserError ends it as `failed` and leaves the others alone. */
  async attempt(training: NetworkTraining, work: () => Promise<void>): Promise<void> {
    try {
      await work();
    } catch (error) {
      if (!(error instanceof UserError)) throw error;
      await this.#leave(training, { type: 'failed', step: training.step, reason: error.message });
    }
  }

  /** Ends a training once its last checkpoint is on the disk. */
  complete(training: NetworkTraining, ending: Ending): Promise<void> {
    return this.attempt(training, async () => {
      await training.finishWriting();
      await this.#leave(training, ending);
    });
  }

  /** Ends all that have not ended yet. */
  async fail(reason: string): Promise<void> {
    for (const training of this.active) await this.#leave(training, { type: 'failed', step: training.step, reason });
    for (const job of this.#stopwatches.keys()) this.end(job, { type: 'failed', step: 0, reason });
  }

  end(job: TrainingJob, ending: Ending): void {
    const seconds: TrainingSeconds = this.#stopwatches.get(job)!.total;
    this.#stopwatches.delete(job);
    this.#report(job.run, { ...ending, seconds });
  }

  async dispose(): Promise<void> {
    await Promise.all(this.active.map((training) => training.dispose()));
  }

  async #leave(training: NetworkTraining, ending: Ending): Promise<void> {
    this.active = this.active.filter((other) => other !== training);
    await training.dispose();
    this.end(training.job, ending);
  }
}

import { z } from 'zod';
import { networkSchema, type NetworkSpec } from '../../network/spec.ts';
import type { Tensor } from '../../network/weights.ts';
import { ENGINE_NAMES, type EngineName } from '../../common/choices.ts';

/**
 * One training that a process is told to do: plain data, sent once over the process's IPC channel. A process does one,
 * or several side by side that differ in their networks' upper layers only.
 */
export interface TrainingJob {
  /** What its messages are marked with. */
  readonly run: string;
  /** Folder of the packed image set. */
  readonly imageSet: string;
  /** Class names trained and tested on, in label order of the network. */
  readonly classes: readonly string[];
  /** Training images per class, drawn by `selectionSeed`; absent: all. */
  readonly imagesPerClass?: number;
  readonly selectionSeed: number;
  readonly network: NetworkSpec;
  /** Absent: the network's epochs over the training images. */
  readonly steps?: number;
  /** Root of the initial weights. */
  readonly seed: string;
  /** Root of the order of images, crops, mirrors and dropout. */
  readonly batchSeed: string;
  /** Where the first n layers come from, if not from `seed`. */
  readonly transplant?: Transplant;
  /** Layers that keep their weights. */
  readonly frozen: number;
  /** Rank of adapters beside the copied convolutions, which keep their weights; absent: there are none (stage.ts). */
  readonly adapterRank?: number;
  /** How copied layers that begin frozen are let learn; absent: those that are not frozen learn from the first step on. */
  readonly unfreezing?: Unfreezing;
  readonly engine: EngineName;
  /** The home folder, to which the engine may have been added; absent: only what npm has installed. */
  readonly home?: string;
  readonly threads: number;
  /** Checkpoints are written to `<folder>/step-<step>.safetensors`. */
  readonly checkpoints: string;
  /** Go on from here; absent: from the beginning. */
  readonly resume?: CheckpointFile;
  /** Seconds between checkpoints, which are written while steps go on; 0: each step has one, and waits for it. */
  readonly checkpointEvery: number;
  /** Evaluations at the most, the final one included; none comes sooner than an epoch after the last. */
  readonly evaluations: number;
  /** Snapshots of the first layer's filters at the most, those of step 0 and of the last step among them: 2 at least. */
  readonly snapshots: number;
}

/** `from the top`: layer n first, then with each epoch the next one below. */
export type Unfreezing = 'from the top';

/** Of a trained network (path of a safetensors file, with its SHA-256), or of the random one that a seed makes. */
export type Transplant =
  { readonly n: number; readonly checkpoint: CheckpointFile } | { readonly n: number; readonly seed: string };

export interface CheckpointFile {
  readonly file: string;
  readonly sha256: string;
}

const checkpointFile = z.strictObject({ file: z.string().min(1), sha256: z.string().regex(/^[0-9a-f]{64}$/) });

const n = z.int().positive();

/** The job as the training process checks it on arrival. */
const trainingJobSchema: z.ZodType<TrainingJob> = z.strictObject({
  run: z.string().min(1),
  imageSet: z.string().min(1),
  classes: z.array(z.string()).min(1),
  imagesPerClass: z.int().positive().optional(),
  selectionSeed: z.int(),
  steps: z.int().positive().optional(),
  network: networkSchema,
  seed: z.string(),
  batchSeed: z.string(),
  transplant: z
    .union([z.strictObject({ n, checkpoint: checkpointFile }), z.strictObject({ n, seed: z.string() })])
    .optional(),
  frozen: z.int().nonnegative(),
  adapterRank: z.int().positive().optional(),
  unfreezing: z.literal('from the top').optional(),
  engine: z.enum(ENGINE_NAMES),
  home: z.string().min(1).optional(),
  threads: z.int().positive(),
  checkpoints: z.string().min(1),
  resume: checkpointFile.optional(),
  checkpointEvery: z.number().nonnegative(),
  evaluations: z.int().positive(),
  snapshots: z.int().min(2),
});

/** The jobs of one process as it checks them. */
export const trainingJobsSchema = z
  .array(trainingJobSchema)
  .min(1)
  .refine((jobs) => new Set(jobs.map(commonPart)).size === 1, 'trainings side by side must see the same batches')
  .refine(
    (jobs) => jobs.length === 1 || jobs.every(({ frozen, transplant }) => frozen > 0 && frozen === transplant?.n),
    'trainings side by side must have frozen layers in common',
  );

/** Everything that trainings of one process agree in. */
function commonPart({ transplant, ...job }: TrainingJob): string {
  const { imageSet, classes, imagesPerClass, selectionSeed, network, steps, batchSeed, engine, threads } = job;
  const source = transplant && { ...transplant, n: undefined };
  return JSON.stringify([
    imageSet,
    classes,
    imagesPerClass,
    selectionSeed,
    network,
    steps,
    batchSeed,
    engine,
    threads,
    source,
  ]);
}

/** What a training process says, of one of its trainings. */
export interface TrainerSaid {
  readonly run: string;
  readonly message: TrainerMessage;
}

export type TrainerMessage =
  /** `step`: how many steps are done already. What was said of later steps before a restart will be said again. */
  | {
      readonly type: 'started';
      readonly step: number;
      readonly steps: number;
      readonly engineVersion: string;
      readonly trainImages: number;
      readonly heldOutImages: number;
    }
  /** For eyes: a few times a second, averaged since the last one. Differs from run to run. */
  | {
      readonly type: 'progress';
      readonly step: number;
      readonly loss: number;
      readonly accuracy: number;
      readonly learningRate: number;
      readonly imagesPerSecond: number;
    }
  /** For the learning curve: at fixed steps, averaged over exactly the steps since the last. The same in every run. */
  | {
      readonly type: 'point';
      readonly step: number;
      readonly loss: number;
      readonly accuracy: number;
      readonly learningRate: number;
    }
  /**
   * For the history of filters: at fixed steps, the same in every run. The first layer's weights [filters, channels, rows,
   * columns], where that layer is a convolution and learns.
   */
  | { readonly type: 'snapshot'; readonly step: number; readonly weight: Tensor }
  /** For eyes: the same weights every two seconds; of a frozen layer once, at the start. Differs from run to run. */
  | { readonly type: 'filters'; readonly step: number; readonly weight: Tensor }
  /** On the held-out images. `final`: after the last step. */
  | {
      readonly type: 'evaluated';
      readonly step: number;
      readonly loss: number;
      readonly correct: number;
      readonly total: number;
      readonly final: boolean;
    }
  | {
      readonly type: 'checkpoint';
      readonly step: number;
      readonly file: string;
      readonly sha256: string;
      readonly bytes: number;
      readonly final: boolean;
    }
  | { readonly type: 'finished'; readonly seconds: TrainingSeconds }
  /** As asked for by `stop`; a checkpoint of this step was written, unless no step was done. */
  | { readonly type: 'stopped'; readonly step: number; readonly seconds: TrainingSeconds }
  /** The training itself can't go on: the loss is not a number, say. Not a crash: restarting would end the same. */
  | {
      readonly type: 'failed';
      readonly step: number;
      readonly reason: string;
      readonly seconds: TrainingSeconds;
    };

/** Wall time by part, of this process alone. Of what is done for several trainings at once, each has an equal share. */
export interface TrainingSeconds {
  /** Opening the images, making or reading weights, compiling. */
  readonly load: number;
  /** Reading and cropping the images of training steps. */
  readonly images: number;
  /** Frozen layers in training steps, where they are computed for several networks. */
  readonly prefix: number;
  /** What is left of training steps. */
  readonly train: number;
  readonly evaluate: number;
  readonly checkpoint: number;
}

/** What a training process is told after its jobs: finish the step, write a checkpoint, exit. */
export interface TrainerCommand {
  readonly type: 'stop';
}

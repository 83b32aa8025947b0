import { z } from 'zod';
import { networkSchema } from '../../network/spec.ts';
import type { Tensor } from '../../network/weights.ts';
import { ENGINE_NAMES } from '../../common/choices.ts';

const checkpointFileSchema = z
  .strictObject({ file: z.string().min(1), sha256: z.string().regex(/^[0-9a-f]{64}$/) })
  .readonly();
/** Path of a safetensors file, with its SHA-256. */
export type CheckpointFile = z.infer<typeof checkpointFileSchema>;

const n = z.int().positive();
/** The first n layers of a trained network, or of the random one that a seed makes. */
const transplantSchema = z.union([
  z.strictObject({ n, checkpoint: checkpointFileSchema }).readonly(),
  z.strictObject({ n, seed: z.string() }).readonly(),
]);
export type Transplant = z.infer<typeof transplantSchema>;

/** `from the top`: layer n first, then with each epoch the next one below. */
const unfreezingSchema = z.literal('from the top');
export type Unfreezing = z.infer<typeof unfreezingSchema>;

/**
 * One training that a process is told to do: plain data, sent once over the process's IPC channel and checked on arrival. A
 * process does one, or several side by side that differ in their networks' upper layers only.
 */
const trainingJobSchema = z
  .strictObject({
    /** What its messages are marked with. */
    run: z.string().min(1),
    /** Folder of the packed image set. */
    imageSet: z.string().min(1),
    /** Class names trained and tested on, in label order of the network. */
    classes: z.array(z.string()).min(1).readonly(),
    /** Training images per class, drawn by `selectionSeed`; absent: all. */
    imagesPerClass: z.int().positive().optional(),
    selectionSeed: z.int(),
    network: networkSchema,
    /** Absent: the network's epochs over the training images. */
    steps: z.int().positive().optional(),
    /** Root of the initial weights. */
    seed: z.string(),
    /** Root of the order of images, crops, mirrors and dropout. */
    batchSeed: z.string(),
    /** Where the first n layers come from, if not from `seed`. */
    transplant: transplantSchema.optional(),
    /** Layers that keep their weights. */
    frozen: z.int().nonnegative(),
    /** Rank of adapters beside the copied convolutions, which keep their weights; absent: there are none (stage.ts). */
    adapterRank: z.int().positive().optional(),
    /** How copied layers that begin frozen are let learn; absent: those that are not frozen learn from the first step on. */
    unfreezing: unfreezingSchema.optional(),
    engine: z.enum(ENGINE_NAMES),
    /** The home folder, to which the engine may have been added; absent: only what npm has installed. */
    home: z.string().min(1).optional(),
    threads: z.int().positive(),
    /** Checkpoints are written to `<folder>/step-<step>.safetensors`. */
    checkpoints: z.string().min(1),
    /** Go on from here; absent: from the beginning. */
    resume: checkpointFileSchema.optional(),
    /** Seconds between checkpoints, which are written while steps go on; 0: each step has one, and waits for it. */
    checkpointEvery: z.number().nonnegative(),
    /** Evaluations at the most, the final one included; none comes sooner than an epoch after the last. */
    evaluations: z.int().positive(),
    /** Snapshots of the first layer's filters at the most, those of step 0 and of the last step among them: 2 at least. */
    snapshots: z.int().min(2),
  })
  .readonly();
export type TrainingJob = z.infer<typeof trainingJobSchema>;

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

import { z } from 'zod';
import { ENGINE_NAMES } from '../../common/choices.ts';
import type { HeldOutAnswers } from '../../common/results/accuracy.ts';
import type { LayerQualities } from '../../common/results/layer-quality.ts';
import { variantFields } from '../../common/treatments/schema.ts';
import { networkSchema } from '../../network/spec.ts';
import type { Tensor } from '../../network/weights.ts';

const checkpointFileSchema = z
  .strictObject({ file: z.string().min(1), sha256: z.string().regex(/^[0-9a-f]{64}$/) })
  .readonly();
/** Path of a safetensors file, with its SHA-256. */
export type CheckpointFile = z.infer<typeof checkpointFileSchema>;

/** Where the last layer is copied, too: for each class its unit there, and how many units that has. */
export const headSchema = z
  .object({ units: z.array(z.int().nonnegative()).readonly(), of: z.int().positive() })
  .readonly();

const n = z.int().positive();
/** The network of a seed. `statistics`: its batch norms have them estimated on the training images; absent: 0 and 1. */
export const randomSourceSchema = z
  .strictObject({ n, seed: z.string(), statistics: z.literal('of the target').optional() })
  .readonly();
/** The network whose layers 1..n are copied: a trained one, or the random one of a seed. */
const transplantSchema = z.union([
  z.strictObject({ n, checkpoint: checkpointFileSchema, head: headSchema.optional() }).readonly(),
  randomSourceSchema,
]);
export type Transplant = z.infer<typeof transplantSchema>;

/**
 * One training for a process to do: plain data, sent once over the process's IPC channel and checked on arrival. A process
 * does one, or several side by side that differ in their networks' upper layers only.
 */
const trainingJobFields = z.strictObject({
  /** Key of the run, which marks the training's messages. */
  run: z.string().min(1),
  /** Folder of the packed image set. */
  imageSet: z.string().min(1),
  /** Names of the classes to learn, in the order of the network's labels. */
  classes: z.array(z.string()).min(1).readonly(),
  /** Training images per class, drawn by `selectionSeed`; absent: all. */
  imagesPerClass: z.int().positive().optional(),
  selectionSeed: z.int(),
  /** Whether it learns from the held-out images, too, so that its evaluation says nothing. */
  allImages: z.boolean().optional(),
  network: networkSchema,
  /** 0: it is tested as it is. Absent: the network's epochs over the training images. */
  steps: z.int().nonnegative().optional(),
  /** Seed of the initial weights. */
  seed: z.string(),
  /** Seed of the order of images, crops, mirrors and dropout. */
  batchSeed: z.string(),
  /** Source of the first n layers; absent: `seed`. */
  transplant: transplantSchema.optional(),
  /** Layers 1..frozen keep their weights. */
  frozen: z.int().nonnegative(),
  // The field of a variant (stage.ts).
  ...variantFields,
  engine: z.enum(ENGINE_NAMES),
  /** The home folder, to which the engine may have been added; absent: only what npm has installed. */
  home: z.string().min(1).optional(),
  threads: z.int().positive(),
  /** Checkpoints are written to `<folder>/step-<step>.safetensors`. */
  checkpoints: z.string().min(1),
  /** Checkpoint to resume from; absent: start from the beginning. */
  resume: checkpointFileSchema.optional(),
  /** Seconds between checkpoints, which are written while steps go on; 0: each step writes one, and waits for it. */
  checkpointEvery: z.number().nonnegative(),
  /** Most evaluations, the final one included; they are at least an epoch apart. */
  evaluations: z.int().positive(),
  /** Most snapshots of the first layer's filters, those of step 0 and of the last step among them; at least 2. */
  snapshots: z.int().min(2),
});
const trainingJobSchema = trainingJobFields.readonly();
export type TrainingJob = z.infer<typeof trainingJobSchema>;

/** The jobs of one process, which must be able to share it. */
export const trainingJobsSchema = z
  .array(trainingJobSchema)
  .min(1)
  .refine((jobs) => new Set(jobs.map(commonPart)).size === 1, 'trainings side by side must see the same batches')
  .refine(
    (jobs) => jobs.length === 1 || jobs.every(({ frozen, transplant }) => frozen > 0 && frozen === transplant?.n),
    'trainings side by side must have frozen layers in common',
  );

/** What all trainings of one process must have in common. */
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

/** The same job where it holds on any machine: without paths, and without what is each machine's own. */
export const portableJobFields = trainingJobFields.omit({
  imageSet: true,
  transplant: true,
  home: true,
  threads: true,
  checkpoints: true,
  resume: true,
});

/** A message of a training process about one of its trainings. */
export interface RunMessage {
  readonly run: string;
  readonly message: TrainerMessage;
}

export type TrainerMessage =
  /** `step`: how many steps are done already. Messages about later steps, sent before a restart, will be sent again. */
  | {
      readonly type: 'started';
      readonly step: number;
      readonly steps: number;
      readonly engineVersion: string;
      readonly trainImages: number;
      readonly heldOutImages: number;
    }
  /** For display: a few times a second, averaged since the last one. Differs from run to run. */
  | {
      readonly type: 'progress';
      readonly step: number;
      readonly loss: number;
      readonly accuracy: number;
      readonly learningRate: number;
      readonly imagesPerSecond: number;
    }
  /** For the learning curve: at fixed steps, averaged over the steps since the last point. The same in every run. */
  | {
      readonly type: 'point';
      readonly step: number;
      readonly loss: number;
      readonly accuracy: number;
      readonly learningRate: number;
    }
  /**
   * For the history of filters: at fixed steps, the same in every run. The first layer's weights [filters, channels, rows,
   * columns], where that layer is a convolution and learns; and, of a network without a transplant, numbers about every layer.
   */
  | { readonly type: 'snapshot'; readonly step: number; readonly weight: Tensor; readonly layers?: LayerQualities }
  /** For display: the same weights every two seconds; those of a frozen layer once, at the start. Differs from run to run. */
  | { readonly type: 'filters'; readonly step: number; readonly weight: Tensor }
  /** What the network says of each held-out image after the last step, before the final result. */
  | { readonly type: 'answers'; readonly step: number; readonly answers: HeldOutAnswers }
  /** The result on the held-out images. `final`: after the last step. */
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
  /** After `stop`; a checkpoint of this step was written, unless no step was done. */
  | { readonly type: 'stopped'; readonly step: number; readonly seconds: TrainingSeconds }
  /** The training itself can't go on, for example because the loss is not a number. Restarting would end the same. */
  | {
      readonly type: 'failed';
      readonly step: number;
      readonly reason: string;
      readonly seconds: TrainingSeconds;
    };

/** Wall time by part, in this process alone. What is done for several trainings at once counts in equal shares. */
export interface TrainingSeconds {
  /** Opening the images, making or reading weights, compiling. */
  readonly load: number;
  /** Reading and cropping the images of training steps. */
  readonly images: number;
  /** Frozen layers in training steps, where they are computed for several networks. */
  readonly prefix: number;
  /** The rest of training steps. */
  readonly train: number;
  readonly evaluate: number;
  readonly checkpoint: number;
}

export type TrainerCommand =
  /** A group of trainings, to begin when earlier ones have ended. */
  | { readonly type: 'train'; readonly jobs: readonly TrainingJob[] }
  /** Finish the step and write checkpoints. */
  | { readonly type: 'stop' }
  /** Exit when the trainings have ended. */
  | { readonly type: 'end' };

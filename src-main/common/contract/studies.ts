import { eventIterator } from '@orpc/contract';
import { z } from 'zod';
import { annotationChangeSchema, annotationSchema } from '../annotations.ts';
import { halfSchema, networkKindSchema, treatmentKindSchema } from '../treatments/schema.ts';
import { MOST_TREATMENTS } from '../treatments/treatments.ts';
import { cutSchema } from '../cuts.ts';
import { runSummarySchema } from './activity.ts';
import { accuracyCurveSchema, exampleCurveFields } from '../results/accuracy.ts';
import { mistakesSchema } from '../results/confusion.ts';
import { lookSectionSchema } from '../results/look-section.ts';
import { comparisonFields, effectCurveSchema, effectPointSchema, variantCurveFields } from '../results/effects.ts';
import { list } from '../results/intervals.ts';
import { shownHeadlineSchema } from '../results/headline.ts';
import { shownAdviceSchema } from '../results/advice.ts';
import { shownLookSchema } from '../results/quick-look.ts';
import { shownAnswerSchema } from '../results/statements.ts';
import { tableSchema } from '../results/tables.ts';
import { studyStatusSchema } from '../run-state.ts';
import { CHECKPOINT_CHOICES, ENGINE_CHOICES, PRESET_NAMES, TABLE_FORMATS } from '../choices.ts';
import { pretrainedSchema, requestedSplitSchema } from '../protocol-parts.ts';
import { networkChoiceSchema } from './networks.ts';
import { predictionProgressSchema, predictions } from './predictions.ts';
import { bytes, procedure } from './procedure.ts';

const presetName = z.enum(PRESET_NAMES);
const study = z.string().regex(/^[0-9a-f]{12}$/);
const workers = z.int().min(1).max(256);
/** The name of a cluster that the home knows; for a study that goes on also `here`, this machine. */
const cluster = z.string().min(1).max(40);

/** The study that a person asks for. What is absent comes from the preset. */
export const studyRequestSchema = z.object({
  name: z.string().min(1).max(200).optional(),
  preset: presetName,
  /** `dead-leaves` (the built-in images, made as the preset wants them), an image set's id or name, or a path to import. */
  data: z.string().min(1).max(100),
  network: networkChoiceSchema.optional(),
  split: requestedSplitSchema.optional(),
  /** Training seeds 1..seeds. */
  seeds: z.int().min(1).max(1000).optional(),
  /** Random splits 1..splits, each with every training seed; absent: each training seed has a split of its own. */
  splits: z.int().min(1).max(1000).optional(),
  /** Seed of the first split; those of later replicates count up from it. Absent: 1. */
  splitSeed: z.int().min(0).max(2_000_000_000).optional(),
  layers: z.array(z.int().min(1).max(200)).max(200).readonly().optional(),
  treatments: z.array(treatmentKindSchema).max(MOST_TREATMENTS).readonly().optional(),
  bothDirections: z.boolean().optional(),
  imagesPerClass: z.int().positive().max(1e9).optional(),
  /** Few target examples: also so many training images of each target class, in any order. Absent or none: only all. */
  examples: z.array(z.int().positive().max(1e9)).max(20).readonly().optional(),
  /** A network that `networks.keepPretrained` has kept, whose first layers are used instead of those of baseA. */
  pretrained: pretrainedSchema.optional(),
  /** The id of another image set, on all classes of which baseA is trained. */
  sourceSet: z.string().min(1).max(100).optional(),
  /** Rows and columns that the network reads, where it can read others than its own. */
  inputSize: z.int().min(4).max(512).optional(),
  epochs: z.number().positive().max(100_000).optional(),
  /** Seconds that it may take: layers, seeds and epochs that are absent are chosen for them (app/planning/budget.ts). */
  budget: z.number().positive().max(1e8).optional(),
  engine: z.enum(ENGINE_CHOICES).optional(),
  /** Trainings at the same time; absent: one per core. */
  workers: workers.optional(),
  /** Trained there; absent: on this machine. */
  cluster: cluster.optional(),
});
export type StudyRequest = z.infer<typeof studyRequestSchema>;

const presetSchema = z.object({
  name: presetName,
  network: z.string(),
  epochs: z.number(),
  seeds: z.int(),
  layers: z.array(z.int()),
  treatments: z.array(treatmentKindSchema),
  bothDirections: z.boolean(),
  /** Null if all classes take part. */
  classes: z.int().nullable(),
  /** Null if all images are used. */
  imagesPerClass: z.int().nullable(),
});
export type PresetDescription = z.infer<typeof presetSchema>;

const planSchema = z.object({
  /** The id that the study will have. It is the same for the same protocol. */
  study: z.string(),
  name: z.string(),
  /** Whether a study of this id is stored already. */
  known: z.boolean(),
  /** Networks of all replicates. */
  trainings: z.int(),
  /**
   * Half of the interval of a difference that it can be expected to have, points of top-1; held-out images of a network; the share of
   * such studies that find a boost as large as the paper's, 0 to 1, null where it tests none over splits.
   */
  resolution: z.object({
    points: z.number(),
    images: z.int(),
    replicates: z.int(),
    boost: z.number().nullable(),
    /** The study of this home whose spread it rests on, and its splits (or the seeds of one); null: a spread is assumed. */
    spreadOf: z.object({ study: z.string(), units: z.int() }).nullable(),
  }),
  /** Those of the first replicates: all but for a study of very many. */
  runs: z.array(
    z.object({
      name: z.string(),
      replicate: z.int(),
      kind: networkKindSchema,
      n: z.int(),
      target: halfSchema,
      /** Training images of each class, if they are few on purpose. */
      examples: z.int().optional(),
      steps: z.int(),
      /** Whether it was trained before, for this study or another, and takes no time. */
      stored: z.boolean(),
    }),
  ),
  /** The classes of each half, for each of these replicates. */
  splits: z.array(
    z.object({ splitSeed: z.int(), trainingSeed: z.int(), a: z.array(z.string()), b: z.array(z.string()) }),
  ),
});
export type StudyPlan = z.infer<typeof planSchema>;

const estimateSchema = z.object({
  seconds: z.number(),
  /** Bytes. */
  disk: z.number(),
  /** Bytes of all trainings that run at the same time. */
  memory: z.number(),
  /** Free bytes of disk and memory. */
  diskFree: z.number(),
  memoryFree: z.number(),
  trainings: z.int(),
  reused: z.int(),
  /** Whether trainings ran during the measurement, which makes `seconds` too high. */
  busy: z.boolean(),
  /** What it is based on, such as `a few seconds of alexnet-32-small on this machine: 2 trainings at once, ...`. */
  how: z.string(),
  /** What may go wrong, and what to do, a sentence each. */
  warnings: z.array(z.string()),
});
export type StudyEstimate = z.infer<typeof estimateSchema>;

const studySummarySchema = z.object({
  id: z.string(),
  name: z.string(),
  status: studyStatusSchema,
  created: z.string(),
  finished: z.string().nullable(),
  seconds: z.number(),
  data: z.object({ id: z.string(), name: z.string() }),
  network: z.string(),
  replicates: z.int(),
  layers: z.array(z.int()),
  treatments: z.array(treatmentKindSchema),
  /** Few target examples: the numbers of images of each target class; empty for most studies. */
  examples: z.array(z.int()),
  /** Networks, those that are trained, and those that failed. */
  trainings: z.int(),
  trained: z.int(),
  failed: z.int(),
  ...annotationSchema.shape,
  /** Hidden from lists until it is asked for. */
  archived: z.boolean(),
});
export type StudySummary = z.infer<typeof studySummarySchema>;

const facts = z.object({ title: z.string(), facts: list(z.object({ name: z.string(), value: z.string() })) });

/** Everything that the report says, as data. */
const resultsSchema = z.object({
  study: studySummarySchema,
  targets: list(halfSchema),
  curves: list(accuracyCurveSchema),
  effects: list(effectCurveSchema),
  /** Treatments that the paper doesn't have, each with what the study says of it, in sentences. */
  variants: list(z.object({ ...variantCurveFields, text: z.string() })),
  /** Few target examples: accuracy by number of images of each target class; empty for most studies. */
  examples: list(
    z.object({
      ...exampleCurveFields,
      /** Where training from scratch catches up, as a sentence; null for training from scratch itself. */
      sentence: z.string().nullable(),
    }),
  ),
  /** Every treatment as the difference from its base, paired by replicate: what several studies can be compared by. */
  differences: z.array(
    z.object({ kind: treatmentKindSchema, name: z.string(), target: halfSchema, points: z.array(effectPointSchema) }),
  ),
  /** The paper's own differences from its base, by treatment; empty where they can't be compared. */
  comparisons: list(z.object({ ...comparisonFields, target: halfSchema })),
  /** How many parameters each treatment trains, and how many its network has, once for each n. */
  parameters: list(
    z.object({ kind: networkKindSchema, n: z.int(), target: halfSchema, trained: z.int(), total: z.int() }),
  ),
  /** Where the network can be chopped. */
  cuts: list(cutSchema),
  /** The accuracy of guessing in each half, a fraction. */
  chance: z.object({ A: z.number(), B: z.number() }),
  /** The answer in one sentence for each half; empty where features come from elsewhere, of which the advice speaks. */
  headlines: list(shownHeadlineSchema),
  /** Which layers to keep; empty without a transfer. */
  advice: list(shownAdviceSchema),
  /** What the advised networks confuse; empty where answers to single images are not stored. */
  confusions: list(mistakesSchema),
  bases: list(z.object({ title: z.string(), text: z.string() })),
  /** What the study says about each of the paper's statements. */
  answers: list(shownAnswerSchema),
  /** What holds for all answers. */
  caution: z.string(),
  caveats: list(z.string()),
  /** The tables for other programs, which `studies.table` gives as CSV or Parquet. */
  /** Rows are null of a table that is worked out when it is asked for. */
  data: list(z.object({ name: z.string(), title: z.string(), about: z.string(), rows: z.int().nullable() })),
  /** The tables of the report: statements, accuracies, effects, networks ... */
  tables: list(tableSchema),
  /** The protocol as a paragraph, ready to paste. */
  methods: z.string(),
  protocol: list(facts),
  splits: list(
    z.object({
      replicate: z.int(),
      splitSeed: z.int(),
      trainingSeed: z.int(),
      a: list(z.string()),
      b: list(z.string()),
    }),
  ),
  /** The command that repeats the study. */
  command: z.string(),
  /** What it would take to go on; null where the images are not here. */
  goOn: z
    .object({
      /** Replicates to add, and seconds that they take on this machine; null where that is unknown. */
      replicates: z.int(),
      seconds: z.number().nullable(),
    })
    .nullable(),
});
export type StudyResults = z.infer<typeof resultsSchema>;

const exportProgressSchema = z.object({
  /** 0..1 */
  fraction: z.number(),
  doing: z.string(),
});
export type ExportProgress = z.infer<typeof exportProgressSchema>;

export const exportSchema = z.object({
  folder: z.string(),
  /**
   * The files, the page first. The browser host serves each at `/reports/<study>/<name>`, all at
   * `/reports/<study>.zip`.
   */
  files: z.array(z.object({ name: z.string(), bytes: z.int() })),
});

export const studies = {
  presets: procedure.output(z.array(presetSchema)),
  /** The halves into which a split divides a set. */
  split: procedure
    .input(
      z.object({
        set: z.string().max(100),
        split: requestedSplitSchema,
        seed: z
          .int()
          .min(0)
          .max(2 ** 31),
      }),
    )
    .output(z.object({ a: z.array(z.string()), b: z.array(z.string()) })),
  /** Reads a split file, `{"a": [class names], "b": [class names]}`, for a set. `file` names it in errors. */
  readSplit: procedure
    .input(z.object({ set: z.string().max(100), file: z.string().max(200), text: z.string().max(2 ** 21) }))
    .output(z.object({ a: z.array(z.string()), b: z.array(z.string()) })),
  plan: procedure.input(studyRequestSchema).output(planSchema),
  /** Estimates what a study takes, from a measurement of a few seconds, which is made once for each setting. */
  estimate: procedure.input(studyRequestSchema).output(estimateSchema),
  /** Chooses layers, seeds and epochs that the request leaves open so that the study fits into so many seconds. */
  fit: procedure.input(z.object({ request: studyRequestSchema, seconds: z.number().positive().max(1e8) })).output(
    z.object({
      layers: z.array(z.int()),
      seeds: z.int(),
      epochs: z.number(),
      /** What was chosen, and what it is expected to take. */
      sentence: z.string(),
    }),
  ),
  /** The quick look at the request's network and images that is remembered; null: none was taken, or there is none to take. */
  looked: procedure.input(studyRequestSchema).output(shownLookSchema.nullable()),
  /** Takes a quick look at the network of the request's file, which `looked` has then. Yields progress. Closing the stream stops it. */
  look: procedure.input(studyRequestSchema).output(eventIterator(predictionProgressSchema)),
  /**
   * Begins a study and returns once its trainings are known. Its progress is in `home.watch`. While another is under way, it is put
   * into the queue instead and returned at once, with the id that it will have; so are those that go on below.
   */
  run: procedure.input(studyRequestSchema).output(z.object({ study: z.string(), queued: z.boolean() })),
  /** Resumes a study that was paused or interrupted, or has failed trainings, which are tried again. */
  resume: procedure
    .input(z.object({ study, workers: workers.optional(), cluster: cluster.optional() }))
    .output(z.object({ queued: z.boolean() })),
  /** Adds replicates to a study. The larger study, of another id, stands for it from then on. */
  extend: procedure
    .input(z.object({ study, replicates: z.int().min(1).max(100), workers: workers.optional() }))
    .output(z.object({ study, queued: z.boolean() })),
  /** Adds replicates one at a time until the study is clear, or until the next would not end within so many seconds. */
  untilClear: procedure
    .input(z.object({ study, seconds: z.number().positive().max(1e8), workers: workers.optional() }))
    .output(z.object({ study, queued: z.boolean() })),
  /** Pauses a study within seconds. Nothing is lost. */
  pause: procedure.input(z.object({ study })),
  /** Stops a study and discards unfinished trainings. Finished ones are kept. */
  cancel: procedure.input(z.object({ study })),
  /** Changes the name of a study, or what is written beside it. Nothing of this is part of its protocol, id or numbers. */
  annotate: procedure.input(z.object({ study, change: annotationChangeSchema })),
  /** All studies, the newest first. */
  list: procedure.output(z.array(studySummarySchema)),
  details: procedure
    .input(z.object({ study }))
    .output(z.object({ summary: studySummarySchema, runs: z.array(runSummarySchema) })),
  results: procedure.input(z.object({ study })).output(resultsSchema),
  /** One of the tables for other programs, as the bytes of a file. */
  table: procedure
    .input(z.object({ study, name: z.string().max(100), format: z.enum(TABLE_FORMATS) }))
    .output(z.object({ content: bytes })),
  ...predictions,
  /** Null where no layer has AnB, BnB and a look. Takes some seconds the first time. */
  lookTransfer: procedure.input(z.object({ study })).output(lookSectionSchema.nullable()),
  /**
   * Writes the report into a folder; absent: a folder in the home folder's `reports`. Yields progress, then what was written.
   * Closing the stream stops it.
   */
  export: procedure
    .input(z.object({ study, folder: z.string().max(4096).optional(), layers: z.boolean().optional() }))
    .output(eventIterator(z.union([exportSchema, exportProgressSchema]))),
  /**
   * Writes a study to one file. Without a folder, the file goes to the home folder's `packed`, which the browser host
   * serves as `/packed/<study>.transplant`.
   */
  pack: procedure
    .input(z.object({ study, folder: z.string().max(4096).optional(), checkpoints: z.enum(CHECKPOINT_CHOICES) }))
    .output(z.object({ file: z.string(), bytes: z.int() })),
  /** Adds the study of such a file to the home. `known`: all of it was here already. */
  unpack: procedure
    .input(z.object({ file: z.string().min(1).max(4096) }))
    .output(z.object({ study: z.string(), known: z.boolean() })),
  /** Deletes a study; `bin` has it for KEPT_DAYS. Refused while it runs. */
  remove: procedure.input(z.object({ study })),
};

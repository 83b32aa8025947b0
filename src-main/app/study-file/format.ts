import { z } from 'zod';
import { annotationSchema, studyNameSchema } from '../../common/annotations.ts';
import { layerQualitiesSchema } from '../../common/results/layer-quality.ts';
import { runStatusSchema, studyStatusSchema } from '../../common/run-state.ts';
import { indexSchema } from '../../data/packed/format.ts';
import { originSchema } from '../../study/analysis/origin.ts';
import { predictionSchema } from '../../study/prediction/transfer-prediction.ts';
import { type Protocol, protocolSchema } from '../../study/plan/protocol.ts';

/**
 * A study as one file, `*.transplant`: a zip archive. What follows from the protocol (ids, keys, seeds, steps, places) is
 * not in it, because unpacking plans the study anew.
 *
 *     study.json                      the protocol, what is known of the images, where it was trained
 *     runs/<key>.json                 each training: its result and its curves
 *     filters/<key>.safetensors       its first layer [filters, channels, rows, columns] by step; of a base, numbers about every
 *                                     layer at these steps as metadata, which older programs don't read
 *     checkpoints/<key>.safetensors   its newest checkpoint, where that was wanted
 *     pretrained/<hash>.safetensors   the pretrained network that stands for baseA, where weights of bases were wanted
 *     predictions.json                what cheap predictors say of its transfers, where they were worked out
 *     manifest.json                   last: name, bytes and SHA-256 of every other entry
 *
 * JSON may be compressed; the others are not, so that what they unpack to is never more than the file itself.
 */
export const ENDING = '.transplant';
const FORMAT = 'transplant-study';
/**
 * The newest version of the format. Files of version 1 had no predictions and no pretrained networks, those of version 2 no
 * features of whole networks or other sets, those of version 3 no answers to single images, those of version 4 no annotation.
 */
export const VERSION = 5;

export const MANIFEST = 'manifest.json';
export const STUDY = 'study.json';
export const runEntry = (key: string): string => `runs/${key}.json`;
export const filtersEntry = (key: string): string => `filters/${key}.safetensors`;
/** The metadata of filters: JSON of numbers about every layer by step. */
export const LAYERS = 'layers';
export const PREDICTIONS = 'predictions.json';
export const pretrainedEntry = (sha256: string): string => `pretrained/${sha256}.safetensors`;
export const checkpointEntry = (key: string): string => `checkpoints/${key}.safetensors`;

const count = z.int().nonnegative();
const moment = z.iso.datetime().max(40);
const entrySchema = z.strictObject({ bytes: count, sha256: z.string().regex(/^[0-9a-f]{64}$/) });

/** This is read first and alone, because it is all that a program knows of the manifests of later versions. */
export const versionSchema = z.looseObject({ format: z.literal(FORMAT), version: z.int().positive() });

export const manifestSchema = z.strictObject({
  format: z.literal(FORMAT),
  version: z.int().min(1).max(VERSION),
  entries: z.record(z.string(), entrySchema),
});
export type Manifest = z.infer<typeof manifestSchema>;
/** A file that programs of an earlier version can read is marked as such. */
export function manifestOf(
  entries: Manifest['entries'],
  { pretrained, sourceSet, split, network }: Protocol,
  { hasAnswers, isAnnotated }: { readonly hasAnswers: boolean; readonly isAnnotated: boolean },
): Manifest {
  const names = Object.keys(entries);
  const second = names.some((name) => name === PREDICTIONS || name.startsWith('pretrained/'));
  const third = [pretrained?.head, sourceSet, network.training.pixels].some(Boolean) || split.kind === 'whole';
  const version = isAnnotated ? VERSION : hasAnswers ? 4 : third ? 3 : second ? 2 : 1;
  return { format: FORMAT, version, entries };
}

export const studySchema = z.strictObject({
  /** RUN_VERSION of study/plan/run-record.ts: the rule by which keys and seeds follow from the protocol. */
  runVersion: z.int(),
  protocol: protocolSchema.refine(({ name }) => name.length <= 1000),
  status: studyStatusSchema.exclude(['running']),
  created: moment,
  finished: moment.nullable(),
  seconds: z.number().nonnegative(),
  /** Without shards. */
  images: indexSchema,
  origin: originSchema,
  /** Where a person has written something beside it, or called it otherwise than its protocol does. */
  annotation: annotationSchema.extend({ name: studyNameSchema }).optional(),
});

const key = z.string().regex(/^[0-9a-f]{64}$/);
/** Predictions by the keys of the base that is transferred from and of the target's own base. */
export const predictionsSchema = z.array(z.strictObject({ source: key, own: key, prediction: predictionSchema }));
export type PackedPrediction = z.infer<typeof predictionsSchema>[number];

export const layersSchema = z.array(z.strictObject({ step: count, layers: layerQualitiesSchema }));

/** Null stands for NaN, which JSON does not have. */
const number = z
  .number()
  .nullable()
  .transform((value) => value ?? NaN);

export const runSchema = z
  .strictObject({
    status: runStatusSchema.exclude(['running']),
    step: count,
    correct: count.nullable(),
    total: count.nullable(),
    loss: z.number().nullable(),
    error: z.string().max(20_000).nullable(),
    engineVersion: z.string().max(200).nullable(),
    threads: count.nullable(),
    started: moment.nullable(),
    finished: moment.nullable(),
    seconds: z.number().nonnegative(),
    timing: z.record(z.string().max(100), z.number()).nullable(),
    attempts: count,
    /** Step, loss, accuracy, learning rate. */
    curve: z.array(z.tuple([count, number, number, number])),
    /** Step, loss, correct, total. */
    evaluations: z.array(z.tuple([count, number, count, count])),
    /** The classes of the held-out images, and those that the network gives them (store/answer-bytes.ts). */
    answers: z.tuple([z.base64(), z.base64()]).optional(),
  })
  .refine(({ status, finished }) => status !== 'finished' || finished !== null)
  .refine(({ correct, total }) => (correct === null) === (total === null) && (correct ?? 0) <= (total ?? 0))
  .refine(({ evaluations }) => evaluations.every(([, , correct, total]) => correct <= total));
export type PackedRun = z.input<typeof runSchema>;

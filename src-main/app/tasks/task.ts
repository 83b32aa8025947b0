import { z } from 'zod';
import type { ImageSetIndex, ImportProgress } from '../../data/image-set.ts';
import type { SetHealth, Suspects } from '../../common/health.ts';
import type { LookSection } from '../../common/results/look-section.ts';
import { CHECKPOINT_CHOICES, ENGINE_NAMES, SAVED_FORMATS, TABLE_FORMATS } from '../../common/choices.ts';
import type { ReadingWithPictures } from '../../data/import/import.ts';
import type { Listing } from '../../data/import/source.ts';
import type { Calibration } from '../../filters/fit/calibration.ts';
import type { Generality } from '../../filters/matching/generality.ts';
import { networkSchema } from '../../network/spec.ts';
import type { PredictionProgress } from '../../study/prediction/predict-transfer.ts';
import type { Prediction } from '../../study/prediction/transfer-prediction.ts';
import type { QuickLook } from '../../common/results/quick-look.ts';
import type { Pretrained } from '../../common/protocol-parts.ts';
import type { MoveProgress } from '../../common/contract/settings.ts';
import type { ExportProgress } from '../../common/contract/studies.ts';
import type { KeptNetwork } from '../../pretrained/keep-network.ts';
import type { Answers } from '../answers/ask.ts';
import type { CheckedFiles } from '../doctor/files.ts';
import type { FileFilters } from '../layers/file-filters.ts';
import type { LookedAt, LookProgress } from '../layers/look.ts';
import type { VisualisedUnits } from '../layers/visualise.ts';
import type { SavedNetwork } from '../network-file/facts.ts';
import type { FittedBanks } from './fit.ts';
import type { Measurement } from './measure.ts';

const path = z.string().min(1);
/** What a reading found in an archive. */
const listing = z.custom<Listing>((value) => typeof value === 'object' && value !== null);
/** Filters [filters, channels, rows, columns]. */
const bank = z.strictObject({
  shape: z.array(z.int().positive()).length(4).readonly(),
  data: z.custom<Float32Array>((value) => value instanceof Float32Array),
});

/** A training of a home, or a file. */
const askedNetwork = z.union([z.strictObject({ home: path, run: z.string() }), z.strictObject({ file: path })]);

/** A file's network that a home keeps, as a study reads it. */
const keptNetwork = z.strictObject({ home: path, sha256: z.string(), spec: networkSchema });

/**
 * Work for a process of its own, as plain data: it computes for long, or needs native libraries that must not be loaded
 * in the window's process. The work itself checks numbers that a person gives, so that errors are sentences.
 */
export const taskSchema = z.discriminatedUnion('type', [
  /** `importImages` of data/import. */
  z.strictObject({
    type: z.literal('import'),
    path: z.string(),
    size: z.number(),
    name: z.string().optional(),
    source: z.string().optional(),
    answers: z.record(z.string(), z.string()).optional(),
    listing: listing.optional(),
    dataFolder: path,
  }),
  /** `readImport` of data/import: what an import would do, and the first pictures of some classes. */
  z.strictObject({
    type: z.literal('read-import'),
    path: z.string(),
    answers: z.record(z.string(), z.string()).optional(),
    listing: listing.optional(),
    pictures: z
      .strictObject({ classes: z.int().positive(), perClass: z.int().positive(), size: z.int().positive() })
      .optional(),
  }),
  /** `healthOf` of data/health: what of a packed set a result depends on. */
  z.strictObject({ type: z.literal('health'), folder: path }),
  /** `suspectsOf` of app/answers: images of a set that the bases of its newest study take for another class. */
  z.strictObject({ type: z.literal('suspects'), home: path, set: z.string(), threads: z.int().positive() }),
  /** `withoutLeaks` of data/health: the set without training images that nearly equal a held-out one. */
  z.strictObject({ type: z.literal('leave-out'), dataFolder: path, folder: path }),
  /** `withClassNames` of data/relabel: the set with other class names. */
  z.strictObject({
    type: z.literal('relabel'),
    dataFolder: path,
    folder: path,
    name: z.string(),
    names: z.array(z.string()),
    groups: z.record(z.string(), z.string()),
  }),
  /** `generateDeadLeaves` of data/dead-leaves. */
  z.strictObject({
    type: z.literal('dead-leaves'),
    dataFolder: path,
    size: z.number(),
    trainPerClass: z.number(),
    heldOutPerClass: z.number(),
    seed: z.number(),
  }),
  /** `verifyImageSet` of data/packed, and the checkpoints that trainings begin with (study/run/damaged.ts). */
  z.strictObject({
    type: z.literal('verify'),
    imageSets: z.array(path),
    checkpoints: z.array(z.strictObject({ run: path, file: path, sha256: z.string() })).optional(),
  }),
  /** `checkFiles` of app/doctor. */
  z.strictObject({ type: z.literal('check-files'), home: path }),
  /** `copyHome` of app/move-home. */
  z.strictObject({ type: z.literal('copy-home'), home: path, to: path }),
  /** Writes the report of a stored study, given by id, its beginning, or name. `layers` adds what excites each layer. */
  z.strictObject({
    type: z.literal('report'),
    home: path,
    study: z.string(),
    folder: path,
    layers: z.boolean().optional(),
  }),
  /** `storedLookTransfer` of app/layers: whether the look of a study's layers goes with what their transfer costs. */
  z.strictObject({ type: z.literal('look-transfer'), home: path, study: z.string() }),
  /** `storedLookTable` of app/layers: the same as a table for other programs. */
  z.strictObject({ type: z.literal('look-table'), home: path, study: z.string(), format: z.enum(TABLE_FORMATS) }),
  /** `figurePng` of study/report: makes a PNG file like the report's of a figure on the screen. */
  z.strictObject({ type: z.literal('figure'), svg: z.string() }),
  /** Packs a stored study, given by id, its beginning, or name, into one file. */
  z.strictObject({
    type: z.literal('pack'),
    home: path,
    study: z.string(),
    file: path,
    checkpoints: z.enum(CHECKPOINT_CHOICES),
  }),
  /** Saves a trained network, given by its run's key, in one file. */
  z.strictObject({
    type: z.literal('save-network'),
    home: path,
    run: z.string(),
    study: z.string().optional(),
    format: z.enum(SAVED_FORMATS),
    /** Weights of a training like it on all images. */
    whole: z
      .strictObject({
        checkpoint: z.strictObject({ file: path, sha256: z.string() }).readonly().optional(),
        steps: z.int().positive(),
      })
      .optional(),
    file: path,
  }),
  /** Checks a study's file and unpacks it into a folder of its own. */
  z.strictObject({ type: z.literal('unpack'), file: path, folder: path }),
  /** `keepPretrained` of pretrained/: copies the first layers of a pretrained file into the home. */
  z.strictObject({ type: z.literal('pretrained'), file: path, network: networkSchema, home: path }),
  /** `keepNetwork` of pretrained: copies the whole network of a file into the home. */
  z.strictObject({ type: z.literal('keep-network'), file: path, size: z.int().positive().optional(), home: path }),
  /** Times training and evaluation steps on made-up images, for about `seconds`. */
  z.strictObject({
    type: z.literal('measure'),
    network: networkSchema,
    classes: z.int().positive(),
    engine: z.enum(ENGINE_NAMES),
    home: path.optional(),
    threads: z.int().positive(),
    seconds: z.number().positive(),
    careful: z.boolean().optional(),
  }),
  /** `lookAtLayers` of app/layers: finds images that excite the units of a training's layers. */
  z.strictObject({ type: z.literal('look'), home: path, run: z.string(), study: z.string().optional() }),
  /** `visualiseUnits` of app/layers: draws the preferred inputs of some units of a layer. */
  z.strictObject({
    type: z.literal('visualise'),
    home: path,
    run: z.string(),
    n: z.int().positive(),
    units: z.array(z.int().nonnegative()).min(1),
    seeds: z.int().positive(),
  }),
  /** `fitBanks`: fits first-layer filters of one shape, at one or more steps. A missing calibration is computed first. */
  z.strictObject({
    type: z.literal('fit'),
    home: path,
    run: z.string(),
    banks: z.array(z.strictObject({ step: z.int().nonnegative(), weight: bank })).min(1),
    nulls: z.boolean().optional(),
    calibration: z.custom<Calibration>((value) => typeof value === 'object').optional(),
  }),
  /** `searchFits`: leaves fits of filters in the cache. */
  z.strictObject({
    type: z.literal('search-fits'),
    home: path,
    banks: z.array(z.strictObject({ owner: z.string(), weight: bank })),
  }),
  /** `predictTransfer` of study/prediction, for the keys of two bases of one replicate. */
  z.strictObject({ type: z.literal('predict'), home: path, source: path, own: path, threads: z.int().positive() }),
  /** `quickLook` of study/prediction: how layers of a network suit a packed image set. */
  z.strictObject({
    type: z.literal('quick-look'),
    network: z.union([askedNetwork, keptNetwork]),
    set: path,
    /** Classes of the target; absent: all of the set. */
    classes: z.array(z.string()).min(1).readonly().optional(),
    /** Rows and columns that the network is to read, where it can read others than its own. */
    inputSize: z.int().positive().optional(),
    threads: z.int().positive(),
  }),
  /** `askNetwork` of app/answers: what a network says of images. */
  z.strictObject({
    type: z.literal('ask'),
    network: askedNetwork,
    images: z.array(path),
    threads: z.int().positive(),
  }),
  /** `filtersOfFile` of app/layers: the stem's and depthwise layers' filters of a network in a file. */
  z.strictObject({ type: z.literal('file-filters'), file: path }),
  /** `generalityOf`: matches the filters of two networks one to one, and with those of untrained networks. */
  z.strictObject({ type: z.literal('match'), first: bank, second: bank }),
]);

export type Task = z.infer<typeof taskSchema>;
export type TaskType = Task['type'];
export type TaskOf<Type extends TaskType> = Extract<Task, { type: Type }>;

/** Whether a task writes where a person wants a file, and not into the home folder only. */
export const isExport = ({ type }: Task): boolean => type === 'report' || type === 'pack' || type === 'save-network';

interface StoredImages {
  readonly index: ImageSetIndex;
  readonly folder: string;
}

/** The progress that each task reports, and what it returns. */
interface Outcomes {
  import: { progress: ImportProgress; result: StoredImages };
  'read-import': { progress: never; result: ReadingWithPictures };
  health: { progress: never; result: SetHealth };
  suspects: { progress: never; result: Suspects };
  'leave-out': { progress: never; result: StoredImages };
  relabel: { progress: never; result: StoredImages };
  'dead-leaves': { progress: ImportProgress; result: StoredImages };
  /** Keys of the runs whose checkpoints are damaged. */
  verify: { progress: never; result: string[] };
  'check-files': { progress: never; result: CheckedFiles };
  'copy-home': { progress: MoveProgress; result: void };
  /** Paths of the files, the page first. */
  report: { progress: ExportProgress; result: string[] };
  'look-transfer': { progress: never; result: LookSection | null };
  /** The bytes of the file. */
  'look-table': { progress: never; result: Uint8Array };
  figure: { progress: never; result: Uint8Array };
  pack: { progress: never; result: { file: string; bytes: number } };
  'save-network': { progress: never; result: SavedNetwork };
  pretrained: { progress: never; result: Pretrained };
  'keep-network': { progress: never; result: KeptNetwork };
  unpack: { progress: never; result: { study: string } };
  measure: { progress: never; result: Measurement };
  look: { progress: LookProgress; result: LookedAt };
  visualise: { progress: LookProgress; result: VisualisedUnits };
  fit: { progress: never; result: FittedBanks };
  'search-fits': { progress: never; result: void };
  predict: { progress: PredictionProgress; result: Prediction };
  'quick-look': { progress: PredictionProgress; result: QuickLook };
  /** Progress: the number of images that are done. */
  ask: { progress: number; result: Answers };
  'file-filters': { progress: never; result: FileFilters };
  match: { progress: never; result: Generality };
}
export type TaskProgress<Type extends TaskType> = Outcomes[Type]['progress'];
export type TaskResult<Type extends TaskType> = Outcomes[Type]['result'];

/** Messages that the process sends: any number of `progress`, then one of the others. */
export type TaskMessage<Type extends TaskType = TaskType> =
  | { readonly type: 'progress'; readonly progress: TaskProgress<Type> }
  | { readonly type: 'result'; readonly result: TaskResult<Type> }
  | { readonly type: 'user-error'; readonly message: string; readonly usage: boolean }
  | { readonly type: 'cancelled' }
  /** A bug. */
  | { readonly type: 'error'; readonly message: string; readonly stack?: string };

import type { RunState, StudyStatus } from '../../common/run-state.ts';
import type { ImageSetIndex } from '../../data/image-set.ts';
import type { Tensor } from '../../network/weights.ts';
import type { CurvePoint, EvaluationPoint } from '../../common/results/accuracy.ts';
import type { Companion } from '../results/companion.ts';
import type { FiltersAtStep } from '../results/filters-over-time.ts';
import type { PredictionView } from '../prediction/prediction-view.ts';
import type { Protocol } from '../plan/protocol.ts';
import type { Half, TreatmentKind } from '../../common/treatments/treatments.ts';

/** Everything a report is written from: plain data, gathered from the store by the application. */
export interface StudyReport {
  readonly study: {
    readonly id: string;
    readonly name: string;
    readonly status: StudyStatus;
    /** ISO 8601, UTC. */
    readonly created: string;
    readonly finished: string | null;
    /** Seconds of wall time over all sessions. */
    readonly seconds: number;
  };
  readonly protocol: Protocol;
  readonly dataset: ReportedImageSet;
  readonly splits: readonly ReportedSplit[];
  readonly runs: readonly ReportedRun[];
  /** What the distance of tasks is told from, if there is such a study. */
  readonly companion: Companion | null;
  readonly filters: readonly ReportedFilters[];
  /** Cheap predictors of transferability; absent where none were worked out. */
  readonly predictors?: PredictionView;
  /** What excites the units of some networks; absent where that was not asked for. */
  readonly layers?: ReportedLayers;
  /** Name -> version: transplant, node, onnxruntime-node ... */
  readonly software: Readonly<Record<string, string>>;
  /** processor, cores, memory, system ... */
  readonly machine: Readonly<Record<string, string>>;
  /** The command line that repeats the study. */
  readonly command: string;
}

type ReportedImageSet = Pick<
  ImageSetIndex,
  | 'id'
  | 'name'
  | 'size'
  | 'classes'
  | 'groups'
  | 'count'
  | 'trainCounts'
  | 'heldOutCounts'
  | 'rejects'
  | 'source'
  | 'heldOut'
  | 'duplicates'
>;

export interface ReportedSplit {
  readonly replicate: number;
  readonly splitSeed: number;
  readonly trainingSeed: number;
  /** Class names. */
  readonly a: readonly string[];
  readonly b: readonly string[];
}

export interface ReportedRun {
  readonly name: string;
  readonly kind: TreatmentKind | 'base';
  readonly n: number;
  readonly target: Half;
  /** Training images of each class where there were few on purpose; absent: all that the study uses. */
  readonly examples?: number;
  readonly replicate: number;
  readonly key: string;
  /** Root of its random streams. */
  readonly seed: string;
  readonly status: RunState;
  readonly correct: number | null;
  readonly total: number | null;
  readonly loss: number | null;
  /** Parameters that learn, and of the whole network. */
  readonly trained: number;
  readonly parameters: number;
  readonly seconds: number;
  readonly steps: number;
  readonly error: string | null;
  readonly threads: number | null;
  readonly engineVersion: string | null;
  /** Seconds by part (`TrainingSeconds`), over all sessions. */
  readonly timing: Readonly<Record<string, number>> | null;
  readonly curve: readonly CurvePoint[];
  readonly evaluations: readonly EvaluationPoint[];
}

/** What excites the units of some networks, layer by layer. */
export interface ReportedLayers {
  readonly networks: readonly LayeredNetwork[];
  /** Why others are not there, a sentence each. */
  readonly problems: readonly string[];
}

export interface LayeredNetwork {
  /** `baseA`, `A3B` */
  readonly name: string;
  readonly replicate: number;
  /** Step of the training that its weights are of. */
  readonly step: number;
  /** Images that were looked at, and how many of the best ones are asked for shares. */
  readonly among: number;
  readonly asked: number;
  /** What blind draws come to. */
  readonly chance: { readonly share: number; readonly ofA: number | null };
  readonly layers: readonly ReportedLayer[];
}

export interface ReportedLayer {
  readonly n: number;
  readonly name: string;
  readonly type: 'conv' | 'dense';
  /** Rows and columns of the image that a unit sees. */
  readonly window: number;
  readonly units: number;
  readonly silent: number;
  readonly constant: number;
  /** Of the images that excite a unit most, the share of their commonest class, 0..1; mean over the units that answer. */
  readonly share: number | null;
  /** Of A's classes. */
  readonly ofA: number | null;
  /** The first units that answer, 0-based, with their own class and its share. */
  readonly shown: readonly { readonly unit: number; readonly class: string; readonly share: number }[];
  /** Rows and columns of a window. */
  readonly size: number;
  /** The windows that excite them most: [windows of a unit, units shown, size, size, 3] bytes, the best first. */
  readonly pixels: Uint8Array;
}

/** First-layer weights [filters, channels, rows, columns] of a base network. */
export interface ReportedFilters {
  /** `baseA` */
  readonly name: string;
  readonly replicate: number;
  /** Key of its run. */
  readonly run: string;
  /** Step of the training that `weight` is of: its last. */
  readonly step: number;
  readonly weight: Tensor;
  /** The same at some steps before, rising; none where they are not kept, or not wanted of this replicate. */
  readonly history: readonly FiltersAtStep[];
}

/** The parts of a training that its seconds are noted by. */
export const TRAINING_PARTS = ['load', 'images', 'prefix', 'train', 'evaluate', 'checkpoint'] as const;

import type { RunState, StudyStatus } from '../../common/run-state.ts';
import type { ImageSetIndex } from '../../data/image-set.ts';
import type { Tensor } from '../../network/weights.ts';
import type { CurvePoint, EvaluationPoint, HeldOutAnswers } from '../../common/results/accuracy.ts';
import type { Place } from '../../cluster/spool/result-file.ts';
import type { Companion } from '../results/companion.ts';
import type { LayersAtStep } from '../../store/records.ts';
import type { LayerLook } from '../../filters/layer-looks.ts';
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
  /** The study by which the distance of tasks is judged, if there is one. */
  readonly companion: Companion | null;
  readonly filters: readonly ReportedFilters[];
  /** How the layers of the bases look, for each replicate whose two bases are here; absent: it was not looked at. */
  readonly looks?: readonly ReportedLooks[];
  /** Cheap predictors of transferability; absent if none were computed. */
  readonly predictors?: PredictionView;
  /** What excites the units of some networks; absent if not requested. */
  readonly layers?: ReportedLayers;
  /** The sentence about held-out images among the training images; absent if none were found, or nobody looked. */
  readonly leaks?: string;
  /** Where networks were trained that were not trained on this machine; absent: all were trained here. */
  readonly places?: readonly ReportedPlace[];
  /** Name -> version: transplant, node, onnxruntime-node ... */
  readonly software: Readonly<Record<string, string>>;
  /** processor, cores, memory, system ... */
  readonly machine: Readonly<Record<string, string>>;
  /** The command line that repeats the study. */
  readonly command: string;
}

/** `run` is the key of the network that was trained there. */
export type ReportedPlace = Place & { readonly run: string };

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
  /** Training images per class of a run on few target examples; absent: all that the study uses. */
  readonly examples?: number;
  readonly replicate: number;
  readonly key: string;
  /** Root of its random streams. */
  readonly seed: string;
  readonly status: RunState;
  readonly correct: number | null;
  readonly total: number | null;
  readonly loss: number | null;
  /** The number of trained parameters, and of all parameters. */
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
  /** What it says of each held-out image; absent where that is not stored. */
  readonly answers?: HeldOutAnswers;
}

/** How the layers of baseA and baseB of a replicate look. */
export interface ReportedLooks {
  readonly replicate: number;
  readonly layers: readonly LayerLook[];
  /** Numbers about every layer at the steps that are stored of both bases, means of the two; absent: there are none. */
  readonly history?: readonly LayersAtStep[];
}

/** What excites the units of some networks, layer by layer. */
export interface ReportedLayers {
  readonly networks: readonly LayeredNetwork[];
  /** Why other networks are left out, one sentence each. */
  readonly problems: readonly string[];
}

export interface LayeredNetwork {
  /** `baseA`, `A3B` */
  readonly name: string;
  readonly replicate: number;
  /** The training step at which its weights were taken. */
  readonly step: number;
  /** How many images the units were computed on, and how many of the best ones the shares are of. */
  readonly among: number;
  readonly asked: number;
  /** The expected shares of images that are drawn at random. */
  readonly chance: { readonly share: number; readonly ofA: number | null };
  readonly layers: readonly ReportedLayer[];
}

export interface ReportedLayer {
  readonly n: number;
  readonly name: string;
  readonly type: 'conv' | 'dense';
  /** Rows and columns of the receptive field of a unit. */
  readonly window: number;
  readonly units: number;
  readonly silent: number;
  readonly constant: number;
  /**
   * The share of the most frequent class among the images that excite a unit most, 0..1; mean over the units that
   * respond.
   */
  readonly share: number | null;
  /** The share of A's classes. */
  readonly ofA: number | null;
  /** The first units that respond, 0-based, with their most frequent class and its share. */
  readonly shown: readonly { readonly unit: number; readonly class: string; readonly share: number }[];
  /** Rows and columns of a patch. */
  readonly size: number;
  /** The image patches that excite them most, the best first: [patches of a unit, units shown, size, size, 3] bytes. */
  readonly pixels: Uint8Array;
}

/** First-layer weights [filters, channels, rows, columns] of a base network. */
export interface ReportedFilters {
  /** `baseA` */
  readonly name: string;
  readonly replicate: number;
  /** Key of its run. */
  readonly run: string;
  /** The last training step, at which `weight` was taken. */
  readonly step: number;
  readonly weight: Tensor;
  /**
   * The filters at some earlier steps, ascending; empty if they are not stored, or not requested for this replicate.
   */
  readonly history: readonly FiltersAtStep[];
}

/** The parts of a training whose seconds are recorded. */
export const TRAINING_PARTS = ['load', 'images', 'prefix', 'train', 'evaluate', 'checkpoint'] as const;

import type { Announcement } from './planning/announcement.ts';
import type { ImageSetRecord, Store, StudyRecord } from '../store/records.ts';
import type { Finding, SetHealth, Suspects } from '../common/health.ts';
import type { Listing } from '../data/import/source.ts';
import type { ImageSetIndex, ImportProgress } from '../data/image-set.ts';
import type { NetworkSpec } from '../network/spec.ts';
import type { StudyEvent } from '../study/run/events.ts';
import type { Pretrained } from '../common/protocol-parts.ts';
import type { KeptNetwork } from '../pretrained/keep-network.ts';
import type { SavedNetwork } from './network-file/facts.ts';
import type { TrainingWatch } from './network-file/on-all-images.ts';
import type { CheckpointChoice, NetworkFormat } from '../common/choices.ts';
import type { ClassDescription } from '../common/contract/images.ts';
import type { ExportProgress } from '../common/contract/studies.ts';
import type { PredictWatch } from './predictions.ts';
import type { Restored } from './study-file/restore.ts';
import type { DeadLeavesRequest, RequestedStudy } from './planning/request.ts';

export interface ImportRequest {
  readonly path: string;
  /** Rows and columns to store images at. */
  readonly size: number;
  readonly name?: string;
  /** Recorded as the origin of the set; absent: the path. */
  readonly source?: string;
  /** What was chosen where the set can be read in more than one way (data/import). */
  readonly answers?: Readonly<Record<string, string>>;
  /** What was found in the archive when it was read before. */
  readonly listing?: Listing;
}

/** What an import stored, and what is to be said of it. */
export interface Imported {
  readonly record: ImageSetRecord;
  readonly rejects: readonly { file: string; reason: string }[];
  readonly duplicates: number;
  readonly findings: readonly Finding[];
}

/** An image set with what was measured of it. */
export interface CheckedSet {
  readonly record: ImageSetRecord;
  readonly index: ImageSetIndex;
  readonly health: SetHealth;
  /** The files of both images of each pair that is shown; null where no name is kept. */
  readonly files: readonly (readonly (string | null)[])[];
}

export interface Work {
  readonly signal: AbortSignal;
  readonly onEvent: (event: StudyEvent) => void;
  readonly onImport: (progress: ImportProgress) => void;
  /** Called with sentences on what was chosen, before trainings begin. */
  readonly onNote?: (sentence: string) => void;
  /** Trainings at once; absent: one for each core. */
  readonly workers?: number;
  /** Name of the cluster that trains; absent: the one that the study was on last, if any. `here`: this machine. */
  readonly cluster?: string;
  /** Is told what is wrong with the connection to a cluster, which comes back by itself. */
  readonly onTrouble?: (sentence: string) => void;
  /** Bytes for networks that are trained side by side; absent: half of the free memory. It changes no result. */
  readonly sharedMemory?: number;
  /** Called before a new study begins with what it will take, if that is more than a moment; throws to stop it. */
  readonly onAnnounced?: (announcement: Announcement) => Promise<void>;
}

export interface StudyOutcome {
  readonly study: StudyRecord;
  readonly failed: number;
  readonly stopped: boolean;
  /** Seconds that it was expected to take, where it was made to fit into a time. */
  readonly estimated?: number;
  /** Why a study that went on until it was clear was not given another replicate. */
  readonly ended?: string;
}

/** Transplant without a window or a terminal: opened on one home folder, which it locks for as long as it is open. */
export interface Application {
  readonly home: string;
  readonly store: Store;
  importImages(request: ImportRequest, work: Pick<Work, 'signal' | 'onImport'>): Promise<Imported>;
  /** Measures an image set, given by id, its beginning, or name, unless that is stored already (data/health). */
  checkImages(reference: string, signal?: AbortSignal): Promise<CheckedSet>;
  /** Images of a set whose labels may be wrong, by the bases of its newest study (answers/suspects.ts). */
  suspectImages(reference: string, signal?: AbortSignal): Promise<Suspects>;
  /** Stores a set again without the training images that nearly equal a held-out one. */
  leaveOutLeaks(reference: string, signal?: AbortSignal): Promise<ImageSetRecord>;
  /** Gives the classes of a set other groups, or other names, which make a new set of it (describe-images.ts). */
  describeImages(
    reference: string,
    classes: readonly ClassDescription[],
    signal?: AbortSignal,
  ): Promise<ImageSetRecord>;
  /** Makes the built-in images. Making them again returns the same set. */
  makeDeadLeaves(request: DeadLeavesRequest, work: Pick<Work, 'signal' | 'onImport'>): Promise<ImageSetRecord>;
  /** Takes the first layers of a safetensors or ONNX file that fit the network into the home (pretrained/). */
  keepPretrained(file: string, network: NetworkSpec, signal?: AbortSignal): Promise<Pretrained>;
  /**
   * Takes the whole network of a file into the home, as the source and the network of a study.
   *
   * @param size rows and columns that it is to read; absent: as the file has them
   */
  keepNetwork(file: string, size?: number, signal?: AbortSignal): Promise<KeptNetwork>;
  runStudy(request: RequestedStudy, work: Work): Promise<StudyOutcome>;
  resumeStudy(reference: string, work: Work): Promise<StudyOutcome>;
  /** Adds so many replicates to a study. The larger study stands for it from then on; nothing is trained twice. */
  extendStudy(reference: string, more: number, work: Work): Promise<StudyOutcome>;
  /** Adds replicates one at a time until the study is clear, the rest is given up, or the next would not end within so many seconds. */
  goOnUntilClear(reference: string, seconds: number, work: Work): Promise<StudyOutcome>;
  /**
   * Writes the report's files into the folder and returns their paths, the HTML page first. `layers` adds the images that
   * excite each layer, which takes some seconds more.
   */
  writeReport(
    reference: string,
    folder: string,
    options?: {
      readonly layers?: boolean;
      readonly signal?: AbortSignal;
      readonly onProgress?: (progress: ExportProgress) => void;
    },
  ): Promise<string[]>;
  /** Works out the cheap predictors of a study's transfers that have none yet, and stores them (predictions.ts). */
  predictStudy(reference: string, watch?: PredictWatch): Promise<void>;
  /** Writes a study into one file (study-file/format.ts). */
  packStudy(
    reference: string,
    file: string,
    checkpoints: CheckpointChoice,
    signal?: AbortSignal,
  ): Promise<{ file: string; bytes: number }>;
  /**
   * Writes a trained network into one file (network-file/write.ts), under the name that the study gives it. With `allImages` a network
   * like it is trained on the held-out images, too, and saved; a card alone needs no training.
   */
  saveNetwork(
    network: { readonly run: string; readonly study?: string; readonly allImages?: boolean },
    file: string,
    format: NetworkFormat,
    watch?: TrainingWatch,
  ): Promise<SavedNetwork>;
  /** Restores a study from such a file, all of it or nothing. The study must not be running. */
  restoreStudy(file: string, signal?: AbortSignal): Promise<Restored>;
  close(): void;
}

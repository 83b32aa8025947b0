import type { EngineName } from '../engine/engine.ts';
import type { NetworkSpec } from '../network/spec.ts';
import type { SplitSpec } from '../data/split.ts';
import type { ImageSetRecord, Store, StudyRecord } from '../store/records.ts';
import type { StudyEvent } from '../study/events.ts';
import type { PresetName } from '../study/presets.ts';
import type { TreatmentKind } from '../study/treatment.ts';

/** What a person asks for; everything left out comes from the preset. */
export interface StudyRequest {
  readonly name?: string;
  readonly preset: PresetName;
  /** `dead-leaves`, the id or name of an imported set, or a path, which is then imported at the network's size. */
  readonly data: string;
  readonly network?: NetworkSpec;
  readonly split?: SplitSpec;
  /** Number of replicates: training seeds 1..seeds, and as many random splits. */
  readonly seeds?: number;
  readonly layers?: readonly number[];
  readonly treatments?: readonly TreatmentKind[];
  readonly bothDirections?: boolean;
  readonly imagesPerClass?: number;
  readonly epochs?: number;
  readonly engine?: EngineName | 'auto';
}

export interface ImportRequest {
  readonly path: string;
  /** Rows and columns to store images at. */
  readonly size: number;
  readonly name?: string;
}

export interface ImportProgress {
  readonly done: number;
  /** Unknown while a tar archive streams. */
  readonly total?: number;
  readonly rejected: number;
}

export interface Work {
  readonly signal: AbortSignal;
  readonly onEvent: (event: StudyEvent) => void;
  readonly onImport: (progress: ImportProgress) => void;
  /** Trainings at once; absent: as many as there are cores. */
  readonly workers?: number;
}

export interface StudyOutcome {
  readonly study: StudyRecord;
  readonly failed: number;
  readonly stopped: boolean;
}

/** Transplant without a window or a terminal: opened on one home folder, which it locks for as long as it is open. */
export interface Application {
  readonly home: string;
  readonly store: Store;
  importImages(
    request: ImportRequest,
    work: Pick<Work, 'signal' | 'onImport'>,
  ): Promise<{ record: ImageSetRecord; rejects: readonly { file: string; reason: string }[]; duplicates: number }>;
  runStudy(request: StudyRequest, work: Work): Promise<StudyOutcome>;
  resumeStudy(reference: string, work: Work): Promise<StudyOutcome>;
  /** Writes the report's files into the folder and returns their paths, the HTML page first. */
  writeReport(reference: string, folder: string): Promise<string[]>;
  close(): void;
}

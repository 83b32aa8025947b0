import type { Half, TreatmentKind } from '../common/treatments/treatments.ts';

/** What goes on in the application, as plain data: the window shows it, whenever it is opened. */
export interface Activity {
  /** Counts up with every change of what is stored: lists of sets and studies are worth asking for again. */
  readonly stored: number;
  readonly imports: ImportState[];
  /** A study that is asked for and whose images are being made, before its trainings are known. */
  readonly preparing: { readonly name: string; readonly done: number; readonly total: number | null } | null;
  readonly study: StudyActivity | null;
  readonly notices: Notice[];
}

/** An import, or the making of the built-in images. */
export interface ImportState {
  readonly id: number;
  readonly name: string;
  /** Null for built-in images. */
  readonly path: string | null;
  readonly state: 'running' | 'stopping' | 'done' | 'failed' | 'cancelled';
  readonly done: number;
  /** Null while nobody knows: a tar archive streams. */
  readonly total: number | null;
  readonly rejected: number;
  readonly imagesPerSecond: number | null;
  readonly secondsLeft: number | null;
  /** Once done: the image set's id. */
  readonly set: string | null;
  /** Once done: the same images had been imported before. */
  readonly known: boolean;
  readonly duplicates: number;
  /** Once failed: what happened and what to do. */
  readonly problem: string | null;
}

export interface StudyActivity {
  readonly study: string;
  readonly name: string;
  /** `pausing`: finishing the steps in hand. */
  readonly phase: 'training' | 'pausing';
  /** Of its steps, 0..1. */
  readonly fraction: number;
  readonly secondsLeft: number | null;
  readonly imagesPerSecond: number;
  readonly workers: number;
  readonly runs: RunState[];
}

/** One training, of a study under way or of a stored one. */
export interface RunState {
  readonly key: string;
  readonly name: string;
  /** 0-based. */
  readonly replicate: number;
  readonly kind: TreatmentKind | 'base';
  readonly n: number;
  readonly target: Half;
  /** Training images of each class where there are few on purpose; absent: all that the study uses. */
  readonly examples?: number;
  /** Key of the base that the first n layers come from. */
  readonly source: string | null;
  readonly state: 'waiting' | 'training' | 'stopped' | 'finished' | 'failed' | 'skipped';
  /** Finished before this study asked for it. */
  readonly reused: boolean;
  readonly step: number;
  readonly steps: number;
  /** Of the latest training batches. */
  readonly loss: number | null;
  /** Top-1 on the held-out images, a fraction; the latest. */
  readonly accuracy: number | null;
  readonly imagesPerSecond: number | null;
  readonly secondsLeft: number | null;
  /** Of training, over all sessions; of a run under way those of earlier sessions. */
  readonly seconds: number;
  /** Why it failed, was skipped or was started again. */
  readonly problem: string | null;
  /** Step of the newest first-layer filters that can be asked for; null: none. */
  readonly filtersAt: number | null;
  /** Step of the newest point of its learning curve; 0: none. */
  readonly curveAt: number;
}

/** Something that happened while nobody may have looked; stays until it is dismissed. */
export interface Notice {
  readonly id: number;
  readonly level: 'information' | 'warning' | 'problem';
  readonly sentence: string;
  /** ISO 8601, UTC. */
  readonly at: string;
  readonly study: string | null;
}

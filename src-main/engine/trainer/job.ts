import type { NetworkSpec } from '../../network/spec.ts';
import type { EngineName } from '../engine.ts';

/** What one training process is told: plain data, sent once over the process's IPC channel. */
export interface TrainingJob {
  /** Folder of the packed image set. */
  readonly imageSet: string;
  /** Class names trained and tested on, in label order of the network. */
  readonly classes: readonly string[];
  /** Training images per class, drawn by `selectionSeed`; absent: all. */
  readonly imagesPerClass?: number;
  readonly selectionSeed: number;
  readonly network: NetworkSpec;
  /** Root of every random stream of this run: initial weights, order, crops, mirrors, dropout. */
  readonly seed: string;
  /** The first n layers are copied from this checkpoint (path of a safetensors file, with its SHA-256). */
  readonly transplant?: { readonly n: number; readonly checkpoint: CheckpointFile };
  /** Layers that keep their weights. */
  readonly frozen: number;
  readonly engine: EngineName;
  readonly threads: number;
  /** Checkpoints are written to `<folder>/step-<step>.safetensors`. */
  readonly checkpoints: string;
  /** Go on from here; absent: from the beginning. */
  readonly resume?: CheckpointFile;
  /** Seconds between checkpoints. */
  readonly checkpointEvery: number;
}

export interface CheckpointFile {
  readonly file: string;
  readonly sha256: string;
}

/** What a training process says. */
export type TrainerMessage =
  | {
      readonly type: 'started';
      readonly step: number;
      readonly steps: number;
      readonly engineVersion: string;
      readonly trainImages: number;
      readonly heldOutImages: number;
    }
  | {
      readonly type: 'progress';
      readonly step: number;
      readonly loss: number;
      readonly accuracy: number;
      readonly learningRate: number;
      readonly imagesPerSecond: number;
    }
  /** `final`: after the last step. */
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
  | {
      readonly type: 'finished';
      readonly seconds: {
        readonly load: number;
        readonly train: number;
        readonly evaluate: number;
        readonly checkpoint: number;
      };
    }
  /** The training itself can't go on: the loss is not a number, say. Not a crash: restarting would end the same. */
  | { readonly type: 'failed'; readonly step: number; readonly reason: string };

/** What a training process is told after its job: finish the step, write a checkpoint, exit. */
export interface TrainerCommand {
  readonly type: 'stop';
}

import type { RunStatus } from '../../common/run-state.ts';
import type { TrainerMessage } from '../../engine/trainer/job.ts';

/** Everything that happens in a study, in order; the terminal, `--json` and the window are listeners of these. */
export type StudyEvent =
  | {
      readonly type: 'study-started';
      readonly study: string;
      readonly name: string;
      readonly runs: readonly RunOutline[];
    }
  /** Already trained, for this study or another. */
  | { readonly type: 'run-reused'; readonly run: string; readonly name: string; readonly accuracy: number }
  | {
      readonly type: 'run-started';
      readonly run: string;
      readonly name: string;
      readonly attempt: number;
      readonly threads: number;
      readonly fromStep: number;
    }
  /** Its stored weights were damaged, so it is trained again. They are kept in a file. */
  | { readonly type: 'run-reset'; readonly run: string; readonly name: string; readonly kept: string | null }
  /** Its process crashed, so it continues from its last checkpoint. */
  | {
      readonly type: 'run-restarted';
      readonly run: string;
      readonly name: string;
      readonly reason: string;
      readonly fromStep: number;
    }
  /** On a cluster, where it waits. `again`: it had begun before. */
  | {
      readonly type: 'run-queued';
      readonly run: string;
      readonly name: string;
      /** The cluster's own word; empty where it has said none. */
      readonly reason: string;
      readonly again: boolean;
    }
  /** It has begun on a node of a cluster. */
  | { readonly type: 'run-placed'; readonly run: string; readonly name: string; readonly node: string }
  /** A signal has halted its process (SIGSTOP, Ctrl-Z). It goes on once another one tells it to. */
  | { readonly type: 'run-halted'; readonly run: string; readonly name: string; readonly pid: number }
  | { readonly type: 'run-message'; readonly run: string; readonly name: string; readonly message: TrainerMessage }
  | {
      readonly type: 'run-finished';
      readonly run: string;
      readonly name: string;
      readonly accuracy: number;
      readonly seconds: number;
    }
  | { readonly type: 'run-failed'; readonly run: string; readonly name: string; readonly reason: string }
  /** Not started, because what it is made from failed. */
  | { readonly type: 'run-skipped'; readonly run: string; readonly name: string; readonly reason: string }
  | {
      readonly type: 'study-finished';
      readonly study: string;
      readonly done: number;
      readonly failed: number;
      readonly skipped: number;
      readonly seconds: number;
    }
  | { readonly type: 'study-stopped'; readonly study: string; readonly done: number; readonly left: number };

export interface RunOutline {
  readonly run: string;
  readonly name: string;
  readonly replicate: number;
  readonly steps: number;
  /** What one of its steps costs, beside those of other runs (`operations` of study/plan); absent: 1. */
  readonly work?: number;
  readonly status: RunStatus;
}

import { writeCheckpointInBackground } from '../../store/background-checkpoint.ts';
import { writeCheckpoint, type Checkpoint, type WrittenCheckpoint } from '../../store/checkpoints.ts';

/**
 * Bytes from which on a thread of its own writes a checkpoint. Smaller ones are hashed sooner than a thread is started;
 * hashing larger ones would hold up steps: 480 MB for weights and momentum of the paper's network.
 */
const LARGE = 32 * 2 ** 20;

export interface CheckpointWritingOptions {
  readonly folder: string;
  /** Told of each checkpoint when it is on the disk. */
  readonly onWritten: (step: number, written: WrittenCheckpoint) => void;
  readonly large?: number;
  /** What writes a large one. */
  readonly inBackground?: typeof writeCheckpointInBackground;
}

/**
 * Writes the checkpoints of one training in their order, never two at once. Memory is bounded by that: the copy of weights
 * and momentum that is being written, and nothing more.
 */
export class CheckpointWriting {
  readonly #options: CheckpointWritingOptions;
  /** Never rejects. */
  #underWay: Promise<void> | undefined;
  #failure: { readonly error: unknown } | undefined;

  constructor(options: CheckpointWritingOptions) {
    this.#options = options;
  }

  /** Whether one is being written. Throws what kept an earlier one from being written. */
  get isUnderWay(): boolean {
    if (this.#failure) throw this.#failure.error;
    return this.#underWay !== undefined;
  }

  /**
   * Waits for the one that is under way, then begins this: steps go on while the disk takes it. The content is its own from
   * here on, and of a large one the arrays are gone. Throws what kept an earlier one from being written.
   */
  async write(step: number, content: Checkpoint): Promise<void> {
    await this.finish();
    const { folder, onWritten, large = LARGE, inBackground = writeCheckpointInBackground } = this.#options;
    const tensors = [...content.weights.values(), ...content.momentum.values()];
    const bytes = tensors.reduce((sum, { data }) => sum + data.byteLength, 0);
    const begin = bytes < large ? writeCheckpoint : inBackground;
    this.#underWay = begin(folder, step, content)
      .then((written) => onWritten(step, written))
      .catch((error: unknown) => void (this.#failure = { error }))
      .finally(() => (this.#underWay = undefined));
  }

  /** Waits until nothing is being written. Throws as `write`. */
  async finish(): Promise<void> {
    await this.#underWay;
    if (this.#failure) throw this.#failure.error;
  }
}

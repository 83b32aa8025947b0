import {
  type Checkpoint,
  writeCheckpoint,
  writeCheckpointInBackground,
  type WrittenCheckpoint,
} from '../../store/checkpoints.ts';

/**
 * Bytes from which on a checkpoint is written by a thread of its own. Smaller ones are hashed sooner than a thread starts;
 * hashing larger ones would hold up steps (weights and momentum of the paper's network are 480 MB).
 */
const LARGE = 32 * 2 ** 20;

export interface CheckpointWriterOptions {
  readonly folder: string;
  /** Called for each checkpoint when it is on the disk. */
  readonly onWritten: (step: number, written: WrittenCheckpoint) => void;
  readonly large?: number;
  /** Writes large ones. */
  readonly inBackground?: typeof writeCheckpointInBackground;
}

/**
 * Writes the checkpoints of one training in their order, never two at once: the memory it takes is one copy of weights and
 * momentum.
 */
export class CheckpointWriter {
  readonly #options: CheckpointWriterOptions;
  /** Never rejects. */
  #underWay: Promise<void> | undefined;
  #failure: { readonly error: unknown } | undefined;

  constructor(options: CheckpointWriterOptions) {
    this.#options = options;
  }

  /** Whether one is being written. Throws what kept an earlier one from being written. */
  get isUnderWay(): boolean {
    if (this.#failure) throw this.#failure.error;
    return this.#underWay !== undefined;
  }

  /**
   * Waits for the one that is under way, then begins this one: steps go on while it is written. It takes over the content;
   * the arrays of a large one are transferred to the thread. Throws what kept an earlier one from being written.
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

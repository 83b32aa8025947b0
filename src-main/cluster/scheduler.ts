/** Who places jobs on nodes: Slurm, and in simulations a stand-in. */
export interface Scheduler {
  /** Submits an array of jobs, whose files `submissions/<id>/jobs` lists. Resolves to the scheduler's number of it. */
  submit(submission: SubmittedArray): Promise<string>;
  /** The number of an array that was submitted under this id and is not done; undefined where there is none. */
  find(id: string): Promise<string | undefined>;
  /** All our jobs that are not done, by `taskName`. */
  queue(): Promise<ReadonlyMap<string, QueuedJob>>;
  /** Takes back what has not begun, and lets what runs write a checkpoint. */
  cancel(arrays: readonly string[]): Promise<void>;
  /** How many jobs of an array may run at once from now on. */
  setLimit(array: string, atOnce: number): Promise<void>;
  /** The nodes that there are; undefined where that can't be told. */
  nodes(): Promise<number | undefined>;
}

export interface SubmittedArray {
  readonly id: string;
  readonly jobs: number;
  /** Jobs of it that may run at once; absent: any number. */
  readonly atOnce?: number;
}

export interface QueuedJob {
  readonly state: 'queued' | 'running';
  /** Empty until it runs. */
  readonly node: string;
  /** Why it waits, in the scheduler's own word. */
  readonly reason: string;
}

export const taskName = (array: string, index: number): string => `${array}_${index}`;

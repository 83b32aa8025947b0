import { mkdtemp, rm } from 'node:fs/promises';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import type { CheckpointFile } from '../../engine/trainer/job.ts';
import { runTrainings } from '../../engine/trainer/supervisor.ts';
import { Cancelled, UserError } from '../../errors.ts';
import { planStudy } from '../../study/plan/plan.ts';
import { jobOf } from '../../study/run/train-group.ts';
import type { Home } from '../opened-home.ts';
import { labelOf, placeInStudy, storedRun } from '../stored/run.ts';
import { findStoredStudy, presentImages } from '../stored/study.ts';

/** A network that was trained like a stored one, on the held-out images, too. */
export interface WholeTraining {
  readonly steps: number;
  /** Absent where only its card is wanted. */
  readonly checkpoint?: CheckpointFile;
}

export interface TrainingWatch {
  readonly signal?: AbortSignal;
  /** Called with the steps that are done, and all. */
  readonly onProgress?: (step: number, steps: number) => void;
}

interface Asked {
  readonly run: string;
  readonly study?: string;
}

/**
 * Trains a finished run again on all images: those that it learned from and the held-out ones, for as many epochs, with the same seeds
 * and source. Nothing of it is stored: there are no images left to measure it on. `use` gets the checkpoint, which is deleted afterwards.
 * Throws a UserError where the run is not finished, was not trained at all, or its images or source are not here.
 */
export async function trainOnAllImages<Result>(
  home: Home,
  asked: Asked,
  { signal = new AbortController().signal, onProgress }: TrainingWatch,
  use: (training: WholeTraining) => Promise<Result>,
): Promise<Result> {
  const { label, planned, steps } = planOnAllImages(home, asked);
  const { data } = planned.identity;
  const job = jobOf(planned, availableParallelism(), {
    ...{ store: home.store, home: home.home, signal, onEvent: () => {} },
    imageSets: new Map([[data, join(home.home, 'data', presentImages(home, data).folder)]]),
  });
  const checkpoints = await mkdtemp(join(tmpdir(), 'transplant-all-images-'));
  try {
    let checkpoint: CheckpointFile | undefined;
    let failure: string | undefined;
    await runTrainings([{ ...job, steps, checkpoints, allImages: true, evaluations: 1, resume: undefined }], {
      signal,
      onMessage: (_, message) => {
        if (message.type === 'progress') onProgress?.(message.step, steps);
        if (message.type === 'checkpoint') checkpoint = { file: message.file, sha256: message.sha256 };
      },
      onEnd: (_, outcome) => {
        if (outcome.status === 'failed') failure = outcome.reason;
      },
    });
    if (signal.aborted) throw new Cancelled();
    if (failure !== undefined || !checkpoint)
      throw new UserError(`${label} can't be trained on all images: ${failure ?? 'it left no weights'}.`);
    return await use({ checkpoint, steps });
  } finally {
    await rm(checkpoints, { recursive: true, force: true });
  }
}

/** Such a training as it would be. Throws a UserError where there can be none. */
export function planOnAllImages(home: Home, { run: key, study }: Asked) {
  const place = placeInStudy(home.store, key, study);
  const label = labelOf(key, place);
  const { record, identity } = storedRun(home, key);
  if (!place || record.status !== 'finished')
    throw new UserError(`${label} is not trained to the end yet: let its study go on first.`);
  if (record.steps === 0)
    throw new UserError(`${label} is used as it comes, without any training: save it as it is, not on all images.`);
  const { protocol, index } = findStoredStudy(home, place.study.id);
  const planned = planStudy(protocol, index).runs.find((one) => one.key === key);
  if (!planned) throw new UserError(`${label} was planned by another version of the program: run its study again.`);
  const { classes, imagesPerClass } = identity;
  return { label, planned, steps: Math.round(record.steps * growth(classes, index, imagesPerClass)) };
}

/** How many times more images there are with the held-out ones. */
function growth(
  classes: readonly string[],
  index: {
    readonly classes: readonly string[];
    readonly trainCounts: readonly number[];
    readonly heldOutCounts: readonly number[];
  },
  perClass: number | null,
): number {
  const labels = classes.map((name) => index.classes.indexOf(name));
  const sum = (count: (label: number) => number) => labels.reduce((total, label) => total + count(label), 0);
  const train = sum((label) => perClass ?? index.trainCounts[label]);
  return 1 + sum((label) => index.heldOutCounts[label]) / train;
}

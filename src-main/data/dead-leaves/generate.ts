import { availableParallelism } from 'node:os';
import { Cancelled, UserError } from '../../errors.ts';
import type { ImageSetIndex } from '../image-set.ts';
import { writePackedSet, type PackedImage } from '../packed/write.ts';
import { DEAD_LEAVES_CLASSES, type DeadLeafImageOptions } from './image.ts';
import { painted } from './painters.ts';

/** The name of the image set. */
export const DEAD_LEAVES = 'dead-leaves';
/** The seed of the built-in image set, which is the same on every machine. */
export const DEAD_LEAVES_SEED = 1;

export interface DeadLeavesOptions {
  /** Rows and columns of every image. */
  readonly size: number;
  readonly trainPerClass: number;
  readonly heldOutPerClass: number;
  readonly seed: number;
  /** Names of the classes to make; absent: all. */
  readonly classes?: readonly string[];
}

export interface GenerationReport {
  readonly signal?: AbortSignal;
  /** Called every 100 images, with the same values as an import's. */
  readonly onProgress?: (progress: { done: number; total: number; rejected: number }) => void;
}

/** The `source` of an image set of dead leaves. */
export const deadLeavesSource = (seed: number): string => `dead leaves, seed ${seed}`;

/** Held-out images are numbered from here, beyond any number of training images. */
const FIRST_HELD_OUT = 2 ** 30;
/** Progress is reported, and cancelling is possible, after this many images: about every 0.1 s at 32 pixels. */
const REPORT_EVERY = 100;

/**
 * Makes the built-in image set "dead-leaves" below `dataFolder`. Image k of a class does not depend on how many images
 * are made. Throws a UserError for a class that does not exist or a number out of range, and Cancelled when aborted.
 */
export async function generateDeadLeaves(
  dataFolder: string,
  options: DeadLeavesOptions,
  report: GenerationReport = {},
): Promise<{ index: ImageSetIndex; folder: string }> {
  const { size, seed, trainPerClass, heldOutPerClass } = options;
  checkNumber('image size', size, 8, 1024);
  checkNumber('number of training images per class', trainPerClass, 1, 1e6);
  checkNumber('number of held-out images per class', heldOutPerClass, 1, 1e6);
  const chosen = chooseClasses(options.classes);
  return writePackedSet(
    dataFolder,
    {
      name: DEAD_LEAVES,
      size,
      classes: chosen.map((classIndex) => DEAD_LEAVES_CLASSES[classIndex].name),
      groups: Object.fromEntries(chosen.map((c) => [DEAD_LEAVES_CLASSES[c].name, DEAD_LEAVES_CLASSES[c].group])),
      source: deadLeavesSource(seed),
      heldOut: { kind: 'given' },
      rejects: [],
    },
    paint(chosen, options, report),
    { signal: report.signal },
  );
}

async function* paint(
  chosen: readonly number[],
  { size, seed, trainPerClass, heldOutPerClass }: DeadLeavesOptions,
  { signal, onProgress }: GenerationReport,
): AsyncGenerator<PackedImage> {
  const perClass = trainPerClass + heldOutPerClass;
  const total = chosen.length * perClass;
  const images = function* (): Generator<DeadLeafImageOptions> {
    for (const classIndex of chosen) {
      for (let i = 0; i < trainPerClass; i++) yield { seed, classIndex, number: i, size };
      for (let i = 0; i < heldOutPerClass; i++) yield { seed, classIndex, number: FIRST_HELD_OUT + i, size };
    }
  };
  let done = 0;
  for await (const pixels of painted(images(), { count: total, size, threads: availableParallelism() })) {
    yield { pixels, label: Math.floor(done / perClass), heldOut: done % perClass >= trainPerClass };
    done += 1;
    if (done % REPORT_EVERY !== 0 && done !== total) continue;
    onProgress?.({ done, total, rejected: 0 });
    await new Promise((resume) => setImmediate(resume));
    if (signal?.aborted) throw new Cancelled();
  }
}

function chooseClasses(names: readonly string[] | undefined): number[] {
  const all = DEAD_LEAVES_CLASSES.map(({ name }) => name);
  const unknown = names?.find((name) => !all.includes(name));
  if (unknown !== undefined)
    throw new UserError(`Dead leaves have no class "${unknown}"; choose among ${all.join(', ')}.`, { usage: true });
  const chosen = all.flatMap((name, classIndex) => (!names || names.includes(name) ? [classIndex] : []));
  if (chosen.length === 0)
    throw new UserError('An image set of dead leaves needs at least one class; name one.', { usage: true });
  return chosen;
}

function checkNumber(what: string, value: number, least: number, most: number): void {
  if (!Number.isInteger(value) || value < least || value > most)
    throw new UserError(`The ${what} of dead leaves must be a whole number from ${least} to ${most}, not ${value}.`, {
      usage: true,
    });
}

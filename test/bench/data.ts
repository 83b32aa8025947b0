import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { simulateSet, type SimulatedSet } from './simulated-set.ts';

/** Of data-start.ts. */
interface Start {
  readonly startSeconds: number;
  /** Of the processor: on a machine that others use as well, the fairer number. */
  readonly startProcessorSeconds: number;
  readonly imagesPerSecond: number;
  readonly imagesPerProcessorSecond: number;
  readonly residentMegabytes: number;
}

/** Of data-checkpoint.ts. */
interface CheckpointCost {
  readonly batchSize: number;
  readonly stepSeconds: number;
  readonly stall: number;
  readonly stepBeside: number;
  readonly stepsBeside: number;
  readonly waited: number;
}

/** Of data-import.ts. */
interface ImportCost {
  readonly imagesPerSecond: number;
  readonly processorMicroseconds: number;
  readonly residentMegabytes: number;
}

export interface DataResult {
  /** By kind of file, stored at 32 x 32. */
  readonly imports: Readonly<Record<string, ImportCost>>;
  /** By number of images of 256x256, simulated by files that take no room. */
  readonly start: Readonly<Record<string, Start>>;
  /** By network, from the page cache. */
  readonly delivery: Readonly<Record<string, Start>>;
  readonly checkpoint: CheckpointCost;
}

const run = <T>(script: string, ...args: (string | number)[]): T => {
  const words = [join(import.meta.dirname, script), ...args.map(String)];
  return JSON.parse(execFileSync(process.execPath, words, { encoding: 'utf8' })) as T;
};

/**
 * How the data path and checkpoints scale: seconds until the first batch and memory against the number of images, images/s
 * that one training gets, and what a checkpoint of the paper's network costs in steps.
 */
export function benchData({ quick }: { quick: boolean }): DataResult {
  const folder = mkdtempSync(join(tmpdir(), 'transplant-bench-'));
  try {
    const measure = (set: SimulatedSet, network: string, batches: number): Start => {
      const at = join(folder, 'set');
      simulateSet(at, set);
      try {
        // Once to fill the page cache.
        if (!set.sparse) run<Start>('data-start.ts', at, network, batches);
        return run<Start>('data-start.ts', at, network, batches);
      } finally {
        rmSync(at, { recursive: true });
      }
    };
    const start = Object.fromEntries(
      [12_800, 128_000, 1_280_000].map((images) => [
        images,
        measure({ images, classes: images / 1280, size: 256, sparse: true }, 'alexnet', 10),
      ]),
    );
    const real = (size: number) => ({ images: quick ? 5_000 : 20_000, classes: 20, size, sparse: false });
    const delivery = {
      alexnet: measure(real(256), 'alexnet', quick ? 60 : 200),
      'alexnet-64': measure(real(64), 'alexnet-64', quick ? 200 : 1000),
      'alexnet-32': measure(real(32), 'alexnet-32', quick ? 400 : 2000),
    };
    const imports = Object.fromEntries(
      [['png', 32] as const, ['png', 64] as const, ['jpeg', 256] as const].map(([format, side]) => [
        `${format} ${side}x${side}`,
        run<ImportCost>('data-import.ts', join(folder, 'import'), quick ? 4_000 : 60_000, side, format),
      ]),
    );
    return {
      imports,
      start,
      delivery,
      checkpoint: run<CheckpointCost>('data-checkpoint.ts', quick ? 8 : 32, quick ? 2 : 5),
    };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

export function dataTable({ imports, start, delivery, checkpoint }: DataResult): string {
  const rows = (of: Readonly<Record<string, Start>>) =>
    Object.entries(of).map(([name, one]) =>
      [
        `  ${name.padEnd(12)} start ${one.startSeconds.toFixed(2)} s (of the processor ${one.startProcessorSeconds.toFixed(2)} s)`,
        `${one.residentMegabytes.toFixed(0)} MB`,
        `${one.imagesPerSecond.toFixed(0)} images/s`,
        `${one.imagesPerProcessorSecond.toFixed(0)} images per second of one core`,
      ].join(', '),
    );
  const { batchSize, stepSeconds, stall, stepBeside, stepsBeside, waited } = checkpoint;
  return [
    'Imports, stored at 32x32:',
    ...Object.entries(imports).map(
      ([name, one]) =>
        `  ${name.padEnd(12)} ${one.imagesPerSecond.toFixed(0)} images/s, ${one.processorMicroseconds.toFixed(0)} us of the processor each beside decoding, ${one.residentMegabytes.toFixed(0)} MB`,
    ),
    '',
    'Images of 256x256 in a set; half of the classes trained on, resumed in epoch 7, batches of 128 crops of 227x227:',
    ...rows(start),
    '',
    'Batches of 128 from the page cache:',
    ...rows(delivery),
    '',
    `A checkpoint of alexnet (480 MB), in steps of ${batchSize} images (${stepSeconds.toFixed(2)} s each):`,
    `  the step before it waits for ${stall.toFixed(2)} steps; ${stepsBeside} steps go on beside, each of ${stepBeside.toFixed(2)} steps`,
    `  waited for: ${waited.toFixed(2)} steps`,
  ].join('\n');
}

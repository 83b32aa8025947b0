import { readFileSync } from 'node:fs';
import { setImmediate } from 'node:timers/promises';
import type { EngineName } from '../../common/choices.ts';
import { type BatchOptions, createTrainingBatches, evaluationBatches } from '../../data/batches.ts';
import type { ImageSet } from '../../data/image-set.ts';
import type { Trainer } from '../../engine/engine.ts';
import { loadEngine } from '../../engine/select.ts';
import { Cancelled } from '../../errors.ts';
import { resolveNetwork } from '../../network/network.ts';
import type { NetworkSpec } from '../../network/spec.ts';
import { initialWeights } from '../../network/weights.ts';
import { RandomStream } from '../../random.ts';
import { storedSize } from '../planning/network-for.ts';

/** How fast one network is on this machine. Times are medians. */
export interface Measurement {
  /** The library that computed: `onnxruntime-node 1.30.0, CPU`. */
  readonly engineVersion: string;
  /** Images of a training step. */
  readonly batchSize: number;
  /** Seconds of one training step with no layer frozen, the making of its batch included. */
  readonly stepSeconds: number;
  readonly evaluationSecondsPerImage: number;
  /** Seconds from the start of the process until the first step can begin, plus the extra time of the first steps. */
  readonly loadSeconds: number;
  /** The part of `loadSeconds` that is the compilation of the network and the extra time of its first steps. */
  readonly compileSeconds: number;
  /** Bytes that the process took at its peak. */
  readonly memory: number;
}

export interface MeasureOptions {
  readonly network: NetworkSpec;
  readonly classes: number;
  readonly engine: EngineName;
  /** The home folder, to which the engine may have been added. */
  readonly home?: string;
  readonly threads: number;
  /** About how long to measure at most, after loading. A network whose step takes longer gets one step and one evaluation. */
  readonly seconds: number;
  /** Whether all of that time is measured, though the median of fewer repetitions is known already. */
  readonly careful?: boolean;
}

/**
 * Bytes that a training's process has beside what is measured here: its reader of images and its messages. Of resnet-32 (128
 * images a step), mobilenet-32 (64), vit-32 (64) and alexnet-32 (32) it took 27, 28, 14 and -22 MB more than was measured.
 */
const BESIDE = 10e6;
/** The first steps and evaluations, which still allocate memory, are not counted where there are more. */
const WARM_UP = 2;
/** Repetitions whose median more of them would not tell better: of a network of tiny images they take some tenths of a second. */
const ENOUGH = 1000;
/** The part by which the median may be wrong where nothing depends on it but an estimate, which is promised within a quarter. */
const UNCERTAINTY = 0.1;
/** The part of the time that goes to training steps; an evaluation is about a third of a step. */
const STEPS_PART = 0.75;

/** Trains and evaluates on made-up images in this process. Throws Cancelled between two steps. */
export async function measureNetwork(options: MeasureOptions, signal: AbortSignal): Promise<Measurement> {
  const { engine: name, home, threads, classes, seconds, careful } = options;
  const network = resolveNetwork(options.network, classes);
  const { batchSize, learningRate } = network.spec.training;
  const engine = await loadEngine(name, { home, threads });
  const weights = initialWeights(network, 'measure');
  const loadedSeconds = performance.now() / 1000;
  const trainer = await engine.compile({ network, batchSize, frozen: 0, threads, weights });
  const readySeconds = performance.now() / 1000;
  const source = madeUpSource({ network, batchSize });
  const batches = createTrainingBatches({ ...source, seed: 'measure' });
  const timing = { careful, signal };
  const step = await time({ ...timing, seconds: STEPS_PART * seconds }, async (number) => {
    // A network that learns from noise may diverge, and some processors are slow with values that are not numbers.
    await trainer.step(batches.batch(number), learningRate * 1e-3);
  });
  const evaluation = await time({ ...timing, seconds: (1 - STEPS_PART) * seconds }, () => evaluate(trainer, source));
  await takeMemoryOfCheckpoint(trainer, () => trainer.step(batches.batch(0), learningRate * 1e-3));
  await trainer.dispose();
  return {
    engineVersion: engine.version,
    batchSize,
    stepSeconds: step.median,
    evaluationSecondsPerImage: evaluation.median / batchSize,
    loadSeconds: readySeconds + step.warmUp + evaluation.warmUp,
    compileSeconds: readySeconds - loadedSeconds + step.warmUp + evaluation.warmUp,
    memory: peakMemory() + BESIDE,
  };
}

/**
 * Takes a step with a copy of weights and momentum beside it, as a training does while its checkpoint is written: for networks
 * of many weights that is when it takes the most memory.
 */
async function takeMemoryOfCheckpoint(trainer: Trainer, step: () => Promise<unknown>): Promise<void> {
  const copies = [await trainer.weights(), await trainer.momentum()];
  await step();
  // Copies that nothing reads any more would be collected before the step has ended.
  if (copies.length !== 2) throw new Error('there are two copies');
}

async function evaluate(trainer: Trainer, source: BatchOptions): Promise<void> {
  for (const batch of evaluationBatches(source)) await trainer.evaluate(batch);
}

interface Times {
  readonly median: number;
  /** Extra seconds that the first repetitions took, added up. */
  readonly warmUp: number;
}

interface Timing {
  readonly seconds: number;
  readonly careful?: boolean;
  readonly signal: AbortSignal;
}

/**
 * Times a piece of work, which is repeated until its median is known, or careful as often as fits into the given seconds; at
 * least once, and at most as often as fits and ENOUGH times.
 */
async function time({ seconds, careful, signal }: Timing, work: (number: number) => Promise<void>): Promise<Times> {
  const durations: number[] = [];
  const began = performance.now();
  const isEnough = () =>
    durations.length >= ENOUGH ||
    performance.now() - began >= 1000 * seconds ||
    (!careful && medianIsKnown(durations.slice(WARM_UP)));
  while (durations.length === 0 || !isEnough()) {
    // Engines may compute without ever returning to the event loop, where the message to stop waits.
    await setImmediate();
    if (signal.aborted) throw new Cancelled();
    const start = performance.now();
    await work(durations.length);
    durations.push((performance.now() - start) / 1000);
  }
  const first = durations.splice(0, Math.min(WARM_UP, durations.length - 1));
  const median = medianOf(durations.sort((a, b) => a - b));
  return { median, warmUp: first.reduce((sum, one) => sum + Math.max(0, one - median), 0) };
}

/**
 * Whether the 95% interval of the median of all such times, which reaches from one of them to another by their ranks (Conover 1999,
 * section 3.2), is within UNCERTAINTY of the median of these. Less than six times have no such interval.
 *
 * @param times in seconds, in any order
 */
export function medianIsKnown(times: readonly number[]): boolean {
  if (times.length < 6) return false;
  const sorted = times.toSorted((a, b) => a - b);
  const margin = 1.96 * Math.sqrt(sorted.length / 4);
  const lower = Math.floor(sorted.length / 2 - margin);
  const upper = Math.ceil(sorted.length / 2 + margin) - 1;
  const median = medianOf(sorted);
  return Math.max(median - sorted[lower], sorted[upper] - median) <= UNCERTAINTY * median;
}

const medianOf = (sorted: readonly number[]): number => sorted[Math.floor(sorted.length / 2)];

/** A batch of images of noise, of the size that images are stored at for the network. */
function madeUpSource({ network, batchSize }: Pick<BatchOptions, 'network' | 'batchSize'>): BatchOptions {
  const size = storedSize(network.spec);
  const random = new RandomStream('measure');
  const noise = Uint8Array.from({ length: 3 * size * size }, () => random.integer(256));
  const images = Int32Array.from({ length: batchSize }, (_, image) => image);
  const labels = images.map((image) => image % network.classes);
  const set: ImageSet = {
    index: {
      ...{ id: '', name: 'noise', size, classes: [], groups: {}, count: batchSize, trainCounts: [], heldOutCounts: [] },
      ...{ shards: [], rejects: [], source: '', heldOut: { kind: 'given' }, duplicates: 0 },
    },
    folder: '',
    labels: Uint16Array.from(labels),
    heldOut: new Uint8Array(batchSize),
    read: (_image, into, offset) => into.set(noise, offset),
    classSums: () => Promise.resolve(undefined),
    close: () => {},
  };
  return { set, images, labels, mean: new Float32Array(noise.length).fill(128), network, batchSize };
}

/** Bytes of memory that this process took at its peak. */
export function peakMemory(): number {
  // On Linux, the usage of resources includes what the process that started us took; this file does not.
  const [, kibibytes] = process.platform === 'linux' ? (/^VmHWM:\s*(\d+) kB$/m.exec(statusText()) ?? []) : [];
  return 1024 * (kibibytes === undefined ? process.resourceUsage().maxRSS : Number(kibibytes));
}

function statusText(): string {
  try {
    return readFileSync('/proc/self/status', 'utf8');
  } catch {
    return '';
  }
}

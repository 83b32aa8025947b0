import type { EngineName } from '../../common/choices.ts';
import { divideThreads } from '../../engine/trainer/supervisor.ts';
import type { NetworkSpec } from '../../network/spec.ts';
import type { Measurement } from '../tasks/measure.ts';
import { runTask } from '../tasks/run-task.ts';

export interface MeasureRequest {
  readonly network: NetworkSpec;
  readonly classes: number;
  readonly engine: EngineName;
  /** The home folder, to which the engine may have been added. */
  readonly home?: string;
  /** Trainings at once: they share the cores and the memory bandwidth. */
  readonly workers: number;
  readonly cores: number;
  /** Whether a choice depends on it, so that it is measured longer, and anew where others have slowed the machine down since. */
  readonly careful?: boolean;
}

/** Seconds that steps are measured at most, after loading. */
const SECONDS = 2.5;
const CAREFUL_SECONDS = 8;

const measured = new Map<string, Measurement>();
/** Settles when no measurement is running: two at once would slow each other down. */
let queue: Promise<unknown> = Promise.resolve();

/**
 * Measures how fast one training is while as many run as will run at once. It takes as long as it takes to know that within
 * some percent, at most three seconds or one step where that takes longer, and eight seconds where it is careful. Results are
 * remembered. Throws Cancelled, and a UserError where the engine fails.
 */
export function measureFor(request: MeasureRequest, signal?: AbortSignal): Promise<Measurement> {
  const measurement = queue.then(async () => {
    const key = keyOf(request);
    const known = (request.careful ? undefined : measured.get(key)) ?? (await measure(request, signal));
    measured.set(key, known);
    return known;
  });
  queue = measurement.catch(() => {});
  return measurement;
}

async function measure({ workers, cores, careful, ...request }: MeasureRequest, signal?: AbortSignal) {
  const threads = divideThreads(cores, workers);
  const seconds = careful ? CAREFUL_SECONDS : SECONDS;
  const task = { type: 'measure', ...request, threads, careful, seconds } as const;
  const each = await Promise.all(Array.from({ length: workers }, () => runTask(task, { signal })));
  const mean = (of: (one: Measurement) => number) => each.reduce((sum, one) => sum + of(one), 0) / workers;
  return {
    engineVersion: each[0].engineVersion,
    batchSize: each[0].batchSize,
    stepSeconds: mean((one) => one.stepSeconds),
    evaluationSecondsPerImage: mean((one) => one.evaluationSecondsPerImage),
    loadSeconds: mean((one) => one.loadSeconds),
    compileSeconds: mean((one) => one.compileSeconds),
    memory: Math.max(...each.map((one) => one.memory)),
  };
}

/** Names what decides the speed and nothing else, so that other epochs or learning rates need no new measurement. */
function keyOf({ network, classes, engine, workers, cores }: MeasureRequest): string {
  const { inputSize, layers, training } = network;
  const { batchSize, cropPadding, imageSize } = training;
  const threads = divideThreads(cores, workers);
  return JSON.stringify({ inputSize, layers, batchSize, cropPadding, imageSize, classes, engine, workers, threads });
}

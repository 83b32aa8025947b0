import { availableParallelism } from 'node:os';
import { counted } from '../../common/numbers.ts';
import type { BenchmarkRow } from '../../common/contract/engine.ts';
import { Cancelled, messageOf } from '../../errors.ts';
import type { NetworkSpec } from '../../network/spec.ts';
import type { Measurement } from '../tasks/measure.ts';
import { runTask } from '../tasks/run-task.ts';

/** Seconds that each setting is measured: three settings and their starts take less than a minute. */
const SECONDS = 10;
/** Milliseconds after which a setting is given up: the JavaScript engine may need minutes for one step. */
const TIMEOUT = 25_000;
const CLASSES = 10;

/** Measures every engine of a home in its settings, one after the other; yields all rows each time one changes. */
export async function* benchmark(
  network: NetworkSpec,
  home: string,
  signal?: AbortSignal,
): AsyncGenerator<BenchmarkRow[], void, void> {
  const settings = settingsOf(availableParallelism());
  const rows = settings.map(({ engine, setting }) => ({ ...WAITING, engine, setting }) as BenchmarkRow);
  for (const [place, { engine, trainings, threads }] of settings.entries()) {
    rows[place] = { ...rows[place], state: 'measuring' };
    yield [...rows];
    const timeout = AbortSignal.timeout(TIMEOUT);
    const task = {
      type: 'measure',
      network,
      classes: CLASSES,
      engine,
      home,
      threads,
      careful: true,
      seconds: SECONDS,
    } as const;
    try {
      const measured = await Promise.all(
        Array.from({ length: trainings }, () => runTask(task, { signal: either(signal, timeout) })),
      );
      rows[place] = { ...rows[place], state: 'done', ...combined(measured) };
    } catch (error) {
      if (signal?.aborted) return;
      const slow = error instanceof Cancelled;
      rows[place] = { ...rows[place], state: 'failed', problem: slow ? TOO_SLOW : messageOf(error) };
    }
  }
  yield rows;
}

const TOO_SLOW = `It did not finish within ${TIMEOUT / 1000} s: it is many times slower than the others.`;

const either = (signal: AbortSignal | undefined, timeout: AbortSignal): AbortSignal =>
  signal ? AbortSignal.any([signal, timeout]) : timeout;

const WAITING = { state: 'waiting', training: null, evaluation: null, memory: null, version: null, problem: null };

function settingsOf(cores: number) {
  const shared = {
    engine: 'onnx' as const,
    trainings: 1,
    threads: cores,
    setting: `1 training, ${counted(cores, 'thread')}`,
  };
  const single = { engine: 'tensorflow' as const, trainings: 1, threads: cores, setting: shared.setting };
  if (cores === 1) return [shared, single];
  return [
    { ...shared, trainings: cores, threads: 1, setting: `${counted(cores, 'training')}, 1 thread each` },
    shared,
    single,
  ];
}

function combined(measured: readonly Measurement[]) {
  const sum = (value: (measurement: Measurement) => number) =>
    measured.reduce((total, measurement) => total + value(measurement), 0);
  return {
    training: sum(({ batchSize, stepSeconds }) => batchSize / stepSeconds),
    evaluation: sum(({ evaluationSecondsPerImage }) => 1 / evaluationSecondsPerImage),
    memory: sum(({ memory }) => memory),
    version: measured[0].engineVersion,
  };
}

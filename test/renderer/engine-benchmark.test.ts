import { expect, it } from 'vitest';
import type { BenchmarkRow } from '../../src-main/common/contract/engine.ts';
import { LongTask } from '../../src-renderer/state/ask.svelte.ts';
import { findingsByKind, rowsToShow, titleOfFinding } from '../../src-renderer/views/engine/engine.ts';

const row = (state: BenchmarkRow['state'], training: number | null = null): BenchmarkRow => {
  return {
    engine: 'onnx',
    setting: `of ${state}`,
    state,
    training,
    evaluation: null,
    memory: null,
    version: null,
    problem: null,
  };
};

/** An engine that reports these rows, and then waits to be stopped if `endless`. */
const benchmarkOf = (steps: readonly (readonly BenchmarkRow[])[], end: 'ends' | 'endless' | 'refuses') =>
  async function (signal: AbortSignal) {
    async function* rows() {
      yield* steps;
      if (end === 'refuses') throw { data: { sentence: 'A study is training: pause it first.' } };
      if (end === 'endless')
        await new Promise((_, reject) => signal.addEventListener('abort', () => reject(new Error('aborted'))));
    }
    return rows();
  };

it('shows the rows as they fill', async () => {
  const benchmark = new LongTask<readonly BenchmarkRow[]>();
  await benchmark.run(benchmarkOf([[row('measuring')], [row('done', 700)]], 'ends'));
  expect(rowsToShow(benchmark.report!, benchmark.stopped)).toEqual([row('done', 700)]);
  expect(benchmark).toMatchObject({ running: false, stopped: false, problem: undefined });
});

it('keeps what was measured when it is stopped, and what was not measured to its end waits', async () => {
  const benchmark = new LongTask<readonly BenchmarkRow[]>();
  const run = benchmark.run(benchmarkOf([[row('done', 700), row('measuring')]], 'endless'));
  await new Promise((resolve) => setImmediate(resolve));
  expect(benchmark.running).toBe(true);
  expect(rowsToShow(benchmark.report!, benchmark.stopped).map(({ state }) => state)).toEqual(['done', 'measuring']);
  benchmark.stop();
  await run;
  expect(rowsToShow(benchmark.report!, benchmark.stopped).map(({ state }) => state)).toEqual(['done', 'waiting']);
  expect(benchmark).toMatchObject({ running: false, stopped: true, problem: undefined });
});

it('says in a sentence why it was refused', async () => {
  const benchmark = new LongTask<readonly BenchmarkRow[]>();
  await benchmark.run(benchmarkOf([], 'refuses'));
  expect(benchmark.problem).toBe('A study is training: pause it first.');
  expect(benchmark.stopped).toBe(false);
});

it('tells engines from the rest of the machine', () => {
  const finding = (name: string) => ({ name, status: 'ok' as const, text: '' });
  const { engines, machine } = findingsByKind(['memory', 'engine onnx', 'engine onnx-webgpu', 'SQLite'].map(finding));
  expect(engines.map(titleOfFinding)).toEqual(['onnx', 'onnx-webgpu']);
  expect(machine.map(titleOfFinding)).toEqual(['Memory', 'SQLite']);
});

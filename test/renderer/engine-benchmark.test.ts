import { expect, it } from 'vitest';
import type { BenchmarkRow } from '../../src-main/api/contract/engine.ts';
import type { Api } from '../../src-renderer/api.ts';
import { Benchmark } from '../../src-renderer/views/engine/benchmark.svelte.ts';
import { sorted, titleOf } from '../../src-renderer/views/engine/findings.ts';

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

/** An engine that says these rows, and then waits to be stopped if `endless`. */
function api(steps: readonly (readonly BenchmarkRow[])[], end: 'ends' | 'endless' | 'refuses'): Api {
  async function* rows(signal: AbortSignal) {
    yield* steps;
    if (end === 'refuses') throw { data: { sentence: 'A study is training: pause it first.' } };
    if (end === 'endless')
      await new Promise((_, reject) => signal.addEventListener('abort', () => reject(new Error('aborted'))));
  }
  return {
    engine: { benchmark: async (_: unknown, options: { signal: AbortSignal }) => rows(options.signal) },
  } as unknown as Api;
}

it('shows the rows as they fill', async () => {
  const benchmark = new Benchmark();
  await benchmark.run(api([[row('measuring')], [row('done', 700)]], 'ends'), 'alexnet-32');
  expect(benchmark.rows).toEqual([row('done', 700)]);
  expect(benchmark).toMatchObject({ running: false, stopped: false, problem: undefined });
});

it('keeps what was measured when it is stopped, and what was not measured to its end waits', async () => {
  const benchmark = new Benchmark();
  const run = benchmark.run(api([[row('done', 700), row('measuring')]], 'endless'), 'alexnet-32');
  await new Promise((resolve) => setImmediate(resolve));
  expect(benchmark.running).toBe(true);
  benchmark.stop();
  await run;
  expect(benchmark.rows.map(({ state }) => state)).toEqual(['done', 'waiting']);
  expect(benchmark).toMatchObject({ running: false, stopped: true, problem: undefined });
});

it('says in a sentence why it was refused', async () => {
  const benchmark = new Benchmark();
  await benchmark.run(api([], 'refuses'), 'alexnet-32');
  expect(benchmark.problem).toBe('A study is training: pause it first.');
  expect(benchmark.stopped).toBe(false);
});

it('tells engines from the rest of the machine', () => {
  const finding = (name: string) => ({ name, status: 'ok' as const, text: '' });
  const { engines, machine } = sorted(['memory', 'engine onnx', 'engine onnx-webgpu', 'SQLite'].map(finding));
  expect(engines.map(titleOf)).toEqual(['onnx', 'onnx-webgpu']);
  expect(machine.map(titleOf)).toEqual(['Memory', 'SQLite']);
});

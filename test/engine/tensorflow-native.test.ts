import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createTensorflowEngine } from '../../src-main/engine/tensorflow/engine.ts';
import type { TrainerMessage, TrainingJob } from '../../src-main/engine/trainer/job.ts';
import { expectAgreement } from './agreement.ts';
import { describeEngine } from './engine-contract.ts';
import * as GRAPHS from './graph-networks.ts';
import { trainingGround } from './trainer-job.ts';
import { run } from './trainer-run.ts';

/** A home to which `transplant engine add tensorflow --home DIR` has added it: `TRANSPLANT_TEST_HOME=DIR npm test`. */
const home = process.env.TRANSPLANT_TEST_HOME;

describe.skipIf(home === undefined)('native TensorFlow', () => {
  const create = () => createTensorflowEngine({ backend: 'native', home, threads: 2 });

  describeEngine('as an engine', create);

  test.each([0, 3, 7])('agrees with onnx over 50 steps in every weight, with %i frozen layers', async (frozen) => {
    await expectAgreement(await create(), { frozen });
  });

  test.each(Object.values(GRAPHS))('agrees with onnx over 20 steps of a graph', async (network) => {
    await expectAgreement(await create(), { network, frozen: 1, steps: 20 });
  });

  test('names its version and where it computes', async () => {
    const { version, backend, reason } = await create();
    expect(version).toMatch(/^TensorFlow 2\.\d+\.\d+, [CG]PU$/);
    expect({ backend, reason }).toEqual({ backend: 'native', reason: undefined });
  });

  test('computes with as many threads as it is told', () => {
    const [one, two, four] = [1, 2, 4].map(threadsOfProcess);
    expect([two - one, four - one]).toEqual([1, 3]);
  });

  describe('in training processes', () => {
    let ground: Awaited<ReturnType<typeof trainingGround>>;
    beforeAll(async () => {
      ground = await trainingGround();
    });
    afterAll(() => ground.remove());
    const job = (changes: Partial<TrainingJob> = {}) =>
      ground.job({ engine: 'tensorflow', home, threads: 2, checkpointEvery: 0, ...changes }, { epochs: 2 });

    test('trains to the same bytes twice, and from a checkpoint on', async () => {
      const [first, second] = [await checkpoints(job()), await checkpoints(job())];
      expect(first.length).toBeGreaterThan(4);
      expect(second.map(({ sha256 }) => sha256)).toEqual(first.map(({ sha256 }) => sha256));
      const { file, sha256, step } = first[2];
      const resumed = await checkpoints(job({ resume: { file, sha256 } }));
      expect(resumed[0].step).toBe(step + 1);
      expect(resumed.at(-1)!.sha256).toBe(first.at(-1)!.sha256);
    }, 240_000);
  });
});

type Checkpoint = Extract<TrainerMessage, { type: 'checkpoint' }>;

async function checkpoints(job: TrainingJob): Promise<Checkpoint[]> {
  const { outcome, said, all } = await run(job);
  expect(outcome.status).toBe('finished');
  expect(said.find(({ type }) => type === 'started')).toMatchObject({
    engineVersion: expect.stringMatching(/^TensorFlow 2\./) as string,
  });
  return all('checkpoint');
}

/** Threads of the operating system in a process that has loaded it. */
function threadsOfProcess(threads: number): number {
  const select = pathToFileURL(join(import.meta.dirname, '../../src-main/engine/select.ts')).href;
  const script = `
    import { readdirSync } from 'node:fs';
    const { loadEngine } = await import('${select}');
    await loadEngine('tensorflow', ${JSON.stringify({ home, threads })});
    console.log(readdirSync('/proc/self/task').length);`;
  return Number(execFileSync(process.execPath, ['--input-type=module', '-e', script], { encoding: 'utf8' }));
}

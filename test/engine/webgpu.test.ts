import { fork, spawnSync, type ChildProcess } from 'node:child_process';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { BUILT_IN_NETWORKS } from '../../src-main/network/built-in.ts';
import type { TrainingJob } from '../../src-main/engine/trainer/job.ts';
import type { NetworkInput } from '../../src-main/network/spec.ts';
import * as GRAPHS from './graph-networks.ts';
import { randomNetworks } from './random-networks.ts';
import { softwareAdapter } from './software-adapter.ts';
import { trainingGround } from './trainer-job.ts';
import type { Outcome, WebgpuAnswer, WebgpuCase, WebgpuJob } from './webgpu-child.ts';

const env = softwareAdapter();
const file = (name: string) => join(import.meta.dirname, name);
const FLAGS = ['--disable-warning=ExperimentalWarning'];

/** Of the larger of both numbers, or of the root mean square of their tensor where that is larger. */
const TOLERANCE = 1e-3;
/** Milliseconds: SwiftShader compiles every program first, on whatever is left of a busy machine. */
const PATIENCE = 240_000;

/** Every kind of layer; groups, strides, and rows that no window reaches. */
const allKinds: NetworkInput = {
  name: 'all-kinds',
  inputSize: 12,
  layers: [
    { type: 'conv', name: 'conv1', filters: 4, kernel: 3, stride: 2, pad: 1 },
    { type: 'relu' },
    { type: 'pool', kernel: 3, stride: 2, pad: 1 },
    { type: 'lrn', alpha: 0.5 },
    { type: 'conv', name: 'conv2', filters: 6, kernel: 3, pad: 1, groups: 2 },
    { type: 'relu' },
    { type: 'dropout', rate: 0.25 },
    { type: 'conv', name: 'conv3', filters: 6, kernel: 2, stride: 2, groups: 2 },
    { type: 'relu' },
    { type: 'pool', mode: 'average', kernel: 2, stride: 1, pad: 1 },
    { type: 'dense', name: 'fc4', units: 5 },
    { type: 'relu' },
    { type: 'dropout' },
    { type: 'dense', name: 'fc5' },
  ],
  training: {
    batchSize: 4,
    epochs: 1,
    learningRate: 0.05,
    momentum: 0.9,
    weightDecay: 5e-3,
    schedule: { kind: 'cosine' },
    warmUp: 0,
    cropPadding: 0,
    mirror: false,
  },
};

describe.skipIf(!env)('onnx on WebGPU', { timeout: PATIENCE }, () => {
  let child: ChildProcess;
  beforeAll(() => {
    child = fork(file('webgpu-child.ts'), { env, execArgv: FLAGS, serialization: 'advanced' });
  });
  afterAll(() => void child.kill('SIGKILL'));

  async function expectAgreement(one: WebgpuCase | WebgpuJob): Promise<void> {
    const { cpu, webgpu } = await new Promise<WebgpuAnswer>((resolve, reject) => {
      const ended = (code: number | null, signal: string | null) =>
        reject(new Error(`the process ended with ${signal ?? code}`));
      child.once('exit', ended);
      child.once('message', (answer) => {
        child.off('exit', ended);
        resolve(answer as WebgpuAnswer);
      });
      child.send(one, (error) => error && reject(error));
    });
    expect([...webgpu.keys()]).toEqual([...cpu.keys()]);
    for (const name of cpu.keys()) expect(difference(cpu, webgpu, name), name).toBeLessThan(TOLERANCE);
  }

  test.each([0, 2, 5])('agrees with the processor over 3 steps, with %i frozen layers', async (frozen) => {
    await expectAgreement({ spec: allKinds, classes: 3, frozen, steps: 3 });
  });

  test.each([1, 2, 3, 4])('agrees with the processor in a step of a random network (%i)', async (seed) => {
    const [network] = fc.sample(randomNetworks, { numRuns: 1, seed });
    await expectAgreement({ spec: network.spec, classes: network.classes, frozen: 0, steps: 1 });
  });

  test.each(Object.entries(GRAPHS))(
    'agrees with the processor over 2 steps of the graph %s',
    async (_, { spec, classes }) => {
      await expectAgreement({ spec, classes, frozen: 1, steps: 2 });
    },
  );

  test('agrees with the processor over 2 steps of a ResNet with adapters beside frozen statistics', async () => {
    const { spec, classes } = GRAPHS.resnet;
    await expectAgreement({ spec, classes, frozen: 0, steps: 2, adapters: { n: 3, rank: 2 } });
  });

  test.each([1, 3])('agrees with the processor over 3 steps with adapters beside layers 1 to %i', async (n) => {
    await expectAgreement({ spec: allKinds, classes: 3, frozen: 0, steps: 3, adapters: { n, rank: 2 } });
  });

  test.each<[string, Partial<TrainingJob>]>([
    ['is unfrozen from the top', { unfreezing: 'from the top' }],
    ['has adapters, which are merged at its end', { adapterRank: 2 }],
  ])('agrees with the processor in every stage of a training that %s', async (_, changes) => {
    const ground = await trainingGround();
    // 48 training images are 4.8 batches an epoch: three stages.
    const job = ground.job({ transplant: { n: 2, seed: 'base' }, ...changes }, { epochs: 3 });
    await expectAgreement({ job }).finally(() => ground.remove());
  });

  test.each([...BUILT_IN_NETWORKS.keys(), ...Object.keys(GRAPHS)])(
    '%s runs wholly on the graphics card: no node on the processor',
    (name) => {
      const { status, stderr } = spawnSync(process.execPath, [...FLAGS, file('webgpu-placement-child.ts'), name], {
        env,
        encoding: 'utf8',
      });
      expect(status, stderr.slice(-2000)).toBe(0);
      const placed = [...stderr.matchAll(/placed on \[(\w+)\]. Number of nodes: (\d+)/g)];
      expect(placed.map(([, provider]) => provider)).toEqual(Array(5).fill('WebGpuExecutionProvider'));
      // Forward and backward of seven weight layers and more: nothing was left out.
      for (const [, , nodes] of placed) expect(Number(nodes)).toBeGreaterThan(40);
    },
  );
});

/** The largest |a - b| / max(|a|, |b|, root mean square of a). */
function difference(left: Outcome, right: Outcome, name: string): number {
  const [a, b] = [Array.from(left.get(name)!), Array.from(right.get(name)!)];
  const rms = Math.sqrt(a.reduce((sum, value) => sum + value ** 2, 0) / a.length);
  const relative = a.map((value, i) => Math.abs(value - b[i]) / (Math.max(Math.abs(value), Math.abs(b[i]), rms) || 1));
  // Not `Math.max`, which would let what is not a number pass in a comparison.
  return relative.reduce((most, value) => (value <= most ? most : value), 0);
}

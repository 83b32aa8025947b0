/**
 * A process of its own, because what Vulkan is found by is read when a process starts. Trains what it is told on WebGPU and
 * on the processor, in the same steps, and answers with both.
 */
import { createOnnxEngine } from '../../src-main/engine/onnx/engine.ts';
import { Graph } from '../../src-main/engine/onnx/graph.ts';
import { createSession, type Provider } from '../../src-main/engine/onnx/session.ts';
import type { TrainerMessage, TrainingJob } from '../../src-main/engine/trainer/job.ts';
import { train as trainJobs } from '../../src-main/engine/trainer/train.ts';
import { withAdapters } from '../../src-main/network/variants.ts';
import { resolveNetwork } from '../../src-main/network/network.ts';
import { networkSchema, type NetworkInput } from '../../src-main/network/spec.ts';
import { readCheckpoint } from '../../src-main/store/checkpoints.ts';
import { randomBatch, randomWeights } from './random-networks.ts';

export interface WebgpuCase {
  readonly spec: NetworkInput;
  readonly classes: number;
  readonly frozen: number;
  readonly steps: number;
  readonly adapters?: { readonly n: number; readonly rank: number };
}

/** A whole training, through all of its stages. */
export interface WebgpuJob {
  readonly job: TrainingJob;
}

/** By what it is, `loss of step 1` or `conv1.weight`: the numbers. */
export type Outcome = Map<string, ArrayLike<number>>;

export interface WebgpuAnswer {
  readonly cpu: Outcome;
  readonly webgpu: Outcome;
}

const BATCH = 4;

async function train(provider: Provider, { spec, classes, frozen, steps, adapters }: WebgpuCase): Promise<Outcome> {
  const plain = resolveNetwork(networkSchema.parse(spec), classes);
  const network = adapters ? withAdapters(plain, adapters.n, adapters.rank) : plain;
  const weights = randomWeights(network, 'webgpu');
  const engine = createOnnxEngine(provider);
  const trainer = await engine.compile({ network, batchSize: BATCH, frozen, threads: 1, weights });
  const outcome: Outcome = new Map();
  for (let step = 1; step <= steps; step++) {
    const { loss, correct } = await trainer.step(randomBatch(network, BATCH, `step ${step}`), 0.05);
    outcome.set(`loss of step ${step}`, [loss]).set(`answers of step ${step}`, [correct]);
  }
  for (const images of [BATCH, 7]) {
    const { loss, correct } = await trainer.evaluate(randomBatch(network, images, 'held out'));
    outcome.set(`loss of ${images} held-out images`, [loss]).set(`answers for ${images}`, [correct]);
  }
  for (const [name, { data }] of await trainer.weights()) outcome.set(name, data);
  for (const [name, { data }] of await trainer.momentum()) outcome.set(`momentum of ${name}`, data);
  await trainer.dispose();
  return outcome;
}

// With its last session onnxruntime forgets the programs that it has compiled, which SwiftShader takes seconds for.
const graph = new Graph();
graph.output('y', graph.input('x'));
const kept = createSession(graph, 1, 'webgpu');

async function trainJob(engine: TrainingJob['engine'], { job }: WebgpuJob): Promise<Outcome> {
  const said: TrainerMessage[] = [];
  await trainJobs([{ ...job, engine, checkpoints: `${job.checkpoints}-${engine}` }], {
    signal: new AbortController().signal,
    report: (_run, message) => said.push(message),
  });
  const outcome: Outcome = new Map();
  for (const message of said) {
    if (message.type === 'failed') throw new Error(message.reason);
    if (message.type === 'point') outcome.set(`loss of step ${message.step}`, [message.loss]);
  }
  const { file, sha256 } = said.findLast((message) => message.type === 'checkpoint')!;
  const network = resolveNetwork(job.network, job.classes.length);
  for (const [name, { data }] of (await readCheckpoint({ file, sha256 }, network)).weights) outcome.set(name, data);
  return outcome;
}

process.on('message', async (one: WebgpuCase | WebgpuJob) => {
  await kept;
  const answer =
    'job' in one
      ? { cpu: await trainJob('onnx', one), webgpu: await trainJob('onnx-webgpu', one) }
      : { cpu: await train('cpu', one), webgpu: await train('webgpu', one) };
  process.send!(answer satisfies WebgpuAnswer);
});

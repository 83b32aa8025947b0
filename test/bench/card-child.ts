/**
 * Takes steps of an exercise on WebGPU, and answers on stdout with what a step is given from the processor's memory and what
 * it leaves there. On stderr onnxruntime says where it places the nodes of each session's graph, up to a line `PLACED`.
 *
 * usage: card-child.ts EXERCISE
 */
import { writeSync } from 'node:fs';
import { InferenceSession, type Tensor } from 'onnxruntime-node';
import { createOnnxEngine } from '../../src-main/engine/onnx/engine.ts';
import { LEARNING_RATE } from '../../src-main/engine/onnx/inputs.ts';
import { PLACED, type Crossing } from './card.ts';
import { readExercise } from './exercise.ts';

/** Of steps: what the last one was given, the others have left to it. */
const STEPS = 2;
const stderr = 2;

const crossing: { in: Record<string, number>; out: Record<string, number> } = { in: {}, out: {} };
const create = InferenceSession.create.bind(InferenceSession) as (
  graph: Uint8Array,
  options: InferenceSession.SessionOptions,
) => Promise<InferenceSession>;

/** The engine's sessions, with all that onnxruntime has to say of them; what the card has no kernel for is not refused. */
async function watched(graph: Uint8Array, options: InferenceSession.SessionOptions): Promise<InferenceSession> {
  const session = await create(graph, { ...options, logSeverityLevel: 0, extra: {} });
  writeSync(stderr, `\n${PLACED}\n`);
  if (!session.inputNames.includes(LEARNING_RATE)) return session;
  const run = session.run.bind(session) as (feeds: InferenceSession.FeedsType) => Promise<InferenceSession.ReturnType>;
  const watchedRun = async (feeds: InferenceSession.FeedsType) => {
    const outputs = await run(feeds);
    crossing.in = onProcessor(feeds);
    crossing.out = onProcessor(outputs);
    return outputs;
  };
  return Object.assign(session, { run: watchedRun });
}

const onProcessor = (values: InferenceSession.OnnxValueMapType): Record<string, number> =>
  Object.fromEntries(
    Object.entries(values)
      .map(([name, value]) => [name, value as Tensor] as const)
      .filter(([, { location }]) => location === 'cpu')
      .map(([name, { data }]) => [name, (data as Float32Array).byteLength]),
  );

Object.assign(InferenceSession, { create: watched });
const { network, weights, batches } = readExercise(process.argv[2]);
const { batchSize, learningRate } = network.spec.training;
const trainer = await createOnnxEngine('webgpu').compile({ network, batchSize, frozen: 0, threads: 1, weights });
for (let step = 0; step < STEPS; step++) await trainer.step(batches[step], learningRate * 1e-2);
await trainer.dispose();
console.log(JSON.stringify(crossing satisfies Crossing));

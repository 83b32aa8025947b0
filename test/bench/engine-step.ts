import { createInterface } from 'node:readline';
import { homeFolder } from '../../src-main/app/home.ts';
import type { Engine } from '../../src-main/engine/engine.ts';
import type { EngineName } from '../../src-main/common/choices.ts';
import { loadEngine } from '../../src-main/engine/select.ts';
import type { TensorflowEngine } from '../../src-main/engine/tensorflow/engine.ts';
import type { Losses, Request } from './contestant.ts';
import { readExercise } from './exercise.ts';
import { convolution, matrixProduct } from './kernels.ts';

/**
 * One engine of Transplant at work on an exercise, the peer of torch_step.py: says who it is, then answers requests
 * (contestant.ts), one line each.
 *
 * usage: engine-step.ts ENGINE EXERCISE THREADS
 */
const [name, file, threadsText] = process.argv.slice(2);
const threads = Number(threadsText);
const say = (answer: unknown) => console.log(JSON.stringify(answer));

// What was added to the home folder of whoever runs this counts as found.
const engine = await loadEngine(name as EngineName, { home: homeFolder(), threads });
const reason = whyTooSlow(engine);
if (reason !== undefined) {
  say({ missing: reason });
  process.exit(0);
}
const { network, weights, batches } = readExercise(file);
const { batchSize, learningRate } = network.spec.training;
const trainer = await engine.compile({ network, batchSize, frozen: 0, threads, weights });
say({ version: engine.version });

/** Turns before time counts: whoever waited for the others of its block begins cold, and a training doesn't wait. */
const WARM = 2;
/** Timed steps hardly move the weights: a network that knew four batches by heart would compute on zeros. */
const TIMED_RATE = learningRate * 1e-4;
const work = {
  step: async (turn: number) => {
    await trainer.step(batches[turn % batches.length], TIMED_RATE);
    return batchSize;
  },
  evaluate: async (turn: number) => {
    await trainer.evaluate(batches[turn % batches.length]);
    return batchSize;
  },
};
const kernels = [await matrixProduct(threads), await convolution(threads)];

for await (const line of createInterface({ input: process.stdin })) {
  const request = JSON.parse(line) as Request;
  say(await answer(request));
}
await trainer.dispose();
process.exit(0);

/**
 * At rates that the first steps of a training bear without a warm-up; beyond them, rounding grows without bounds. They change
 * with each step, as momentum may have them in itself or not.
 */
async function losses(steps: number): Promise<Losses> {
  const all: number[] = [];
  for (let i = 0; i < steps; i++) {
    const { loss } = await trainer.step(batches[i % batches.length], learningRate / (100 + 100 * i));
    all.push(loss);
  }
  return { losses: all, evaluation: (await trainer.evaluate(batches[0])).loss };
}

async function answer(request: Request): Promise<unknown> {
  if (request.do === 'losses') return losses(request.steps);
  if (request.do !== 'multiply') return { perSecond: await rate(work[request.do], request.seconds) };
  const perSecond = [];
  for (const kernel of kernels) perSecond.push(await rate(kernel, request.seconds / kernels.length));
  return { perSecond: Math.max(...perSecond) };
}

async function rate(once: (turn: number) => Promise<number>, seconds: number): Promise<number> {
  for (let turn = 0; turn < WARM; turn++) await once(turn);
  const began = performance.now();
  let done = 0;
  let elapsed = 0;
  for (let turn = 0; elapsed < seconds; turn++) {
    done += await once(turn);
    elapsed = (performance.now() - began) / 1000;
  }
  return done / elapsed;
}

/** TensorFlow.js without its native part needs minutes for one step. */
function whyTooSlow(engine: Engine): string | undefined {
  const { backend, reason } = engine as Partial<TensorflowEngine>;
  return backend === 'cpu' ? reason : undefined;
}

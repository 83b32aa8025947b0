import { mkdtempSync, rmSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { createOnnxEngine } from '../../src-main/engine/onnx/engine.ts';
import { BUILT_IN_NETWORKS } from '../../src-main/network/built-in.ts';
import { CheckpointWriter } from '../../src-main/engine/trainer/checkpoint-writer.ts';
import { resolveNetwork } from '../../src-main/network/network.ts';
import { initialWeights } from '../../src-main/network/weights.ts';
import { writeCheckpoint } from '../../src-main/store/checkpoints.ts';

/**
 * What a checkpoint of the paper's network costs its training, in steps: steps alone, then steps while a checkpoint is
 * written in the background, then a checkpoint that is waited for. Prints one JSON object. usage: data-checkpoint.ts BATCH ROUNDS
 */
const [batchSize, rounds] = process.argv.slice(2).map(Number);
const network = resolveNetwork(BUILT_IN_NETWORKS.get('alexnet')!, 1000);
const trainer = await createOnnxEngine().compile({
  ...{ network, batchSize, frozen: 0, threads: availableParallelism() },
  weights: initialWeights(network, 'bench'),
});
const batch = {
  images: new Float32Array(batchSize * 3 * 227 ** 2).fill(1),
  labels: new Int32Array(batchSize),
  dropoutMasks: [1, 2].map(() => new Float32Array(batchSize * 4096).fill(1)),
};
const step = async () => {
  await trainer.step(batch, 1e-6);
  await setImmediate();
};
async function secondsOf(work: () => Promise<unknown>): Promise<number> {
  const began = performance.now();
  await work();
  return (performance.now() - began) / 1000;
}
const copy = async () => ({ weights: await trainer.weights(), momentum: await trainer.momentum(), metadata: {} });
const median = (values: number[]) => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)];

const folder = mkdtempSync(join(tmpdir(), 'transplant-bench-'));
const writing = new CheckpointWriter({ folder, onWritten: () => {} });
const [alone, stalls, beside, stepsBeside, waited]: number[][] = [[], [], [], [], []];
await step();
for (let round = 0; round < rounds; round++) {
  for (let i = 0; i < 3; i++) alone.push(await secondsOf(step));
  stalls.push(await secondsOf(async () => writing.write(round, await copy())));
  let steps = 0;
  while (writing.isUnderWay) {
    beside.push(await secondsOf(step));
    steps += 1;
  }
  stepsBeside.push(steps);
  waited.push(await secondsOf(async () => writeCheckpoint(join(folder, 'waited'), round, await copy())));
}
await trainer.dispose();
rmSync(folder, { recursive: true });
console.log(
  JSON.stringify({
    batchSize,
    stepSeconds: median(alone),
    /** In steps. */
    stall: median(stalls) / median(alone),
    stepBeside: median(beside) / median(alone),
    stepsBeside: median(stepsBeside),
    waited: median(waited) / median(alone),
  }),
);
process.exit(0);

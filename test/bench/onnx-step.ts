import { readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { createOnnxEngine } from '../../src-main/engine/onnx/engine.ts';
import { resolveNetwork } from '../../src-main/network/network.ts';
import type { NetworkSpec } from '../../src-main/network/spec.ts';
import { initialWeights } from '../../src-main/network/weights.ts';
import { RandomStream } from '../../src-main/random.ts';

/**
 * One SGD step of the onnx engine, timed: the peer of torch_step.py, with the same protocol on standard input and output.
 * usage: onnx-step.ts SPEC.json THREADS BLOCKS STEPS
 */
const [file, threads, blocks, steps] = process.argv.slice(2);
const { classes, ...spec } = JSON.parse(readFileSync(file, 'utf8')) as NetworkSpec & { classes: number };
const network = resolveNetwork(spec, classes);
const batchSize = spec.training.batchSize;

const stream = new RandomStream(1, 'bench');
const floats = (count: number, draw: () => number) => Float32Array.from({ length: count }, draw);
const batch = {
  images: floats(batchSize * 3 * spec.inputSize ** 2, () => stream.gaussian()),
  labels: Int32Array.from({ length: batchSize }, () => stream.integer(classes)),
  dropoutMasks: network.layers
    .filter((layer) => layer.spec.type === 'dropout')
    .map((layer) =>
      floats(batchSize * layer.output[0] * layer.output[1] * layer.output[2], () => 2 * stream.integer(2)),
    ),
};

const engine = createOnnxEngine();
const trainer = await engine.compile({
  network,
  batchSize,
  frozen: 0,
  threads: Number(threads),
  weights: initialWeights(network, 'bench'),
});
const { learningRate } = spec.training;
for (let i = 0; i < 3; i++) await trainer.step(batch, learningRate);
console.log('ready', engine.version);
const lines = createInterface({ input: process.stdin })[Symbol.asyncIterator]();
for (let block = 0; block < Number(blocks); block++) {
  await lines.next();
  const began = performance.now();
  for (let i = 0; i < Number(steps); i++) await trainer.step(batch, learningRate);
  const seconds = (performance.now() - began) / 1000;
  console.log(JSON.stringify({ imagesPerSecond: (Number(steps) * batchSize) / seconds }));
}
await trainer.dispose();
process.exit(0);

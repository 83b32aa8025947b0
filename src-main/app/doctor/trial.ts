/**
 * A process that doctor starts: it loads one library, does a little real work with it and answers with one IPC message.
 * A native library that crashes ends only this process.
 */
import type { Engine } from '../../engine/engine.ts';
import type { EngineName } from '../../common/choices.ts';
import { loadEngine } from '../../engine/select.ts';
import { messageOf } from '../../errors.ts';
import { resolveNetwork } from '../../network/network.ts';
import { networkSchema } from '../../network/spec.ts';
import { initialWeights } from '../../network/weights.ts';
import { IMAGE_FORMATS, type Trial, type TrialSubject } from './subjects.ts';

const TRIALS: Record<TrialSubject, () => Promise<Trial>> = {
  images: decodeImages,
  onnx: () => train('onnx'),
  'onnx-webgpu': () => train('onnx-webgpu'),
  'onnx-cuda': () => train('onnx-cuda'),
  tensorflow: () => train('tensorflow'),
};

/** Encodes and decodes one tiny picture in each format. */
async function decodeImages(): Promise<Trial> {
  const { default: sharp } = await import('sharp');
  const decodes: string[] = [];
  for (const format of IMAGE_FORMATS) {
    const picture = sharp({ create: { width: 16, height: 16, channels: 3, background: 'teal' } });
    const decoded = picture
      .toFormat(format.id)
      .toBuffer()
      .then((bytes) => sharp(bytes).raw().toBuffer());
    if (await decoded.then((pixels) => pixels.length >= 16 * 16 * 3).catch(() => false)) decodes.push(format.name);
  }
  return { version: `sharp ${sharp.versions.sharp}`, decodes };
}

const BATCH = 2;
const CLASSES = 2;

/** A convolution, a residual block with batch norm and a depthwise convolution, and attention, as small as they come. */
const spec = networkSchema.parse({
  name: 'trial',
  inputSize: 4,
  layers: [
    { type: 'conv', name: 'conv1', filters: 4, kernel: 3, pad: 1 },
    { type: 'relu' },
    {
      type: 'residual',
      name: 'block',
      branch: [
        { type: 'conv', name: 'depthwise', filters: 8, kernel: 3, pad: 1, groups: 4, bias: false },
        { type: 'batch-norm', name: 'norm' },
        { type: 'hard-swish' },
        { type: 'conv', name: 'project', filters: 4, kernel: 1 },
      ],
    },
    { type: 'reshape', shape: [4, -1] },
    { type: 'transpose', order: [1, 0] },
    { type: 'layer-norm', name: 'norm' },
    { type: 'attention', name: 'attention', width: 4, heads: 2 },
    { type: 'dense', name: 'fc' },
  ],
  training: {
    batchSize: BATCH,
    epochs: 1,
    learningRate: 0.05,
    momentum: 0.9,
    weightDecay: 0,
    schedule: { kind: 'cosine' },
    warmUp: 0,
    cropPadding: 0,
    mirror: false,
  },
});

/** What the processor and another device may differ by, of a loss: float32 leaves far less. */
const TOLERANCE = 1e-3;

/** Trains a small network in two steps; fails where the losses are not those of the engine onnx. */
async function train(name: EngineName): Promise<Trial> {
  const engine: Engine & { readonly gpu?: boolean; readonly reason?: string } = await loadEngine(name, { home });
  const losses = await lossesOf(engine);
  if (!losses.every(Number.isFinite)) throw new Error('the loss of a training step is not a number');
  if (name !== 'onnx') {
    const expected = await lossesOf(await loadEngine('onnx'));
    if (losses.some((loss, step) => Math.abs(loss - expected[step]) > TOLERANCE * expected[step]))
      throw new Error('its numbers are not those of the engine onnx');
  }
  return { version: engine.version, gpu: engine.gpu, reason: engine.reason };
}

/** Those of two steps, of which the second knows the gradients of the first, and of an evaluation. */
async function lossesOf(engine: Engine): Promise<number[]> {
  const network = resolveNetwork(spec, CLASSES);
  const weights = initialWeights(network, 'doctor');
  const trainer = await engine.compile({ network, batchSize: BATCH, frozen: 0, threads: 1, weights });
  const images = Float32Array.from({ length: BATCH * 3 * spec.inputSize ** 2 }, (_, i) => (i % 7) - 3);
  const batch = { images, labels: Int32Array.of(0, 1), dropoutMasks: [] };
  const losses: number[] = [];
  for (const _step of [1, 2]) losses.push((await trainer.step(batch, spec.training.learningRate)).loss);
  losses.push((await trainer.evaluate(batch)).loss);
  await trainer.dispose();
  return losses;
}

const [subject, home] = process.argv.slice(2);
let answer: Trial;
try {
  answer = await TRIALS[subject as TrialSubject]();
} catch (error) {
  answer = { failure: messageOf(error) };
}
process.send!(answer, () => process.disconnect());

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

/** Runs one training step of a small network with a convolution, a ReLU and a dense layer. */
async function train(name: EngineName): Promise<Trial> {
  const engine: Engine & { readonly gpu?: boolean; readonly reason?: string } = await loadEngine(name, { home });
  const spec = networkSchema.parse({
    name: 'trial',
    inputSize: 4,
    layers: [
      { type: 'conv', name: 'conv1', filters: 2, kernel: 3, pad: 1 },
      { type: 'relu' },
      { type: 'dense', name: 'fc2' },
    ],
    training: {
      batchSize: 2,
      epochs: 1,
      learningRate: 0.01,
      momentum: 0.9,
      weightDecay: 0,
      schedule: { kind: 'cosine' },
      warmUp: 0,
      cropPadding: 0,
      mirror: false,
    },
  });
  const network = resolveNetwork(spec, 2);
  const weights = initialWeights(network, 'doctor');
  const trainer = await engine.compile({ network, batchSize: 2, frozen: 0, threads: 1, weights });
  const images = Float32Array.from({ length: 2 * 3 * 4 * 4 }, (_, i) => (i % 7) - 3);
  const { loss } = await trainer.step({ images, labels: Int32Array.of(0, 1), dropoutMasks: [] }, 0.01);
  await trainer.dispose();
  if (!Number.isFinite(loss)) throw new Error('the loss of a training step is not a number');
  return { version: engine.version, gpu: engine.gpu, reason: engine.reason };
}

const [subject, home] = process.argv.slice(2);
let answer: Trial;
try {
  answer = await TRIALS[subject as TrialSubject]();
} catch (error) {
  answer = { failure: messageOf(error) };
}
process.send!(answer, () => process.disconnect());

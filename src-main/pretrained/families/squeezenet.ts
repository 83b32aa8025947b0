import { UserError } from '../../errors.ts';
import { relu } from '../../network/resnet.ts';
import type { EntryInput } from '../../network/spec.ts';
import { finetuningBySgd } from '../fine-tuning.ts';
import type { Family } from './family.ts';
import { globalPool, Shaped } from './layers.ts';
import { IMAGENET } from './pixels.ts';

const pool: EntryInput = { type: 'pool', mode: 'max', kernel: 3, stride: 2, ceil: true };

/** Squeezes to few channels and expands them by filters of 1x1 and of 3x3 (figure 2). */
const fire = (shaped: Shaped, name: string): EntryInput => {
  const of = shaped.in(name);
  return {
    type: 'block',
    name,
    layers: [
      of.conv('squeeze'),
      { type: 'relu', name: 'squeezed' },
      of.conv('expand1x1'),
      { type: 'relu', name: 'pixels' },
      { ...of.conv('expand3x3'), inputs: ['squeezed'] },
      { type: 'relu', name: 'windows' },
      { type: 'concat', inputs: ['pixels', 'windows'] },
    ],
  };
};

/**
 * SqueezeNet 1.0 and 1.1 (Iandola et al. 2016, arXiv 1602.07360). Numbers in `features` count ReLU and pooling too. Its classes
 * are means of a last convolution above zero; they are read through a dense layer that passes them on.
 */
export const squeezenet: Family = (given, hints) => {
  const shaped = new Shaped(given);
  if (!shaped.has('features.0.weight') || !shaped.has('features.3.squeeze.weight')) return undefined;
  const places = [
    ...new Set([...given.keys()].flatMap((name) => /^features\.(\d+)\.squeeze/.exec(name)?.[1] ?? [])),
  ].map(Number);
  const body: EntryInput[] = [];
  for (let place = 3; place <= Math.max(...places); place++)
    body.push(places.includes(place) ? fire(shaped, `features.${place}`) : pool);
  const hasHead = shaped.has('classifier.1.weight');
  if (!hasHead) throw new UserError('it is a SqueezeNet without its last convolution, classifier.1');
  const [classes] = shaped.shape('classifier.1.weight');
  const size = hints.size ?? 224;
  return {
    name: `squeezenet1_${shaped.shape('features.0.weight')[2] === 7 ? 0 : 1}`,
    names: 'torchvision',
    layers: [
      shaped.conv('features.0', { stride: 2, pad: 0 }),
      relu,
      pool,
      ...body,
      { type: 'dropout', rate: 0.5 },
      shaped.conv('classifier.1'),
      relu,
      globalPool,
      shaped.head('classifier.passed'),
    ],
    tensors: new Map([
      ...given,
      ['classifier.passed.weight', { shape: [classes, classes], read: () => identity(classes) }],
      ['classifier.passed.bias', { shape: [classes], read: () => new Float32Array(classes) }],
    ]),
    training: finetuningBySgd(size),
    pixels: { ...IMAGENET, size, crop: 0.875, interpolation: 'bilinear', from: 'family' },
    notes: [
      'A SqueezeNet has no dense layer at its end; one is added that passes its classes on, so that there is one to replace.',
    ],
  };
};

const identity = (size: number): Float32Array => {
  const values = new Float32Array(size ** 2);
  for (let i = 0; i < size; i++) values[i * (size + 1)] = 1;
  return values;
};

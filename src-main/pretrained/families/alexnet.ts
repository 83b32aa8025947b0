import { UserError } from '../../errors.ts';
import { relu } from '../../network/resnet.ts';
import type { EntryInput } from '../../network/spec.ts';
import { finetuningBySgd } from '../fine-tuning.ts';
import type { Family } from './family.ts';
import { Shaped } from './layers.ts';
import { IMAGENET } from './pixels.ts';

const pool: EntryInput = { type: 'pool', mode: 'max', kernel: 3, stride: 2 };
const dropout: EntryInput = { type: 'dropout', rate: 0.5 };

/** AlexNet as in "One weird trick" (Krizhevsky 2014, arXiv 1404.5997): 64 filters below, no groups, no normalisation. */
export const alexnet: Family = (tensors, hints) => {
  const shaped = new Shaped(tensors);
  if (!shaped.has('features.0.weight') || !shaped.has('features.10.weight') || !shaped.has('classifier.1.weight'))
    return undefined;
  if (shaped.shape('features.0.weight').slice(1).join() !== '3,11,11') return undefined;
  const size = hints.size ?? 224;
  if (size !== 224)
    throw new UserError(`it is an AlexNet whose dense layers read images of 224 pixels alone, not of ${size}`);
  return {
    name: 'alexnet',
    names: 'torchvision',
    layers: [
      shaped.conv('features.0', { stride: 4, pad: 2 }),
      relu,
      pool,
      shaped.conv('features.3'),
      relu,
      pool,
      shaped.conv('features.6'),
      relu,
      shaped.conv('features.8'),
      relu,
      shaped.conv('features.10'),
      relu,
      pool,
      dropout,
      shaped.dense('classifier.1'),
      relu,
      dropout,
      shaped.dense('classifier.4'),
      relu,
      shaped.head('classifier.6'),
    ],
    tensors,
    training: finetuningBySgd(size),
    pixels: { ...IMAGENET, size, crop: 0.875, interpolation: 'bilinear', from: 'family' },
  };
};

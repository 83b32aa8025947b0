import { UserError } from '../../errors.ts';
import { blocks, conv, downsample, head, norm } from '../../network/convnext.ts';
import type { EntryInput } from '../../network/spec.ts';
import { finetuningByAdamw } from '../fine-tuning.ts';
import type { Pixels } from '../network-of-file.ts';
import type { NamedTensors } from '../tensors.ts';
import { WITH_GRAPH, type Family } from './family.ts';
import { globalPool, renamed, Shaped } from './layers.ts';
import { IMAGENET } from './pixels.ts';

/** ConvNeXt (Liu et al. 2022, arXiv 2201.03545) under the names of timm, of its authors, of torchvision or of transformers. */
export const convnext: Family = (given, hints) => {
  const [names, tensors] = namedAsTimm(given);
  const shaped = new Shaped(tensors);
  if (!shaped.has('stem.0.weight') || !shaped.has('stages.0.blocks.0.conv_dw.weight')) return undefined;
  const [width, , kernel] = shaped.shape('stem.0.weight', 4);
  if (kernel !== 4)
    throw new UserError(`its first convolution is of ${kernel}x${kernel}, which is no ConvNeXt's; ${WITH_GRAPH}`);
  const stages = Array.from({ length: shaped.count('stages.') }, (_, stage) => {
    const name = `stages.${stage}`;
    const [channels] = shaped.shape(`${name}.blocks.0.conv_dw.weight`, 4);
    return { name, channels, times: shaped.count(`${name}.blocks.`) };
  });
  const body = stages.flatMap(({ name, channels, times }, stage): EntryInput[] => [
    ...(stage > 0 ? downsample(name, channels) : []),
    blocks(`${name}.blocks`, channels, times),
  ]);
  const size = hints.size ?? 224;
  const crop: Pick<Pixels, 'crop' | 'interpolation'> =
    names === 'torchvision' ? { crop: 0.96, interpolation: 'bilinear' } : { crop: 0.875, interpolation: 'bicubic' };
  return {
    name: nameOf(
      width,
      stages.map(({ times }) => times),
    ),
    names,
    layers: [
      conv('stem.0', width, kernel, kernel),
      norm('stem.1'),
      ...body,
      globalPool,
      norm('head.norm'),
      head('head.fc'),
    ],
    tensors,
    training: finetuningByAdamw(size),
    pixels: { ...IMAGENET, size, ...crop, from: 'family' },
  };
};

/** The published ones by width; small has more blocks than tiny. */
function nameOf(width: number, depths: readonly number[]): string {
  const size = {
    40: 'atto',
    48: 'femto',
    64: 'pico',
    80: 'nano',
    96: depths[2] > 9 ? 'small' : 'tiny',
    128: 'base',
    192: 'large',
  };
  return `convnext_${width in size ? size[width as keyof typeof size] : width}`;
}

function namedAsTimm(given: NamedTensors): [names: string, tensors: NamedTensors] {
  if (given.has('downsample_layers.0.0.weight')) return ['its authors', renamed(given, fromAuthors)];
  if (given.has('features.1.0.block.0.weight')) return ['torchvision', renamed(given, fromTorchvision)];
  const inner = renamed(given, (name) => name.replace(/^convnext\./, ''));
  if (inner.has('embeddings.patch_embeddings.weight')) return ['transformers', renamed(inner, fromTransformers)];
  return ['timm', given];
}

const fromAuthors = (name: string): string =>
  name
    .replace(/^downsample_layers\.0\./, 'stem.')
    .replace(/^downsample_layers\.(\d+)\./, 'stages.$1.downsample.')
    .replace(/^stages\.(\d+)\.(\d+)\./, 'stages.$1.blocks.$2.')
    .replace('.dwconv.', '.conv_dw.')
    .replace('.pwconv', '.mlp.fc')
    .replace(/^norm\./, 'head.norm.')
    .replace(/^head\.(?=weight|bias)/, 'head.fc.');

const fromTransformers = (name: string): string =>
  name
    .replace(/^embeddings\.patch_embeddings\./, 'stem.0.')
    .replace(/^embeddings\.layernorm\./, 'stem.1.')
    .replace(/^encoder\.stages\.(\d+)\.downsampling_layer\./, 'stages.$1.downsample.')
    .replace(/^encoder\.stages\.(\d+)\.layers\.(\d+)\./, 'stages.$1.blocks.$2.')
    .replace('.dwconv.', '.conv_dw.')
    .replace('.layernorm.', '.norm.')
    .replace('.pwconv', '.mlp.fc')
    .replace('.layer_scale_parameter', '.gamma')
    .replace(/^layernorm\./, 'head.norm.')
    .replace(/^classifier\./, 'head.fc.');

/** Stages have odd numbers, and between them stands what makes images smaller. */
const fromTorchvision = (name: string): string =>
  name
    .replace(/^features\.0\./, 'stem.')
    .replace(
      /^features\.(\d+)\.(\d+)\.(?=block|layer_scale)/,
      (_, at: string, block: string) => `stages.${(Number(at) - 1) / 2}.blocks.${block}.`,
    )
    .replace(/^features\.(\d+)\./, (_, at: string) => `stages.${Number(at) / 2}.downsample.`)
    .replace('.block.0.', '.conv_dw.')
    .replace('.block.2.', '.norm.')
    .replace('.block.3.', '.mlp.fc1.')
    .replace('.block.5.', '.mlp.fc2.')
    .replace('.layer_scale', '.gamma')
    .replace('classifier.0.', 'head.norm.')
    .replace('classifier.2.', 'head.fc.');

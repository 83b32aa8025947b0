import { UserError } from '../../errors.ts';
import { relu, zeros as withZeros } from '../../network/resnet.ts';
import type { EntryInput } from '../../network/spec.ts';
import { finetuningBySgd } from '../fine-tuning.ts';
import type { Pixels } from '../network-of-file.ts';
import type { NamedTensors } from '../tensors.ts';
import { WITH_GRAPH, type Family, type Hints } from './family.ts';
import { batchNorm, globalPool, renamed, Shaped } from './layers.ts';
import { CIFAR10, IMAGENET } from './pixels.ts';

/**
 * Residual networks (He et al. 2015, arXiv 1512.03385), also of grouped and of wide convolutions (Xie et al. 2017; Zagoruyko and
 * Komodakis 2016). Names are torchvision's, which timm shares; CIFAR code says `linear` and `shortcut`, transformers nests them.
 * Strides are 2 in the 3x3 convolution of each stage's first block, as in all of these.
 */
export const resnet: Family = (given, hints) => {
  const names =
    given.has('embedder.embedder.convolution.weight') || given.has('resnet.embedder.embedder.convolution.weight');
  const tensors = renamed(given, names ? fromTransformers : fromCifar);
  const shaped = new Shaped(tensors);
  if (!shaped.has('conv1.weight') || !shaped.has('layer1.0.conv1.weight')) return undefined;
  // These smooth images before they halve them, without weights.
  if (/resnet(?:aa|blur)/.test(hints.name))
    throw new UserError(`it is a resnetaa or resnetblur, which computes more than its weights tell; ${WITH_GRAPH}`);
  const [width, , kernel] = shaped.shape('conv1.weight', 4);
  const isSmall = kernel === 3;
  const stages = shaped.count('layer', 1);
  const blocks = Array.from({ length: stages }, (_, stage) => shaped.count(`layer${stage + 1}.`));
  let channels = width;
  const body: EntryInput[] = [];
  for (const [stage, number] of blocks.entries())
    for (let block = 0; block < number; block++) {
      const name = `layer${stage + 1}.${block}`;
      const of = shaped.in(name);
      const stride = block === 0 && stage > 0 ? 2 : 1;
      const branch = of.has('conv3.weight') ? bottleneck(of, stride) : basic(of, stride);
      const [filters] = of.shape(of.has('conv3.weight') ? 'conv3.weight' : 'conv2.weight', 4);
      const shortcut = shortcutOf(of, stride, channels, filters);
      body.push({ type: 'residual', name, branch, ...(shortcut && { shortcut }), after: [relu] });
      channels = filters;
    }
  const { size, ...pixels } = pixelsOf(given, hints, isSmall, stages);
  const isDeep = shaped.has('layer1.0.conv3.weight');
  const inner = shaped.shape('layer1.0.conv1.weight')[0];
  const isGrouped = shaped.shape('layer1.0.conv2.weight')[1] < inner;
  const kind = isGrouped ? 'resnext' : isDeep && inner > width ? 'wide_resnet' : 'resnet';
  const convolutions = blocks.reduce((sum, number) => sum + number, 0) * (isDeep ? 3 : 2);
  return {
    name: `${kind}${convolutions + 2}`,
    names: names ? 'transformers' : given.has('linear.weight') ? 'CIFAR code' : 'torchvision, timm',
    layers: [
      shaped.conv('conv1', { stride: isSmall ? 1 : 2 }),
      batchNorm('bn1'),
      relu,
      ...(isSmall ? [] : [{ type: 'pool' as const, mode: 'max' as const, kernel: 3, stride: 2, pad: 1 }]),
      ...body,
      globalPool,
      shaped.head('fc'),
    ],
    tensors,
    training: finetuningBySgd(size),
    pixels: { size, ...pixels },
    notes: isSmall
      ? [
          'Its first convolution is of 3x3, so it is taken as one for small images: of stride 1, and without pooling above it.',
        ]
      : [],
  };
};

/** Two convolutions of 3x3 (figure 5 left). */
const basic = (of: Shaped, stride: number): EntryInput[] => [
  of.conv('conv1', { stride }),
  batchNorm('bn1'),
  relu,
  of.conv('conv2'),
  batchNorm('bn2'),
];

/** 1x1, 3x3, perhaps in groups, and 1x1 (figure 5 right). */
function bottleneck(of: Shaped, stride: number): EntryInput[] {
  const [, inGroup] = of.shape('conv2.weight', 4);
  const groups = of.shape('conv1.weight', 4)[0] / inGroup;
  return [
    of.conv('conv1'),
    batchNorm('bn1'),
    relu,
    of.conv('conv2', { stride, groups }),
    batchNorm('bn2'),
    relu,
    of.conv('conv3'),
    batchNorm('bn3'),
  ];
}

/** Undefined: the block's input itself. */
function shortcutOf(of: Shaped, stride: number, channels: number, filters: number): EntryInput[] | undefined {
  if (of.has('downsample.0.weight')) return [of.conv('downsample.0', { stride }), batchNorm('downsample.1')];
  if (stride === 1 && channels === filters) return undefined;
  return withZeros(channels, filters);
}

/** The best-known code for CIFAR (of its `linear` without projections) reads pixels scaled by ImageNet's mean and deviation. */
function pixelsOf(given: NamedTensors, { size }: Hints, isSmall: boolean, stages: number): Pixels {
  if (!isSmall) return { ...IMAGENET, size: size ?? 224, crop: 0.875, interpolation: 'bilinear', from: 'family' };
  const small = { size: size ?? 32, from: 'assumed' } as const;
  const isPaper = [...given.keys()].some((name) => /^linear\./.test(name)) && stages === 3;
  return isPaper ? { ...IMAGENET, ...small, from: 'family' } : { ...CIFAR10, ...small };
}

const fromCifar = (name: string): string => name.replace(/^linear\./, 'fc.').replace('.shortcut.', '.downsample.');

const fromTransformers = (name: string): string =>
  name
    .replace(/^resnet\./, '')
    .replace(/^embedder\.embedder\./, 'stem.')
    .replace(/^encoder\.stages\.(\d+)\.layers\./, (_, stage: string) => `layer${Number(stage) + 1}.`)
    .replace(/\.layer\.(\d+)\./, (_, place: string) => `.${Number(place) + 1}.`)
    .replace(/\.shortcut\.convolution/, '.downsample.0')
    .replace(/\.shortcut\.normalization/, '.downsample.1')
    .replace(/^stem\.convolution|(?<=\.)(\d)\.convolution/, (_, place = '1') => `conv${place}`)
    .replace(/^stem\.normalization|(?<=\.)(\d)\.normalization/, (_, place = '1') => `bn${place}`)
    .replace(/^classifier\.1\./, 'fc.');

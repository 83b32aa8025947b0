import { finetuningBySgd } from '../fine-tuning.ts';
import type { Pixels } from '../network-of-file.ts';
import type { NamedTensors } from '../tensors.ts';
import type { Family } from './family.ts';
import { acting, blockNames, blocksOf, byStage, checkStages, Mobile, withLayers } from './inverted-residuals.ts';
import { globalPool, Shaped } from './layers.ts';
import { IMAGENET } from './pixels.ts';

/** Of each stage (Sandler et al. 2018, arXiv 1801.04381, table 2). */
const STRIDES = [1, 2, 2, 2, 1, 2, 1];
const BLOCKS = [1, 2, 3, 4, 3, 3, 1];

/** MobileNetV2, under torchvision's names or timm's. */
export const mobilenetV2: Family = (given, hints) => {
  const isTorchvision = given.has('features.1.conv.0.0.weight') && given.has('features.0.0.weight');
  if (
    !isTorchvision &&
    !(given.has('blocks.0.0.conv_dw.weight') && given.has('conv_head.weight') && given.has('bn2.weight'))
  )
    return undefined;
  const tensors = isTorchvision ? fromTorchvision(given) : given;
  const blocks = blocksOf(tensors);
  checkStages(
    blocks,
    STRIDES.map((_, stage) => ({ kernel: 3, weighs: false, ...(stage > 0 && { expansion: 6 }) })),
    'MobileNetV2',
  );
  const interpolation = isTorchvision ? 'bilinear' : 'bicubic';
  const pixels: Pixels = { ...IMAGENET, size: hints.size ?? 224, crop: 0.875, interpolation, from: 'family' };
  const shaped = new Shaped(tensors);
  const mobile = new Mobile(tensors, pixels.size, {
    norm: {},
    padding: 'even',
    squeeze: { activation: 'relu', gate: 'sigmoid' },
  });
  return {
    name: 'mobilenet_v2',
    names: isTorchvision ? 'torchvision' : 'timm',
    layers: [
      ...mobile.stem('relu6'),
      ...mobile.blocks(
        blocks,
        STRIDES.map((stride) => ({ stride, activation: 'relu6' })),
      ),
      shaped.conv('conv_head'),
      mobile.norm('bn2'),
      acting('relu6'),
      globalPool,
      shaped.head('classifier'),
    ],
    tensors,
    training: finetuningBySgd(pixels.size),
    pixels,
  };
};

function fromTorchvision(given: NamedTensors): NamedTensors {
  const last = new Shaped(given).count('features.') - 1;
  const names: [string, string][] = [
    ['features.0.0', 'conv_stem'],
    ['features.0.1', 'bn1'],
    [`features.${last}.0`, 'conv_head'],
    [`features.${last}.1`, 'bn2'],
    ['classifier.1', 'classifier'],
  ];
  for (let block = 1; block < last; block++)
    for (const [from, to] of blockNames(given, `features.${block}.conv`))
      names.push([from, `blocks.${block - 1}.${to}`]);
  return byStage(withLayers(given, names), [BLOCKS]);
}

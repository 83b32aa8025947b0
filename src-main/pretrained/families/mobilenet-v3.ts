import { finetuningBySgd } from '../fine-tuning.ts';
import type { Pixels } from '../network-of-file.ts';
import type { NamedTensors } from '../tensors.ts';
import { isOfTensorflow, type Family } from './family.ts';
import {
  acting,
  blockNames,
  blocksOf,
  byStage,
  checkStages,
  Mobile,
  withLayers,
  type Stage,
} from './inverted-residuals.ts';
import { globalPool, Shaped } from './layers.ts';
import { IMAGENET, MINUS_ONE_TO_ONE } from './pixels.ts';

interface Published extends Stage {
  readonly kernel: number;
  readonly weighs: boolean;
}
const stage = (kernel: number, stride: number, weighs: boolean, activation: Published['activation']): Published => ({
  ...{ kernel, stride, weighs, activation },
});

/** Howard et al. 2019 (arXiv 1905.02244), tables 1 and 2. */
const LARGE = [
  stage(3, 1, false, 'relu'),
  stage(3, 2, false, 'relu'),
  stage(5, 2, true, 'relu'),
  stage(3, 2, false, 'hard-swish'),
  stage(3, 1, true, 'hard-swish'),
  stage(5, 2, true, 'hard-swish'),
];
const SMALL = [
  stage(3, 2, true, 'relu'),
  stage(3, 2, false, 'relu'),
  stage(5, 2, true, 'hard-swish'),
  stage(5, 1, true, 'hard-swish'),
  stage(5, 2, true, 'hard-swish'),
];

/** Numbers of blocks in stages, of large and small. */
const BLOCKS = [
  [1, 2, 3, 4, 2, 3],
  [1, 2, 3, 2, 3],
];

/** MobileNetV3, large and small, under torchvision's names or timm's; also "minimal", with 3x3 and ReLU alone. */
export const mobilenetV3: Family = (given, hints) => {
  const isTorchvision = given.has('features.1.block.0.0.weight');
  if (!isTorchvision && !(given.has('blocks.0.0.conv_dw.weight') && given.has('conv_head.bias'))) return undefined;
  const tensors = isTorchvision ? fromTorchvision(given) : given;
  const blocks = blocksOf(tensors);
  const isLarge = (blocks.at(-1)?.stage ?? 0) + 1 === LARGE.length;
  const isMinimal = !blocks.some(({ weighs }) => weighs);
  const published = (isLarge ? LARGE : SMALL).map((each) => (isMinimal ? stage(3, each.stride, false, 'relu') : each));
  const name = `mobilenet_v3_${isLarge ? 'large' : 'small'}`;
  checkStages(blocks, published, 'MobileNetV3');
  const isConverted = isOfTensorflow(hints.name);
  const pixels: Pixels = {
    ...(isConverted ? MINUS_ONE_TO_ONE : IMAGENET),
    size: hints.size ?? 224,
    crop: 0.875,
    interpolation: isTorchvision ? 'bilinear' : 'bicubic',
    from: 'family',
  };
  const shaped = new Shaped(tensors);
  const mobile = new Mobile(tensors, pixels.size, {
    norm: isTorchvision || isConverted ? { epsilon: 1e-3, momentum: 0.01 } : {},
    padding: isConverted ? 'same' : 'even',
    squeeze: { activation: 'relu', gate: 'hard-sigmoid' },
  });
  const activation = isMinimal ? 'relu' : 'hard-swish';
  // The last convolution below the mean stands among timm's blocks.
  const last = `blocks.${isLarge ? 6 : 5}.0`;
  return {
    name,
    names: isTorchvision ? 'torchvision' : 'timm',
    layers: [
      ...mobile.stem(activation),
      ...mobile.blocks(blocks, published),
      shaped.conv(`${last}.conv`),
      mobile.norm(`${last}.bn1`),
      acting(activation),
      globalPool,
      shaped.dense('conv_head'),
      acting(activation),
      shaped.head('classifier'),
    ],
    tensors,
    training: finetuningBySgd(pixels.size),
    pixels,
    notes:
      isTorchvision || /mobilenet/.test(hints.name)
        ? []
        : ['Whether it was converted from TensorFlow is not in the file; it is taken as not.'],
  };
};

function fromTorchvision(given: NamedTensors): NamedTensors {
  const last = new Shaped(given).count('features.') - 1;
  const names: [string, string][] = [
    ['features.0.0', 'conv_stem'],
    ['features.0.1', 'bn1'],
    ['classifier.0', 'conv_head'],
    ['classifier.3', 'classifier'],
  ];
  for (let block = 1; block < last; block++)
    for (const [from, to] of blockNames(given, `features.${block}.block`))
      names.push([from, `blocks.${block - 1}.${to}`]);
  const tensors = byStage(withLayers(given, names), BLOCKS);
  const stages = (blocksOf(tensors).at(-1)?.stage ?? 0) + 1;
  return withLayers(tensors, [
    [`features.${last}.0`, `blocks.${stages}.0.conv`],
    [`features.${last}.1`, `blocks.${stages}.0.bn1`],
  ]);
}

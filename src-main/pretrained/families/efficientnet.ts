import type { NetworkInput } from '../../network/spec.ts';
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
  type Block,
} from './inverted-residuals.ts';
import { globalPool, renamed, Shaped } from './layers.ts';
import { IMAGENET, LITE, MINUS_ONE_TO_ONE } from './pixels.ts';

/** Of each stage (Tan and Le 2019, arXiv 1905.11946, table 1). */
const STRIDES = [1, 2, 2, 2, 1, 2, 1];
const KERNELS = [3, 3, 5, 3, 5, 5, 3];
/** Numbers of blocks in stages, of the smallest. */
const BLOCKS = [1, 2, 2, 3, 3, 4, 1];

/** What its code did beside the weights, by whose names the tensors have. */
interface Code {
  readonly names: string;
  readonly tensors: NamedTensors;
  /** As converted from TensorFlow. */
  readonly isConverted: boolean;
}

/**
 * EfficientNet, and EfficientNet-Lite, which has ReLU6 and weighs no channels (tensorflow/tpu, efficientnet/lite). Names are timm's,
 * torchvision's or those of the package EfficientNet-PyTorch.
 */
export const efficientnet: Family = (given, hints) => {
  const code = codeOf(given, hints.name);
  if (!code) return undefined;
  const { tensors, isConverted } = code;
  const blocks = blocksOf(tensors);
  const isLite = !blocks.some(({ weighs }) => weighs);
  // MobileNetV2 has the same names, and 3x3 alone.
  if (isLite && blocks.every(({ kernel }) => kernel === 3)) return undefined;
  const name = isLite ? 'efficientnet_lite' : 'efficientnet_b';
  checkStages(
    blocks,
    KERNELS.map((kernel, stage) => ({ kernel, weighs: !isLite, ...(isLite && stage > 0 && { expansion: 6 }) })),
    'EfficientNet',
  );
  const number = numberOf(blocks);
  const pixels = pixelsOf(code, number, isLite, hints.size);
  const activation = isLite ? 'relu6' : 'silu';
  const shaped = new Shaped(tensors);
  const mobile = new Mobile(tensors, pixels.size, {
    norm: isConverted ? { epsilon: 1e-3, momentum: 0.01 } : {},
    padding: isConverted ? 'same' : 'even',
    squeeze: { activation, gate: 'sigmoid' },
  });
  const layers: NetworkInput['layers'] = [
    ...mobile.stem(activation),
    ...mobile.blocks(
      blocks,
      STRIDES.map((stride) => ({ stride, activation })),
    ),
    shaped.conv('conv_head'),
    mobile.norm('bn2'),
    acting(activation),
    globalPool,
    shaped.head('classifier'),
  ];
  const isUnsure = code.names === 'timm' && !/efficientnet/.test(hints.name);
  const notes = isUnsure
    ? [
        'Whether it was converted from TensorFlow is not in the file; it is taken as not. Of one that was, name the file tf_efficientnet... as timm does, or keep its config.json beside it.',
      ]
    : [];
  return {
    name: `${name}${number}`,
    names: code.names,
    layers,
    tensors,
    training: finetuningBySgd(pixels.size),
    pixels,
    notes,
  };
};

function codeOf(given: NamedTensors, name: string): Code | undefined {
  if (given.has('blocks.0.0.conv_dw.weight') && given.has('conv_head.weight') && given.has('bn2.weight'))
    return { names: 'timm', tensors: given, isConverted: isOfTensorflow(name) };
  if (given.has('_blocks.0._depthwise_conv.weight'))
    return {
      names: 'EfficientNet-PyTorch',
      tensors: byStage(renamed(given, fromPackage(given)), [BLOCKS]),
      isConverted: true,
    };
  if (given.has('features.1.0.block.0.0.weight'))
    return { names: 'torchvision', tensors: fromTorchvision(given), isConverted: false };
  return undefined;
}

/** 0 to 3, by what the numbers of blocks and the widths are nearest to. */
function numberOf(blocks: readonly Block[]): number {
  if (blocks.length <= 16) return 0;
  if (blocks.length > 23) return 3;
  return blocks.some(({ stage, outputs }) => stage === 2 && outputs > 40) ? 2 : 1;
}

/** Sizes and crops: timm's configurations, and torchvision's transforms. */
function pixelsOf({ names, isConverted }: Code, number: number, isLite: boolean, size: number | undefined): Pixels {
  const byNames =
    names === 'torchvision'
      ? { sizes: [224, 240, 288, 300], crops: [0.875, 0.9375, 1, 0.9375] }
      : isConverted
        ? { sizes: [224, 240, 260, 300], crops: [0.875, 0.882, 0.89, 0.904] }
        : { sizes: [224, 240, 256, 288], crops: [0.875, 0.875, 0.875, 0.875] };
  const scaling = !isLite || !isConverted ? IMAGENET : names === 'timm' ? MINUS_ONE_TO_ONE : LITE;
  return {
    ...scaling,
    size: size ?? byNames.sizes[number],
    crop: byNames.crops[number],
    interpolation: 'bicubic',
    from: 'family',
  };
}

function fromPackage(given: NamedTensors): (name: string) => string {
  const layers: Readonly<Record<string, string>> = {
    ...{ _conv_stem: 'conv_stem', _bn0: 'bn1', _conv_head: 'conv_head', _bn1: 'bn2', _fc: 'classifier' },
  };
  const inBlock = (path: string): Readonly<Record<string, string>> =>
    given.has(`${path}._expand_conv.weight`)
      ? {
          _expand_conv: 'conv_pw',
          _bn0: 'bn1',
          _depthwise_conv: 'conv_dw',
          _bn1: 'bn2',
          _project_conv: 'conv_pwl',
          _bn2: 'bn3',
        }
      : { _depthwise_conv: 'conv_dw', _bn1: 'bn1', _project_conv: 'conv_pw', _bn2: 'bn2' };
  const weighing: Readonly<Record<string, string>> = { _se_reduce: 'se.conv_reduce', _se_expand: 'se.conv_expand' };
  return (name) => {
    const [, block, layer, ending] = /^(_blocks\.\d+)?\.?(_\w+)\.(\w+)$/.exec(name) ?? [];
    const to = block === undefined ? layers[layer] : (inBlock(block)[layer] ?? weighing[layer]);
    return to === undefined ? name : `${block === undefined ? '' : `${block.slice(1)}.`}${to}.${ending}`;
  };
}

function fromTorchvision(given: NamedTensors): NamedTensors {
  const shaped = new Shaped(given);
  const last = shaped.count('features.') - 1;
  const names: [string, string][] = [
    ['features.0.0', 'conv_stem'],
    ['features.0.1', 'bn1'],
    [`features.${last}.0`, 'conv_head'],
    [`features.${last}.1`, 'bn2'],
    ['classifier.1', 'classifier'],
  ];
  for (let stage = 1; stage < last; stage++)
    for (let block = 0; block < shaped.count(`features.${stage}.`); block++)
      for (const [from, to] of blockNames(given, `features.${stage}.${block}.block`))
        names.push([from, `blocks.${stage - 1}.${block}.${to}`]);
  return withLayers(given, names);
}

import { UserError } from '../../errors.ts';
import { relu } from '../../network/resnet.ts';
import type { EntryInput, NetworkInput } from '../../network/spec.ts';
import { finetuningBySgd } from '../fine-tuning.ts';
import type { Pixels } from '../network-of-file.ts';
import type { NamedTensors } from '../tensors.ts';
import { WITH_GRAPH, type Family } from './family.ts';
import { batchNorm, Shaped } from './layers.ts';
import { withLayers } from './inverted-residuals.ts';
import { CIFAR10, IMAGENET } from './pixels.ts';

const pool: EntryInput = { type: 'pool', mode: 'max', kernel: 2, stride: 2 };
/** Convolutions between halvings, of VGG-11, 13, 16 and 19. */
const STAGES: ReadonlySet<string> = new Set(['1,1,2,2,2', '2,2,2,2,2', '2,2,3,3,3', '2,2,4,4,4']);
const dropout: EntryInput = { type: 'dropout', rate: 0.5 };

/**
 * VGG with and without batch norm (Simonyan and Zisserman 2014, arXiv 1409.1556, table 1), under torchvision's names or timm's.
 * Numbers in `features` count ReLU and pooling too, so that they say where images are halved.
 */
export const vgg: Family = (given, hints) => {
  const shaped = new Shaped(dense(given));
  const { tensors } = shaped;
  if (!shaped.has('features.0.weight') || shaped.shape('features.0.weight').join('x').slice(-5) !== '3x3x3')
    return undefined;
  const places = [...tensors.keys()]
    .flatMap((name) => /^features\.(\d+)\.weight$/.exec(name)?.[1] ?? [])
    .map(Number)
    .toSorted((a, b) => a - b);
  const convolutions = places.filter((place) => shaped.shape(`features.${place}.weight`).length === 4);
  const heads = ['classifier', 'classifier.0', 'classifier.3', 'classifier.6'].filter((name) =>
    shaped.has(`${name}.weight`),
  );
  // SqueezeNet and MobileNet have other layers in their features.
  if (places.length < 4 || [...tensors.keys()].some((name) => !/^(features\.\d+|classifier(\.\d+)?)\.\w+$/.test(name)))
    return undefined;
  const hasNorms = places.length > convolutions.length;
  const step = hasNorms ? 3 : 2;
  /** Whether one place more than convolution, norm and ReLU lies between a convolution and the next. */
  const isHalved = convolutions.map((place, i) => i === convolutions.length - 1 || convolutions[i + 1] - place > step);
  const isClose = convolutions.every((place, i) => i === 0 || place - convolutions[i - 1] <= step + 1);
  checkStages(shaped, convolutions, isClose ? isHalved : []);
  const body = convolutions.flatMap((place, i): EntryInput[] => [
    shaped.conv(`features.${place}`),
    ...(hasNorms ? [batchNorm(`features.${place + 1}`)] : []),
    relu,
    ...(isHalved[i] ? [pool] : []),
  ]);
  const halvings = isHalved.filter(Boolean).length;
  const [filters] = shaped.shape(`features.${convolutions.at(-1)!}.weight`);
  const side = heads.length > 0 ? Math.sqrt(shaped.shape(`${heads[0]}.weight`)[1] / filters) : 7;
  const size = side * 2 ** halvings;
  if (!Number.isInteger(size))
    throw new UserError('it has the names of a VGG, but its first dense layer is not above its last image');
  if (hints.size !== undefined && hints.size !== size)
    throw new UserError(`it is a VGG whose dense layers read images of ${size} pixels alone, not of ${hints.size}`);
  const pixels: Pixels =
    size > 64
      ? { ...IMAGENET, size, crop: 0.875, interpolation: 'bilinear', from: 'family' }
      : { ...CIFAR10, size, from: 'assumed' };
  const layers: NetworkInput['layers'] = [
    ...body,
    ...heads.slice(0, -1).flatMap((name) => [shaped.dense(name), relu, dropout]),
    shaped.head(heads.at(-1) ?? 'classifier'),
  ];
  return {
    name: `vgg${convolutions.length + Math.max(1, heads.length)}${hasNorms ? '_bn' : ''}`,
    names: given.has('pre_logits.fc1.weight') ? 'timm' : 'torchvision',
    layers,
    tensors,
    training: finetuningBySgd(size),
    pixels,
  };
};

/** Other networks of such names have something else between their convolutions. */
function checkStages(shaped: Shaped, convolutions: readonly number[], isHalved: readonly boolean[]): void {
  const stages: number[] = [0];
  isHalved.forEach((halved) => {
    stages[stages.length - 1] += 1;
    if (halved) stages.push(0);
  });
  const isOf3 = convolutions.every((place) => shaped.shape(`features.${place}.weight`)[2] === 3);
  if (!isOf3 || !STAGES.has(stages.slice(0, -1).join()))
    throw new UserError(
      `it has the names of a VGG, but its ${convolutions.length} convolutions don't stand as in one; ${WITH_GRAPH}`,
    );
}

/** timm's dense layers are convolutions of all the pixels that are left. */
function dense(given: NamedTensors): NamedTensors {
  const names = withLayers(given, [
    ['pre_logits.fc1', 'classifier.0'],
    ['pre_logits.fc2', 'classifier.3'],
    ['head.fc', 'classifier.6'],
  ]);
  return new Map(
    [...names].map(([name, tensor]) => {
      if (!name.startsWith('classifier') || tensor.shape.length !== 4) return [name, tensor];
      const [units, ...others] = tensor.shape;
      const inputs = others.reduce((product, side) => product * side, 1);
      return [name, { shape: [units, inputs], read: () => tensor.read() }];
    }),
  );
}

import { relu } from '../../network/resnet.ts';
import type { EntryInput } from '../../network/spec.ts';
import { finetuningBySgd } from '../fine-tuning.ts';
import type { Family } from './family.ts';
import { batchNorm, globalPool, renamed, Shaped } from './layers.ts';
import { IMAGENET } from './pixels.ts';

/** Reads all that was made before it in its block, and puts its own beside (Huang et al. 2017, arXiv 1608.06993, section 3). */
const denseLayer = (of: Shaped, name: string): EntryInput => {
  const inner = of.in(name);
  return {
    type: 'block',
    name,
    layers: [
      batchNorm('norm1'),
      relu,
      inner.conv('conv1'),
      batchNorm('norm2'),
      relu,
      inner.conv('conv2'),
      { type: 'concat', inputs: ['input', 'conv2'] },
    ],
  };
};

/** DenseNet-BC under torchvision's names, which timm shares; files of before 2018 say `norm.1` for `norm1`. */
export const densenet: Family = (given, hints) => {
  const tensors = renamed(given, (name) => name.replace(/(denselayer\d+\.(?:norm|conv))\.(\d)/, '$1$2'));
  const shaped = new Shaped(tensors);
  if (!shaped.has('features.conv0.weight') || !shaped.has('features.denseblock1.denselayer1.conv1.weight'))
    return undefined;
  const blocks = shaped.count('features.denseblock', 1);
  const body: EntryInput[] = [];
  let layers = 0;
  for (let number = 1; number <= blocks; number++) {
    const name = `features.denseblock${number}`;
    const of = shaped.in(name);
    const count = of.count('denselayer', 1);
    layers += count;
    body.push({
      type: 'block',
      name,
      layers: Array.from({ length: count }, (_, i) => denseLayer(of, `denselayer${i + 1}`)),
    });
    if (number === blocks) continue;
    const transition = `features.transition${number}`;
    body.push(batchNorm(`${transition}.norm`), relu, shaped.conv(`${transition}.conv`), {
      ...{ type: 'pool', mode: 'average', kernel: 2, stride: 2 },
    });
  }
  const size = hints.size ?? 224;
  return {
    name: `densenet${2 * layers + blocks + 1}`,
    names: 'torchvision, timm',
    layers: [
      shaped.conv('features.conv0', { stride: 2 }),
      batchNorm('features.norm0'),
      relu,
      { type: 'pool', mode: 'max', kernel: 3, stride: 2, pad: 1 },
      ...body,
      batchNorm('features.norm5'),
      relu,
      globalPool,
      shaped.head('classifier'),
    ],
    tensors,
    training: finetuningBySgd(size),
    pixels: { ...IMAGENET, size, crop: 0.875, interpolation: 'bilinear', from: 'family' },
  };
};

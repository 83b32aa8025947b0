import { UserError } from '../../errors.ts';
import type { EntryInput } from '../../network/spec.ts';
import { block, embedding, head, join, norm, position } from '../../network/vit.ts';
import { finetuningByAdamw } from '../fine-tuning.ts';
import type { Pixels } from '../network-of-file.ts';
import type { NamedTensor, NamedTensors } from '../tensors.ts';
import { WITH_GRAPH, type Family, type Hints } from './family.ts';
import { globalPool, Shaped } from './layers.ts';
import { IMAGENET, MINUS_ONE_TO_ONE } from './pixels.ts';
import { resampled } from './positions.ts';
import { namedAsTimm } from './vit-names.ts';

/** DINOv2's tables are of 37x37 patches, 518 pixels; what reads it has images of 224. */
const LARGEST = 512;
const USUAL = 224;

/**
 * Vision transformers (Dosovitskiy et al. 2021), DeiT with and without its second token, DINO and DINOv2, with registers too,
 * under the names of timm (and their authors), torchvision or transformers. The order of tokens before the patches is
 * another's: attention knows no order.
 */
export const vit: Family = (given, hints) => {
  const { names, tensors, epsilon } = namedAsTimm(given);
  const shaped = new Shaped(tensors);
  if (!shaped.has('patch_embed.proj.weight') || !shaped.has('blocks.0.attn.qkv.weight') || !shaped.has('cls_token'))
    return undefined;
  const [width, , patch] = shaped.shape('patch_embed.proj.weight', 4);
  const depth = shaped.count('blocks.');
  const isDistilled = shaped.has('dist_token');
  const registers = ['reg_token', 'register_tokens'].find((name) => shaped.has(name));
  const classTokens = isDistilled ? 2 : 1;

  const table = shaped.shape('pos_embed', 3);
  const placed = [classTokens, 0].find((tokens) => Number.isInteger(Math.sqrt(table[1] - tokens)));
  if (placed === undefined)
    throw new UserError(`its table of ${table[1]} positions is not of a square of patches; ${WITH_GRAPH}`);
  const side = Math.sqrt(table[1] - placed);
  const own = side * patch;
  const size = hints.size ?? (own > LARGEST ? Math.round(USUAL / patch) * patch : own);
  if (size % patch !== 0) throw new UserError(`it reads patches of ${patch} pixels, which ${size} is no multiple of`);
  const patches = size / patch;
  const isResampled = patches !== side;

  const withTable = new Map(tensors);
  if (isResampled) withTable.set('pos_embed', resampled(tensors.get('pos_embed')!, placed, side, patches));
  if (isDistilled && shaped.has('head_dist.weight')) bothHeads(withTable);

  const heads = hints.heads ?? (width >= 192 ? width / 64 : Number.NaN);
  if (!Number.isInteger(heads))
    throw new UserError(`how many heads its attention of ${width} values has is in its code alone; ${WITH_GRAPH}`);
  const scaled = shaped.has('blocks.0.ls1.gamma');
  const [hidden] = shaped.shape('blocks.0.mlp.fc1.weight');
  const isOfMean = shaped.has('fc_norm.weight');
  const first = registers === undefined ? 0 : shaped.shape(registers)[1];
  const tokens: EntryInput[] = [...(isDistilled ? [join('dist_token', width)] : []), join('cls_token', width)];
  const places = position(placed + patches ** 2, width);
  const read: EntryInput[] = isOfMean
    ? [
        { type: 'slice', axis: 0, start: first + classTokens },
        { type: 'transpose', order: [1, 0] },
        { type: 'reshape', shape: [width, patches ** 2, 1] },
        globalPool,
        norm('fc_norm', epsilon),
      ]
    : [norm('norm', epsilon), { type: 'slice', axis: 0, start: first, end: first + classTokens }];
  const notes = [
    ...(isResampled
      ? [`Its table of ${side}x${side} positions was resampled to ${patches}x${patches}, for images of ${size} pixels.`]
      : []),
    ...(hints.heads === undefined && ![192, 384, 768, 1024].includes(width)
      ? [
          `How many heads its attention has is not in the file; ${heads} are taken, of 64 values each as in published ones.`,
        ]
      : []),
  ];
  return {
    name: `${shaped.has('mask_token') ? 'dinov2' : 'vit'}_${width}_${depth}_patch${patch}`,
    names,
    layers: [
      ...embedding(width, patch, patches ** 2),
      ...(placed > 0 ? [...tokens, places] : [places, ...tokens]),
      ...(registers === undefined ? [] : [join(registers, width, first)]),
      block({ width, heads, times: depth, hidden, scaled, epsilon }),
      ...read,
      head('head'),
    ],
    tensors: withTable,
    training: finetuningByAdamw(size),
    pixels: pixelsOf(tensors, names, size, hints),
    notes,
    unused: /^(?:mask_token|pooler\.dense\.\w+)$/,
  };
};

/** DeiT's answer is the mean of two heads', one for each of its tokens: a dense layer of both tokens. */
function bothHeads(tensors: Map<string, NamedTensor>): void {
  const [one, two] = ['head', 'head_dist'].map((name) => ({
    weight: tensors.get(`${name}.weight`)!,
    bias: tensors.get(`${name}.bias`)!,
  }));
  const [classes, width] = one.weight.shape;
  tensors.set('head.weight', {
    shape: [classes, 2 * width],
    read: () => {
      const values = new Float32Array(2 * classes * width);
      [one, two].forEach(({ weight }, token) =>
        weight.read().forEach((value, i) => {
          values[(2 * Math.floor(i / width) + token) * width + (i % width)] = value / 2;
        }),
      );
      return values;
    },
  });
  tensors.set('head.bias', {
    shape: [classes],
    read: () => {
      const other = two.bias.read();
      return one.bias.read().map((value, i) => (value + other[i]) / 2);
    },
  });
  tensors.delete('head_dist.weight');
  tensors.delete('head_dist.bias');
}

/** Google's read -1 to 1, those of Meta ImageNet's mean and deviation; the file's name and what only theirs have tell. */
function pixelsOf(tensors: NamedTensors, names: string, size: number, { name }: Hints): Pixels {
  const crop = { size, crop: names === 'torchvision' ? 0.875 : 0.9, interpolation: 'bicubic' } as const;
  const isMetas =
    ['dist_token', 'mask_token', 'blocks.0.ls1.gamma'].some((each) => tensors.has(each)) || /deit|dino|mae/.test(name);
  if (names === 'torchvision') return { ...IMAGENET, ...crop, interpolation: 'bilinear', from: 'family' };
  if (isMetas || !tensors.has('head.weight')) return { ...IMAGENET, ...crop, from: 'family' };
  return {
    ...MINUS_ONE_TO_ONE,
    ...crop,
    from: /augreg|vit/.test(name) || names === 'transformers' ? 'family' : 'assumed',
  };
}

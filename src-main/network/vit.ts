import { PLAIN } from './resnet.ts';
import type { EntryInput, NetworkInput } from './spec.ts';

const init = { weight: { kind: 'xavier' as const }, bias: 0 };
/** As timm has it. */
export const norm = (name: string): EntryInput => ({ type: 'layer-norm', name, epsilon: 1e-6 });
const dense = (name: string, units: number): EntryInput => ({
  ...{ type: 'dense', name, units, over: 'last', init, multipliers: PLAIN },
});

interface Size {
  readonly width: number;
  readonly depth: number;
  readonly heads: number;
  readonly patch: number;
  readonly inputSize: number;
}

/**
 * A vision transformer (Dosovitskiy et al. 2021, arXiv 2010.11929, section 3.1): patches as tokens beside one for the class, a
 * learned position for each, blocks of attention and two dense layers with norms before them, and the class's token read at
 * the end. Names are timm's.
 */
function visionTransformer({ width, depth, heads, patch, inputSize }: Size): EntryInput[] {
  const patches = (inputSize / patch) ** 2;
  return [
    { type: 'conv', name: 'patch_embed.proj', filters: width, kernel: patch, stride: patch, init, multipliers: PLAIN },
    { type: 'reshape', shape: [width, patches] },
    { type: 'transpose', order: [1, 0] },
    { type: 'table', name: 'cls_token', mode: 'join', shape: [1, 1, width] },
    { type: 'table', name: 'pos_embed', mode: 'add', shape: [1, patches + 1, width] },
    {
      type: 'block',
      name: 'blocks',
      times: depth,
      layers: [
        norm('norm1'),
        { type: 'attention', name: 'attn', width, heads, init, multipliers: PLAIN },
        { type: 'add', name: 'mixed', inputs: ['attn.proj', 'input'] },
        norm('norm2'),
        dense('mlp.fc1', 4 * width),
        { type: 'gelu' },
        dense('mlp.fc2', width),
        { type: 'add', name: 'thought', inputs: ['mlp.fc2', 'mixed'] },
      ],
    },
    norm('norm'),
    { type: 'slice', axis: 0, start: 0, end: 1 },
    { type: 'dense', name: 'head', init, multipliers: PLAIN },
  ];
}

/** A small one for 32 pixels: patches of 4, 128 wide, 6 blocks. */
export const VISION_TRANSFORMERS: readonly NetworkInput[] = [
  {
    name: 'vit-32',
    inputSize: 32,
    layers: visionTransformer({ width: 128, depth: 6, heads: 4, patch: 4, inputSize: 32 }),
    training: {
      batchSize: 32,
      epochs: 60,
      learningRate: 5e-4,
      momentum: 0.9,
      optimiser: { kind: 'adamw' },
      weightDecay: 0.05,
      labelSmoothing: 0.1,
      clipNorm: 1,
      schedule: { kind: 'cosine' },
      warmUp: 0.1,
      inputScale: 1 / 64,
      cropPadding: 4,
      mirror: true,
    },
  },
];

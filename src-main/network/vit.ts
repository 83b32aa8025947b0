import { PLAIN } from './resnet.ts';
import type { EntryInput, NetworkInput } from './spec.ts';

const init = { weight: { kind: 'xavier' as const }, bias: 0 };
export const norm = (name: string, epsilon = 1e-6): EntryInput => ({ type: 'layer-norm', name, epsilon });
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
function visionTransformer(size: Size): EntryInput[] {
  const { width, depth, patch, inputSize } = size;
  const patches = (inputSize / patch) ** 2;
  return [
    ...embedding(width, patch, patches),
    join('cls_token', width),
    position(patches + 1, width),
    block({ ...size, times: depth }),
    norm('norm'),
    { type: 'slice', axis: 0, start: 0, end: 1 },
    head('head'),
  ];
}

/** Patches as tokens [patches, width]. */
export const embedding = (width: number, patch: number, patches: number): EntryInput[] => [
  { type: 'conv', name: 'patch_embed.proj', filters: width, kernel: patch, stride: patch, init, multipliers: PLAIN },
  { type: 'reshape', shape: [width, patches] },
  { type: 'transpose', order: [1, 0] },
];

/** Learned tokens before the others. */
export const join = (name: string, width: number, tokens = 1): EntryInput => ({
  ...{ type: 'table', name, mode: 'join', shape: [1, tokens, width] },
});

export const position = (tokens: number, width: number): EntryInput => ({
  ...{ type: 'table', name: 'pos_embed', mode: 'add', shape: [1, tokens, width] },
});

export const head = (name: string): EntryInput => ({ type: 'dense', name, init, multipliers: PLAIN });

interface Blocks {
  readonly width: number;
  readonly heads: number;
  readonly times: number;
  /** Added to variances; absent: 1e-6. */
  readonly epsilon?: number;
  /** Units between the two dense layers; absent: four times the width. */
  readonly hidden?: number;
  /** Whether a learned factor stands at the end of each branch (Touvron et al. 2021, arXiv 2103.17239, section 2). */
  readonly scaled?: boolean;
}

export function block({ width, heads, times, epsilon, hidden = 4 * width, scaled = false }: Blocks): EntryInput {
  const scale = (name: string): EntryInput[] =>
    scaled ? [{ type: 'table', name, mode: 'multiply', shape: [width], init: { kind: 'constant', value: 1e-5 } }] : [];
  return {
    type: 'block',
    name: 'blocks',
    times,
    layers: [
      norm('norm1', epsilon),
      { type: 'attention', name: 'attn', width, heads, init, multipliers: PLAIN },
      ...scale('ls1.gamma'),
      { type: 'add', name: 'mixed', inputs: [scaled ? 'ls1.gamma' : 'attn.proj', 'input'] },
      norm('norm2', epsilon),
      dense('mlp.fc1', hidden),
      { type: 'gelu' },
      dense('mlp.fc2', width),
      ...scale('ls2.gamma'),
      { type: 'add', name: 'thought', inputs: [scaled ? 'ls2.gamma' : 'mlp.fc2', 'mixed'] },
    ],
  };
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

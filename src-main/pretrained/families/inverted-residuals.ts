import { UserError } from '../../errors.ts';
import type { EntryInput } from '../../network/spec.ts';
import type { NamedTensors } from '../tensors.ts';
import { WITH_GRAPH } from './family.ts';
import { batchNorm, globalPool, renamed, Shaped } from './layers.ts';

/**
 * What MobileNets and EfficientNets are made of: blocks that widen, convolve each channel by itself, perhaps weigh channels, and
 * narrow (Sandler et al. 2018, arXiv 1801.04381, figure 3; Hu et al. 2018 for the weighing). Names are timm's: `conv_stem`,
 * `bn1`, `blocks.S.B.conv_pw` ..., `conv_head`, `bn2`, `classifier`.
 */
export interface Stage {
  readonly stride: number;
  readonly activation: Activation;
}

export type Activation = 'relu' | 'relu6' | 'silu' | 'hard-swish';

export interface Settings {
  readonly norm: { readonly epsilon?: number; readonly momentum?: number };
  /** Where zeros stand: the same on all sides, or as TensorFlow's SAME has them, which depends on the size of images. */
  readonly padding: 'even' | 'same';
  /** Of the weighing of channels. */
  readonly squeeze: { readonly activation: Activation; readonly gate: 'sigmoid' | 'hard-sigmoid' };
}

/** A block of a state dict: its stage, its path, and what its shapes say. */
export interface Block {
  readonly stage: number;
  readonly path: string;
  readonly kernel: number;
  readonly inputs: number;
  readonly outputs: number;
  /** Channels between, by channels of the input; 1: it doesn't widen. */
  readonly expansion: number;
  readonly weighs: boolean;
}

/** The blocks in order, of tensors that are counted by stage. */
export function blocksOf(tensors: NamedTensors): Block[] {
  const shaped = new Shaped(tensors);
  return Array.from({ length: shaped.count('blocks.') }, (_, stage) => stage).flatMap((stage) =>
    Array.from({ length: shaped.count(`blocks.${stage}.`) }, (_, i) => `blocks.${stage}.${i}`)
      .filter((path) => tensors.has(`${path}.conv_dw.weight`))
      .map((path) => blockAt(shaped, path, stage)),
  );
}

/**
 * Tensors whose blocks are counted from first to last, counted by stage: as published, if there are as many of them, else a new
 * one begins where widths or kernels change.
 *
 * @param published numbers of blocks in stages
 */
export function byStage(tensors: NamedTensors, published: readonly (readonly number[])[]): NamedTensors {
  const shaped = new Shaped(tensors);
  const blocks = Array.from({ length: shaped.count('blocks.') }, (_, i) => blockAt(shaped, `blocks.${i}`, 0));
  const counts =
    published.find((numbers) => numbers.reduce((sum, number) => sum + number, 0) === blocks.length) ?? runs(blocks);
  const paths = counts.flatMap((number, stage) => Array.from({ length: number }, (_, i) => `blocks.${stage}.${i}.`));
  return renamed(tensors, (name) =>
    name.replace(/^blocks\.(\d+)\./, (path, number: string) => paths[Number(number)] ?? path),
  );
}

/** Numbers of blocks that follow each other and are alike. */
function runs(blocks: readonly Block[]): number[] {
  const counts: number[] = [];
  blocks.forEach((block, place) => {
    const before = blocks[place - 1];
    const goesOn =
      before?.outputs === block.outputs &&
      before.kernel === block.kernel &&
      (before.expansion === 1) === (block.expansion === 1);
    if (goesOn) counts[counts.length - 1] += 1;
    else counts.push(1);
  });
  return counts;
}

function blockAt(shaped: Shaped, path: string, stage: number): Block {
  const of = shaped.in(path);
  const [channels, , kernel] = of.shape('conv_dw.weight', 4);
  const widens = of.has('conv_pwl.weight');
  const inputs = widens ? of.shape('conv_pw.weight', 4)[1] : channels;
  const [outputs] = of.shape(widens ? 'conv_pwl.weight' : 'conv_pw.weight', 4);
  return {
    stage,
    path,
    kernel,
    inputs,
    outputs,
    expansion: channels / inputs,
    weighs: of.has('se.conv_reduce.weight'),
  };
}

/** Puts layers together from the images on, keeping the size of images, which SAME padding depends on. */
export class Mobile {
  readonly #shaped: Shaped;
  readonly #settings: Settings;
  #size: number;

  constructor(tensors: NamedTensors, size: number, settings: Settings) {
    this.#shaped = new Shaped(tensors);
    this.#size = size;
    this.#settings = settings;
  }

  stem(activation: Activation): EntryInput[] {
    return [this.#conv(this.#shaped, 'conv_stem', 2), this.norm('bn1'), acting(activation)];
  }

  norm(name: string): EntryInput {
    return batchNorm(name, this.#settings.norm);
  }

  blocks(blocks: readonly Block[], stages: readonly Stage[]): EntryInput[] {
    return blocks.map(({ path, stage, inputs, outputs }, place) => {
      const isFirst = blocks[place - 1]?.stage !== stage;
      const stride = isFirst ? stages[stage].stride : 1;
      const branch = this.#branch(this.#shaped.in(path), stride, stages[stage].activation);
      return stride === 1 && inputs === outputs
        ? { type: 'residual', name: path, branch }
        : { type: 'block', name: path, layers: branch };
    });
  }

  #branch(of: Shaped, stride: number, activation: Activation): EntryInput[] {
    const widens = of.has('conv_pwl.weight');
    const act = acting(activation);
    const norm = (name: string) => this.norm(name);
    const depthwise = (bn: string) => {
      const weighing = of.has('se.conv_reduce.weight') ? this.#weighing(of) : [];
      const named = weighing.length > 0 ? { ...act, name: 'filtered' } : act;
      return [this.#conv(of, 'conv_dw', stride), norm(bn), named, ...weighing];
    };
    return widens
      ? [of.conv('conv_pw'), norm('bn1'), act, ...depthwise('bn2'), of.conv('conv_pwl'), norm('bn3')]
      : [...depthwise('bn1'), of.conv('conv_pw'), norm('bn2')];
  }

  /** Squeeze and excitation: each channel times a number between 0 and 1 that the means of all channels give. */
  #weighing(of: Shaped): EntryInput[] {
    const { activation, gate } = this.#settings.squeeze;
    return [
      globalPool,
      of.conv('se.conv_reduce'),
      acting(activation),
      of.conv('se.conv_expand'),
      { type: gate, name: 'gate' },
      { type: 'multiply', inputs: ['filtered', 'gate'] },
    ];
  }

  /** The stem's and depthwise convolutions, which may halve images. */
  #conv(of: Shaped, name: string, stride: number): EntryInput {
    const [, , kernel] = of.shape(`${name}.weight`, 4);
    const isDepthwise = name === 'conv_dw';
    const size = this.#size;
    this.#size = Math.ceil(size / stride);
    const zeros = Math.max(0, (this.#size - 1) * stride + kernel - size);
    const [before, after] = [Math.floor(zeros / 2), Math.ceil(zeros / 2)];
    const settings =
      this.#settings.padding === 'even' || before === after ? { stride } : { stride, pad: around(before, after) };
    return isDepthwise ? of.depthwise(name, settings) : of.conv(name, settings);
  }
}

const around = (before: number, after: number): [number, number, number, number] => [before, before, after, after];

export const acting = (activation: Activation): EntryInput & { name?: string } =>
  activation === 'relu6' ? { type: 'clip' } : { type: activation };

/** Refuses blocks that are not those of the published network: what lies between their weights would be another's. */
export function checkStages(
  blocks: readonly Block[],
  expected: readonly { readonly kernel: number; readonly weighs: boolean; readonly expansion?: number }[],
  name: string,
): void {
  const wrong = blocks.find(({ stage, kernel, weighs, expansion }) => {
    const of = expected[stage];
    const isAsWide = of?.expansion === undefined || Math.abs(expansion - of.expansion) < 0.5;
    return of?.kernel !== kernel || of.weighs !== weighs || !isAsWide;
  });
  const stages = (blocks.at(-1)?.stage ?? -1) + 1;
  if (wrong || stages !== expected.length)
    throw new UserError(
      `it has the names of ${name}, but ${wrong ? `its ${wrong.path} is not of one` : `${stages} stages in place of ${expected.length}`}; ${WITH_GRAPH}`,
    );
}

/**
 * torchvision's blocks under timm's names: `PATH.0.0`, a convolution with its norm `PATH.0.1`, or `PATH.2` with `PATH.3`, or
 * `PATH.2.fc1` and `fc2` that weigh channels.
 */
export function blockNames(tensors: NamedTensors, path: string): [from: string, to: string][] {
  const convolutions: [conv: string, norm: string][] = [];
  const names: [string, string][] = [];
  for (let place = 0; place < 8; place++) {
    const at = `${path}.${place}`;
    if (tensors.has(`${at}.fc1.weight`)) names.push([`${at}.fc1`, 'se.conv_reduce'], [`${at}.fc2`, 'se.conv_expand']);
    else if (tensors.has(`${at}.0.weight`)) convolutions.push([`${at}.0`, `${at}.1`]);
    else if (tensors.get(`${at}.weight`)?.shape.length === 4) convolutions.push([at, `${path}.${place + 1}`]);
  }
  const to = convolutions.length === 3 ? ['conv_pw', 'conv_dw', 'conv_pwl'] : ['conv_dw', 'conv_pw'];
  convolutions.slice(0, to.length).forEach(([conv, norm], i) => names.push([conv, to[i]], [norm, `bn${i + 1}`]));
  return names;
}

/** The tensors with their layers renamed; others keep their names. */
export function withLayers(tensors: NamedTensors, names: Iterable<readonly [string, string]>): NamedTensors {
  const to = new Map(names);
  return renamed(tensors, (name) => {
    const dot = name.lastIndexOf('.');
    const layer = to.get(name.slice(0, dot));
    return layer === undefined ? name : layer + name.slice(dot);
  });
}

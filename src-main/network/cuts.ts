import type { Cut } from '../common/cuts.ts';
import { volume } from './layers/layer.ts';

/** What the segments of a network follow from: its layers (network.ts) without their n. */
interface Uncut {
  readonly spec: { readonly type: string; readonly over?: 'last'; readonly axis?: number };
  readonly name: string;
  readonly sources: readonly number[];
  readonly block?: string;
  /** Number of its parameters. */
  readonly parameters: number;
  readonly output: readonly number[];
}

type Numbered = Uncut & { readonly n: number };

/** A chain of so many cuts or fewer offers them all as stages; AlexNet has seven. */
const FEW = 8;
/** Parts that blocks of one size and width, as a vision transformer's, are divided into: the first number that divides them. */
const PARTS = [4, 3, 5, 2];

/**
 * The number n of each layer, 1-based. Between two cuts lies one "layer n" in the paper's sense: a convolution or dense layer
 * with everything above it up to the next, or a block, whose inside more than one value crosses. Layers without parameters
 * belong to what is below them, as in the paper; so do tables, and norms that read a convolution or dense layer. Another norm
 * (before a block's branch, or after the last block) belongs to what is above it, and so does everything below the first convolution or dense layer.
 */
export function segments(layers: readonly Uncut[]): number[] {
  const numbers: number[] = [];
  let n = 1;
  /** Whether the segment waits for the layer above it: it has nothing but a norm, or nothing yet. */
  let waiting = true;
  let atom: number[] = [];
  const crossings = crossed(layers);
  layers.forEach((_, place) => {
    atom.push(place);
    if (place < layers.length - 1 && !crossings.has(place)) return;
    const kind = kindOf(layers, atom);
    if (kind !== 'below' && !waiting) n += 1;
    if (kind !== 'below') waiting = kind === 'waiting';
    for (const each of atom) numbers[each] = n;
    atom = [];
  });
  return numbers;
}

/** What layers between two crossings are to those around them. */
function kindOf(layers: readonly Uncut[], atom: readonly number[]): 'below' | 'waiting' | 'own' {
  const parametrised = atom.map((place) => layers[place]).filter(({ parameters }) => parameters > 0);
  if (parametrised.some(({ spec }) => !isNorm(spec.type) && spec.type !== 'table')) return 'own';
  const followsWeights = parametrised.every(({ spec, sources: [source] }) => {
    const type = madeBy(layers, source);
    return !isNorm(spec.type) || type === 'conv' || type === 'dense';
  });
  return followsWeights ? 'below' : 'waiting';
}

/** The type of the layer whose values, perhaps in another order, stand at a place. */
function madeBy(layers: readonly Uncut[], place: number): string | undefined {
  if (place < 0) return undefined;
  const { spec, sources } = layers[place];
  return spec.type === 'transpose' || spec.type === 'reshape' ? madeBy(layers, sources[0]) : spec.type;
}

/** Whether a layer of this type is a norm of any kind. */
export const isNorm = (type: string): boolean => type.endsWith('-norm');

/** Places after which one value alone is read by what follows, and that are not inside a block. */
function crossed(layers: readonly Uncut[]): Set<number> {
  const lastRead = new Map<number, number>();
  layers.forEach(({ sources }, place) => sources.forEach((source) => lastRead.set(source, place)));
  const alive = new Set<number>(lastRead.has(-1) ? [-1] : []);
  const places = new Set<number>();
  layers.forEach(({ sources, block }, place) => {
    for (const source of sources) if (lastRead.get(source) === place) alive.delete(source);
    if (lastRead.has(place)) alive.add(place);
    const inside = block !== undefined && layers[place + 1]?.block === block;
    if (alive.size === 1 && !inside) places.add(place);
  });
  return places;
}

/** The cuts of numbered layers: one below each segment but the first. */
export function cutsOf(layers: readonly Numbered[]): Cut[] {
  const bySegment = [...Map.groupBy(layers, ({ n }) => n).values()];
  const below = bySegment.slice(0, -1).map((segment, index) => ({
    n: index + 1,
    name: nameOf(segment),
    size: sizeOf(segment),
  }));
  const isChain = layers.every(({ block }) => block === undefined);
  const stages = stagesOf(
    below.map(({ size }) => size),
    isChain,
  );
  return below.map(({ n, name }) => ({ n, name, level: stages.has(n) ? 'stage' : 'block' }));
}

/** The block of a segment; else what all names of its layers with weights begin with, or the first of them. */
function nameOf(segment: readonly Numbered[]): string {
  const own = segment.filter(({ parameters }) => parameters > 0);
  const blocks = new Set(own.map(({ block }) => block));
  const [block] = blocks;
  if (blocks.size === 1 && block !== undefined) return block;
  const weights = own.filter(({ spec }) => spec.type === 'conv' || spec.type === 'dense');
  const [first] = weights.length > 0 ? weights : own;
  if (weights.length < 2) return first.name;
  const paths = weights.map(({ name }) => name.split('.'));
  const common = paths[0].filter((part, index) =>
    paths.every((path) => path.slice(0, index + 1).join('.') === [...paths[0].slice(0, index), part].join('.')),
  );
  return common.join('.') || first.name;
}

/**
 * Pixels or tokens of what the last layer of a segment puts out that has parameters or joins values: pooling above it belongs
 * to the next stage, and what squeezes an image to one pixel is joined with the image.
 */
function sizeOf(segment: readonly Numbered[]): number {
  const { spec, output } = segment.findLast(({ parameters, sources }) => parameters > 0 || sources.length > 1)!;
  const isOfTokens = output.length === 2 || spec.over === 'last' || (spec.axis !== undefined && spec.axis !== 0);
  const values = volume(output);
  return values / (isOfTokens ? output.at(-1)! : output[0]);
}

/**
 * The n of cuts that end a stage: all of a short chain; else the first, the last, and those above which images have another
 * size. Where blocks are all alike (vision transformers), they are divided into equal parts.
 */
function stagesOf(sizes: readonly number[], isChain: boolean): Set<number> {
  const numbers = sizes.map((_, index) => index + 1);
  if (isChain && sizes.length <= FEW) return new Set(numbers);
  const ends = numbers.filter((n) => n === 1 || n === sizes.length || sizes[n] !== sizes[n - 1]);
  if (ends.length > 2) return new Set(ends);
  const blocks = sizes.length - 1;
  const parts = PARTS.find((number) => blocks % number === 0) ?? PARTS[0];
  return new Set([1, ...Array.from({ length: parts }, (_, part) => 1 + Math.round(((part + 1) * blocks) / parts))]);
}

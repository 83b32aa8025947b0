import { kernelsOf, orthogonality, sparsity } from '../network/layer-quality.ts';
import type { Network, Parameter } from '../network/network.ts';
import { isOfThePaper } from '../network/variants.ts';
import type { Tensor, Weights } from '../network/weights.ts';
import { RandomStream } from '../random.ts';
import { drawnKernels, type GaborShare, gaborShareOf, type KernelFits } from './kernel-classes.ts';
import { bestAssignment } from './matching/assignment.ts';
import { generalityOf, UNTRAINED_SEED } from './matching/generality.ts';
import { products, unitVectors } from '../network/products.ts';

/** What can be told of a layer n from its weights alone. Means over the two bases. */
export interface LayerLook {
  readonly n: number;
  /** Share of nearly zero kernels; undefined for dense layers. */
  readonly sparsity?: number;
  readonly orthogonality?: number;
  /** Gabor functions among its kernels, and among untrained ones; undefined for dense layers, small kernels and the first layer. */
  readonly gabor?: GaborShare;
  /**
   * How alike the filters of A and B are, matched one to one: 0 as untrained ones are, 1 the same. The channels that a filter
   * reads are taken in the order of their own matches, so that layers above the first can be compared (as Ainsworth et al.
   * 2023 do). Undefined where the channels can't be followed: in graphs and above grouped convolutions.
   */
  readonly generality?: number;
}

/** Operations beyond which a layer's filters are not compared: seconds. */
const MOST_WORK = 2e9;

/**
 * How the layers of two bases of one network look, the last left out: it is never transferred.
 *
 * @param fits how the kernels of each are fitted
 */
export function layerLooks(
  { depth, ...network }: Network,
  [a, b]: readonly [Weights, Weights],
  fits: readonly KernelFits[] = [],
): LayerLook[] {
  const looks: LayerLook[] = [];
  /** B's channel for each of A's, of the layer below; undefined once it can't be followed. */
  let channels: readonly number[] | undefined = [0, 1, 2];
  for (let n = 1; n < depth; n++) {
    const weights = network.parameters.filter((one) => one.n === n && one.role === 'weight' && one.shape.length > 1);
    const kernels = kernelsOf(network, n);
    const mean = (of: (bank: Tensor) => number, which: readonly Parameter[]) => {
      const all = which.flatMap(({ name }) => [of(a.get(name)!), of(b.get(name)!)]);
      return all.length > 0 ? all.reduce((sum, one) => sum + one, 0) / all.length : undefined;
    };
    const light = kernels.filter(({ shape: [filters], size }) => filters * size <= MOST_WORK);
    const matched: { matches: readonly number[]; generality: number } | undefined =
      isOfThePaper(network) && weights.length === 1 && channels
        ? match(weights[0], a.get(weights[0].name)!, b.get(weights[0].name)!, channels)
        : undefined;
    channels = matched?.matches;
    looks.push({
      n,
      sparsity: mean(sparsity, kernels),
      orthogonality: mean(orthogonality, light),
      gabor:
        n > 1
          ? meanShare(kernels.flatMap(({ name }) => [a, b].map((of, base) => gaborShareOf(of.get(name)!, fits[base]))))
          : undefined,
      generality: matched?.generality,
    });
  }
  return looks;
}

/** The banks that `layerLooks` fits of one base. */
export const lookedAtKernels = ({ depth, parameters }: Network, weights: Weights, replicates: number): Tensor[] =>
  parameters
    .filter((one) => one.n > 1 && one.n < depth && one.role === 'weight' && isKernel(one))
    .flatMap(({ name }) => drawnKernels(weights.get(name)!, replicates) ?? []);

const isKernel = ({ shape }: Pick<Tensor, 'shape'>): boolean => shape.length === 4;

/** Means of what is known; undefined where nothing is. */
function meanShare(shares: readonly (GaborShare | undefined)[]): GaborShare | undefined {
  const known = shares.filter((share) => share !== undefined);
  const mean = (of: (share: GaborShare) => number) => known.reduce((sum, one) => sum + of(one), 0) / known.length;
  return known.length > 0
    ? { trained: mean((one) => one.trained), untrained: mean((one) => one.untrained) }
    : undefined;
}

function match({ n, shape, size }: Parameter, a: Tensor, b: Tensor, channels: readonly number[]) {
  if (n === 1 && shape.length === 4) return generalityOf(a, b);
  const [filters] = shape;
  const each = size / filters;
  // Of a dense layer above a convolution, each channel has as many inputs as it has places.
  if (
    filters * size > MOST_WORK ||
    each % channels.length !== 0 ||
    (shape.length === 4 && shape[1] !== channels.length)
  )
    return undefined;
  const places = each / channels.length;
  const random = new RandomStream(UNTRAINED_SEED, ...shape);
  const noise = new Float32Array(size);
  for (let place = 0; place < size; place++) noise[place] = random.gaussian();
  const own = unitVectors(a.data, each);
  const other = unitVectors(b.data, each).map((unit) => {
    const inOrder = new Float64Array(each);
    channels.forEach((from, to) => inOrder.set(unit.subarray(from * places, (from + 1) * places), to * places));
    return inOrder;
  });
  const untrainedUnits = unitVectors(noise, each);
  const { matches, mean } = assigned(own, other);
  const untrained = (assigned(own, untrainedUnits).mean + assigned(other, untrainedUnits).mean) / 2;
  return { matches, generality: untrained < 1 ? (mean - untrained) / (1 - untrained) : 0 };
}

function assigned(ones: readonly Float64Array[], others: readonly Float64Array[]) {
  const worth = products(ones, others);
  const matches = bestAssignment(worth);
  return { matches, mean: matches.reduce((sum, column, row) => sum + worth[row][column], 0) / matches.length };
}

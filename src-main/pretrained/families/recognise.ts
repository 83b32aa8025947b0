import { UserError } from '../../errors.ts';
import { CHANNELS, resolveNetwork, type Network } from '../../network/network.ts';
import { networkSchema, type NetworkInput } from '../../network/spec.ts';
import type { Tensor, Weights } from '../../network/weights.ts';
import { inColour, MADE_GREY } from '../grey.ts';
import type { NetworkOfFile } from '../network-of-file.ts';
import type { NamedTensor, NamedTensors, StateDict } from '../tensors.ts';
import { WITH_GRAPH, type Family, type FamilyNetwork, type Hints } from './family.ts';
import { alexnet } from './alexnet.ts';
import { convnext } from './convnext.ts';
import { densenet } from './densenet.ts';
import { efficientnet } from './efficientnet.ts';
import { mobilenetV2 } from './mobilenet-v2.ts';
import { mobilenetV3 } from './mobilenet-v3.ts';
import { withoutPrefixes } from './prefixes.ts';
import { resnet } from './resnet.ts';
import { squeezenet } from './squeezenet.ts';
import { vgg } from './vgg.ts';
import { vit } from './vit.ts';

const FAMILIES: readonly Family[] = [
  resnet,
  alexnet,
  squeezenet,
  densenet,
  efficientnet,
  mobilenetV2,
  mobilenetV3,
  vgg,
  convnext,
  vit,
];

/** Tensors of a network, at most; those of a DenseNet-201 are 1,200. */
const MOST_TENSORS = 4096;

/** How many classes the layers below a new head are shaped with. */
const ANY_CLASSES = 2;

/**
 * The network of a state dict: the family that its names and shapes are of, whatever stands before the names. Every tensor must
 * find its place in it. Throws a UserError, one clause, that says how to export the graph where none is found.
 */
export function networkOfTensors({ tensors, notes }: StateDict, hints: Hints): NetworkOfFile {
  if (tensors.size > MOST_TENSORS)
    throw new UserError(`it has ${tensors.size} tensors, more than any network that is known by its names`);
  for (const inner of withoutPrefixes(tensors))
    for (const family of FAMILIES) {
      const found = family(inner.tensors, hints);
      if (found) return filled(found, [...notes, ...inner.notes]);
    }
  throw new UserError(
    `its ${tensors.size} tensors (${[...tensors.keys()].slice(0, 2).map(shown).join(', ')} ...) are of no network that is known by its names; ${WITH_GRAPH}`,
  );
}

function filled(found: FamilyNetwork, notes: readonly string[]): NetworkOfFile {
  const { name, names, layers, tensors, training, pixels, unused } = found;
  const last = layers.at(-1)!;
  const head = 'name' in last ? last.name! : '';
  const units = tensors.get(`${head}.weight`)?.shape[0] ?? 0;
  // One unit is a yes or a no, or an amount: it has no other class to be compared with.
  const classes = units === 1 ? 0 : units;
  const network = resolved({ name, inputSize: pixels.size, layers, training }, classes || ANY_CLASSES);
  const grey = greyTensors(network, tensors);
  const weights = weightsOf(network, grey ?? tensors, classes === 0 ? head : undefined);
  const isHead = (each: string) => each === `${head}.weight` || each === `${head}.bias`;
  const left = [...tensors.keys()].find(
    (each) =>
      !weights.has(each) &&
      !each.endsWith('.num_batches_tracked') &&
      !unused?.test(each) &&
      !(units === 1 && isHead(each)),
  );
  if (left !== undefined)
    throw new UserError(
      `it looks like a ${name}, but has ${shown(left)} beside, which is no part of one; ${WITH_GRAPH}`,
    );
  const headless =
    units === 0
      ? ['It has no classifier of its own, so a new one is trained.']
      : units === 1
        ? ['Its head puts out a single number, and a classifier has one for each class, so a new one is trained.']
        : [];
  const all = [...notes, ...(found.notes ?? []), ...headless, ...(grey ? [MADE_GREY] : [])];
  return {
    ...{ spec: network.spec, classes, weights, origin: `${name} (names of ${names})`, notes: all },
    pixels: grey ? { ...pixels, from: 'assumed' } : pixels,
  };
}

/** Sizes come from a stranger's file, or from a person who asks for other images: they may be none that a network can have. */
function resolved(input: NetworkInput, classes: number): Network {
  const spec = networkSchema.safeParse(input);
  if (!spec.success)
    throw new UserError(
      spec.error.issues[0].path[0] === 'inputSize'
        ? `a ${input.name} for images of ${input.inputSize} pixels can't be made; 4 to 512 are possible`
        : `it looks like a ${input.name}, but has sizes that no network here can have`,
    );
  try {
    return resolveNetwork(spec.data, classes);
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    const why = error.message.replace(/\.$/, '');
    throw new UserError(`it looks like a ${input.name}, but can't be computed (${why})`, { cause: error });
  }
}

/** @param without the head of a network that has none */
function weightsOf(network: Network, tensors: NamedTensors, without: string | undefined): Weights {
  const weights = new Map<string, Tensor>();
  for (const { name, layer, shape } of network.parameters) {
    if (layer === without) continue;
    const tensor = tensors.get(name);
    if (!tensor)
      throw new UserError(
        `it looks like a ${network.spec.name}, but has no ${name}; if it is not a part of one, ${WITH_GRAPH}`,
      );
    if (!isOf(tensor, shape))
      throw new UserError(
        `it looks like a ${network.spec.name}, but its ${name} has ${tensor.shape.join('x')} values in place of ${shape.join('x')}; ${WITH_GRAPH}`,
      );
    const data = tensor.read();
    if (!data.every(Number.isFinite))
      throw new UserError(
        `its ${name} has values that are not finite numbers, as of a training that diverged; take an earlier checkpoint`,
      );
    weights.set(name, { shape, data });
  }
  return weights;
}

/** Undefined: the network reads colours. Otherwise its tensors, of which the first convolution makes grey of them. */
function greyTensors({ parameters: [first] }: Network, tensors: NamedTensors): NamedTensors | undefined {
  const given = tensors.get(first.name);
  const [filters, channels, ...kernel] = first.shape;
  if (channels !== CHANNELS || kernel.length !== 2 || given?.shape.join() !== [filters, 1, ...kernel].join())
    return undefined;
  return new Map(tensors).set(first.name, {
    shape: first.shape,
    read: () => inColour({ shape: given.shape, data: given.read() }).data,
  });
}

/** Whether shapes are the same but for sides of 1: a convolution of 1x1 is a dense layer of each pixel. */
const isOf = (tensor: NamedTensor, shape: readonly number[]): boolean => plain(tensor.shape) === plain(shape);
const plain = (shape: readonly number[]): string => shape.filter((side) => side !== 1).join('x');

const shown = (name: string): string => (/^[\w.-]{1,96}$/.test(name) ? name : JSON.stringify(name.slice(0, 96)));

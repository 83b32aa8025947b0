import { UserError } from '../../errors.ts';
import { parameterName, resolveNetwork, type Network } from '../../network/network.ts';
import { networkSchema, type NetworkSpec } from '../../network/spec.ts';
import type { Tensor, Weights } from '../../network/weights.ts';
import { finetuningByAdamw, finetuningBySgd } from '../fine-tuning.ts';
import type { NetworkOfFile } from '../network-of-file.ts';
import { Builder, type Made } from './builder.ts';
import { ExternalData, takeIn } from './external.ts';
import { built, Graph } from './graph.ts';
import { readColours } from './grey.ts';
import { headOf } from './head.ts';
import { imageInput } from './input.ts';
import { classNamesOf, licenceOf } from './metadata.ts';
import { modelOf } from './model.ts';
import { pixelsOf } from './pixels.ts';
import { sameAsFile } from './verify.ts';
import { written } from './written.ts';

export interface OnnxOptions {
  /** The folder of the file, for weights in files beside it; absent: it has none. */
  readonly folder?: string;
  /** What the network is called: the file's name without its ending. */
  readonly name: string;
  /** Rows and columns of its images, where the file leaves them open. */
  readonly size?: number;
}

/**
 * The network of an exported classifier: its graph in layers of ours, with its weights. It computes what onnxruntime does with the
 * file, which is tried. Throws a UserError, one clause.
 */
export async function onnxNetwork(bytes: Uint8Array, options: OnnxOptions): Promise<NetworkOfFile> {
  const model = modelOf(bytes);
  takeIn(model, new ExternalData(options.folder));
  const graph = new Graph(model);
  const input = imageInput(model, options.size);
  const builder = new Builder(input.size, input.channels, input.batch);
  const images = builder.images(input.isChannelsLast);
  const logits = built({ graph, bytes: bytes.length, builder, input: input.name, images });
  const head = headOf(builder, logits, graph.nodes.at(-1)!);
  const grey = input.channels === 1 ? readColours(builder.layers) : [];
  const { spec, weights } = networkOf(builder.layers, head.place, {
    ...options,
    size: input.size,
    classes: head.classes,
  });
  const { producerName, producerVersion, metadataProps } = model;
  const isOurs = producerName === 'Transplant';
  const { pixels, notes } = pixelsOf(builder.scaling, input.size, input.isChannelsLast, isOurs || input.isByte);
  const classNames = classNamesOf(metadataProps, head.classes);
  const licence = licenceOf(metadataProps);
  const left =
    graph.left.length > 0
      ? [`Its last function, ${graph.left.join(' and ')}, is left off: training needs the numbers before it.`]
      : [];
  const read: NetworkOfFile = {
    ...{ spec, classes: head.classes, weights, pixels },
    ...(classNames && { classNames }),
    ...(licence !== undefined && { licence }),
    origin: `ONNX${producerName ? ` of ${`${producerName} ${producerVersion}`.trim().slice(0, 60)}` : ''}`,
    notes: [...notes, ...left, ...head.notes, ...grey, ...input.notes],
  };
  await sameAsFile(read, { model, graph, input, scaling: builder.scaling });
  return read;
}

interface Wanted {
  readonly name: string;
  readonly size: number;
  readonly classes: number;
}

function networkOf(
  layers: readonly Made[],
  last: number,
  { name, size, classes }: Wanted,
): { spec: NetworkSpec; weights: Weights } {
  const { spec } = layers[last];
  if (spec.type === 'dense') {
    const { units: _units, ...head } = spec;
    layers[last].spec = head;
  }
  const title = /^[A-Za-z]/.test(name) ? name : `network-${name}`;
  const specName = title.replaceAll(/[^A-Za-z0-9_-]/g, '-').slice(0, 32);
  const { layers: entries, names } = written(layers, last, specName);
  const isTransformer = layers.some(({ spec }) => spec.type === 'layer-norm');
  const training = isTransformer ? finetuningByAdamw(size) : finetuningBySgd(size);
  const parsed = networkSchema.safeParse({ name: specName, inputSize: size, layers: entries, training });
  if (!parsed.success) {
    const [{ path, message }] = parsed.error.issues;
    throw new UserError(`its graph is no network that can be read: ${path.join('.')}: ${message}`);
  }
  const weights = new Map<string, Tensor>();
  for (const [at, layer] of names)
    for (const [role, tensor] of Object.entries(layers[at].weights))
      weights.set(parameterName(layer, role as Parameters<typeof parameterName>[1]), tensor);
  return { spec: parsed.data, weights: ofNetwork(resolved(parsed.data, classes), weights) };
}

function resolved(spec: NetworkSpec, classes: number): Network {
  try {
    return resolveNetwork(spec, classes);
  } catch (cause) {
    if (!(cause instanceof UserError)) throw cause;
    throw new UserError(`its graph makes no network that can be cut: ${cause.message.replace(/\.$/, '')}`, { cause });
  }
}

function isFinite(data: Float32Array): boolean {
  for (const value of data) if (value - value !== 0) return false;
  return true;
}

/** In the order of the network's parameters, checked. */
function ofNetwork({ parameters }: Network, weights: Weights): Weights {
  return new Map(
    parameters.map(({ name, shape }) => {
      const tensor = weights.get(name);
      if (tensor?.data.length !== shape.reduce((product, side) => product * side, 1))
        throw new Error(`${name} of a network that was read has no weights of its shape`);
      if (!isFinite(tensor.data)) throw new UserError(`its ${name} holds values that are not finite numbers`);
      return [name, { shape, data: tensor.data }] as const;
    }),
  );
}

import { z } from 'zod';
import { channelMeans } from '../../data/mean-image.ts';
import { UserError } from '../../errors.ts';
import { CHANNELS, type Network, resolveNetwork } from '../../network/network.ts';
import { networkSchema } from '../../network/spec.ts';
import type { Tensor, Weights } from '../../network/weights.ts';
import { floatsOf } from '../../pretrained/layer.ts';
import { modelOf } from '../../pretrained/onnx/model.ts';
import { storedTensors, type ValueSizes } from '../../store/safetensors.ts';
import { MEAN } from './write.ts';

/** A network that this program has saved, read back. */
export interface ReadBack {
  readonly network: Network;
  readonly weights: Weights;
  /** Subtracted from pixels, [3, inputSize, inputSize]. */
  readonly mean: Float32Array;
  /** In the order of its outputs. */
  readonly classes: readonly string[];
  /** Rows and columns that its images had before their centre was cut out. */
  readonly imageSize: number;
}

/** What is read of the metadata (facts.ts). */
const metadataSchema = z.object({
  program: z.string().startsWith('Transplant '),
  network: z.string(),
  classes: z.string(),
  image_size: z.string().optional(),
});
const classesSchema = z.array(z.string()).min(1).max(65_535);

interface Content {
  readonly metadata: Readonly<Record<string, string>>;
  readonly tensors: ReadonlyMap<string, Tensor>;
}

/**
 * Reads a file of write.ts back, an ONNX model as data too: its graph is that of the network in its metadata. Undefined for any
 * other file. Throws a UserError, one clause, for one of ours that is damaged or lacks the mean image.
 */
export function readSavedNetwork(bytes: Uint8Array): ReadBack | undefined {
  const content = safetensorsContent(bytes) ?? onnxContent(bytes);
  const metadata = metadataSchema.safeParse(content?.metadata).data;
  if (!content || !metadata) return undefined;
  const spec = parsed(metadata.network, networkSchema, 'network');
  const classes = parsed(metadata.classes, classesSchema, 'classes');
  const network = resolveNetwork(spec, classes.length);
  return {
    network,
    classes,
    weights: new Map(network.parameters.map((wanted) => [wanted.name, tensorOf(content, wanted)])),
    mean: channelMeans(spec, spec.inputSize) ?? meanIn(content, spec.inputSize),
    imageSize: Math.max(spec.inputSize, Math.min(1024, Math.trunc(Number(metadata.image_size)) || spec.inputSize)),
  };
}

const SIZES: ValueSizes = { F32: 4, F16: 2, BF16: 2, F64: 8, I64: 8, I32: 4, I16: 2, I8: 1, U8: 1, BOOL: 1 };

function safetensorsContent(bytes: Uint8Array): Content | undefined {
  // The header is JSON behind eight bytes of length.
  if (bytes[8] !== 0x7b) return undefined;
  const { stored, metadata } = readable(() => storedTensors(bytes, SIZES)) ?? { stored: [], metadata: {} };
  const floats = stored.filter(({ type }) => type === 'F32');
  return {
    metadata,
    tensors: new Map(floats.map(({ name, shape, bytes }) => [name, { shape, data: floatsOf(bytes, 'float32') }])),
  };
}

/** The first field of a model is its IR version, a number. */
const ONNX_START = 0x08;

function onnxContent(bytes: Uint8Array): Content | undefined {
  if (bytes[0] !== ONNX_START) return undefined;
  const { graph, metadataProps } = readable(() => modelOf(bytes)) ?? {};
  if (!graph || !metadataProps) return undefined;
  const tensors = graph.initializer.map(({ name, dims, rawData }) => {
    return [name, { shape: dims.map(Number), data: floatsOf(rawData, 'float32') }] as const;
  });
  return {
    metadata: Object.fromEntries(metadataProps.map(({ key, value }) => [key, value])),
    tensors: new Map(tensors),
  };
}

/** What is damaged is not ours to complain of: it may be a file of another kind. */
function readable<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch (error) {
    if (error instanceof UserError) return undefined;
    throw error;
  }
}

function parsed<T>(json: string, schema: z.ZodType<T>, what: string): T {
  try {
    return schema.parse(JSON.parse(json));
  } catch (cause) {
    throw new UserError(`its metadata has no valid "${what}"`, { cause });
  }
}

function tensorOf({ tensors }: Content, wanted: { name: string; shape: readonly number[]; size: number }): Tensor {
  const { name, shape, size } = wanted;
  const tensor = tensors.get(name);
  if (tensor?.shape.join() !== shape.join() || tensor.data.length !== size)
    throw new UserError(`it lacks the weights ${name} of ${shape.join(' x ')} values that its network has`);
  if (!tensor.data.every(Number.isFinite)) throw new UserError(`${name} has weights that are not numbers`);
  return tensor;
}

/** The constant of the first node of a model, or the tensor of a safetensors file. */
function meanIn({ tensors }: Content, size: number): Float32Array {
  const mean = (tensors.get(MEAN) ?? tensors.get('input.mean'))?.data;
  if (mean?.length === CHANNELS * size ** 2) return mean;
  throw new UserError('it lacks the mean image that is subtracted from pixels: save it where its images are');
}

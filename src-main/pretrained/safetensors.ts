import { storedTensors, type StoredTensor, type ValueSizes } from '../store/safetensors.ts';
import type { Tensor } from '../network/weights.ts';
import { UserError } from '../errors.ts';
import { floatsOf, type FloatType, type PretrainedLayer } from './layer.ts';
import type { NamedTensor, StateDict } from './tensors.ts';

const FLOATS: Readonly<Record<string, FloatType>> = {
  F32: 'float32',
  F16: 'float16',
  BF16: 'bfloat16',
  F64: 'float64',
};
/** Types that may stand in a file; counters of batches and the like are passed over. */
const SIZES: ValueSizes = { F32: 4, F16: 2, BF16: 2, F64: 8, I64: 8, I32: 4, I16: 2, I8: 1, U8: 1, BOOL: 1 };
/** Eight bytes of the header's length, of which the upper ones are 0, and then JSON. */
export const looksLikeSafetensors = (bytes: Buffer): boolean => bytes[8] === 0x7b && bytes.readUInt32LE(4) === 0;

/** Every tensor of a safetensors file. Throws a UserError, one clause: files are hostile. */
export function tensorsOfSafetensors(bytes: Uint8Array): StateDict {
  const { stored } = storedTensors(bytes, SIZES);
  const tensors = stored.map(({ name, shape, type, bytes: values }): [string, NamedTensor] => [
    name,
    {
      shape,
      read: () => {
        if (!Object.hasOwn(FLOATS, type)) throw new UserError(`its ${name} has whole numbers for weights`);
        return floatsOf(values, FLOATS[type]);
      },
    },
  ]);
  return { tensors: new Map(tensors), notes: [] };
}

/** Momentum in our checkpoints. */
const MOMENTUM = 'momentum/';
const NATURAL = new Intl.Collator('en', { numeric: true });

/**
 * The weight layers of a safetensors file: pairs `<layer>.weight` and `<layer>.bias`, our own checkpoints and PyTorch's state
 * dictionaries. A header is in no order, so convolutions come first and dense layers after, each by number
 * (`features.3` before `features.10`, `conv1` before `conv2`). Throws a UserError, one clause: files are hostile.
 */
export function safetensorsLayers(bytes: Uint8Array): PretrainedLayer[] {
  const { stored } = storedTensors(bytes, SIZES);
  const floats = new Map(
    stored
      .filter(({ name, type }) => Object.hasOwn(FLOATS, type) && !name.startsWith(MOMENTUM))
      .map((tensor) => [tensor.name, tensor]),
  );
  return [...floats.values()]
    .filter(({ name, shape }) => name.endsWith('.weight') && (shape.length === 4 || shape.length === 2))
    .sort((a, b) => b.shape.length - a.shape.length || NATURAL.compare(a.name, b.name))
    .map((weight) => {
      const name = weight.name.slice(0, -'.weight'.length);
      const bias = floats.get(`${name}.bias`);
      return {
        name,
        weightShape: weight.shape,
        biasShape: bias?.shape,
        read: () => ({ weight: tensorOf(weight), bias: tensorOf(bias!) }),
      };
    });
}

const tensorOf = ({ shape, type, bytes }: StoredTensor): Tensor => ({ shape, data: floatsOf(bytes, FLOATS[type]) });

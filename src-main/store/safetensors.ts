import { z } from 'zod';
import { quoted } from '../common/visible.ts';
import { UserError } from '../errors.ts';

/**
 * Safetensors files (github.com/huggingface/safetensors, "Format"), with tensors of float32, and counters that other programs
 * expect:
 *
 *     8 bytes   N, the length of the header, little-endian
 *     N bytes   JSON {"name": {"dtype": "F32", "shape": [...], "data_offsets": [begin, end]}, "__metadata__": {...}}
 *     the rest  the tensors, little-endian and row-major, one after the other without gaps
 */
export interface Tensor {
  readonly shape: readonly number[];
  readonly data: Float32Array;
}

/** A whole number, as PyTorch stores how many batches a norm has seen. */
export interface Counter {
  readonly shape: readonly [];
  readonly data: BigInt64Array;
}

export interface SafetensorsContent {
  readonly tensors: ReadonlyMap<string, Tensor>;
  readonly metadata: Readonly<Record<string, string>>;
}

const METADATA = '__metadata__';
const LENGTH_BYTES = 8;
const ALIGNMENT = 8;
/**
 * Bytes of a header, at most. Those of the largest networks take some 100 KB; a file that claims more is not a
 * checkpoint.
 */
const MAXIMUM_HEADER = 2 ** 20;

/** The header of a file lies within this many bytes. */
export const HEAD_BYTES = LENGTH_BYTES + MAXIMUM_HEADER;

/**
 * Encodes a file as pieces: its header, and the bytes of the tensors, which are not copied. The same tensors in the
 * same order give the same bytes.
 */
export function encodeSafetensors(
  tensors: ReadonlyMap<string, Tensor | Counter>,
  metadata: Readonly<Record<string, string>>,
): Uint8Array[] {
  let end = 0;
  const entries: [string, unknown][] = [[METADATA, metadata]];
  for (const [name, { shape, data }] of tensors) {
    if (name === METADATA) throw new Error(`a tensor can't be named ${METADATA}`);
    if (data.length !== product(shape)) throw new Error(`${name} has ${data.length} values, not ${shape.join('x')}`);
    const dtype = data instanceof Float32Array ? 'F32' : 'I64';
    entries.push([name, { dtype, shape, data_offsets: [end, (end += data.byteLength)] }]);
  }
  // Object.fromEntries defines properties, so that even "__proto__" can be a tensor's name.
  const json = Buffer.from(JSON.stringify(Object.fromEntries(entries)));
  const headerLength = Math.ceil(json.length / ALIGNMENT) * ALIGNMENT;
  const header = new Uint8Array(LENGTH_BYTES + headerLength).fill(0x20);
  new DataView(header.buffer).setBigUint64(0, BigInt(headerLength), true);
  header.set(json, LENGTH_BYTES);
  return [header, ...tensors.values().map(({ data }) => new Uint8Array(data.buffer, data.byteOffset, data.byteLength))];
}

const size = z.int().nonnegative();
const tensorSchema = z.strictObject({
  dtype: z.string(),
  shape: z.array(size),
  data_offsets: z.tuple([size, size]),
});
const metadataSchema = z.custom<Record<string, string>>(
  (value) =>
    typeof value === 'object' &&
    value !== null &&
    !Array.isArray(value) &&
    Object.values(value).every((text) => typeof text === 'string'),
);

interface Entry {
  readonly name: string;
  readonly type: string;
  readonly shape: readonly number[];
  readonly begin: number;
  readonly end: number;
}

/** A tensor of any type as it is in the file: `bytes` is a view, not a copy. */
export interface StoredTensor {
  readonly name: string;
  /** `F32`, `BF16` ... */
  readonly type: string;
  readonly shape: readonly number[];
  readonly bytes: Uint8Array;
}

/** The bytes of one value of each type, by the type's name. */
export type ValueSizes = Readonly<Record<string, number>>;
const FLOAT32: ValueSizes = { F32: Float32Array.BYTES_PER_ELEMENT };

/** Copies every tensor out of `bytes`. Throws a UserError whose message is a clause that says what is wrong. */
export function decodeSafetensors(bytes: Uint8Array): SafetensorsContent {
  const { stored, metadata } = storedTensors(bytes, FLOAT32);
  const tensors = new Map(
    stored.map(({ name, shape, bytes: values }) => {
      const data = new Float32Array(values.length / Float32Array.BYTES_PER_ELEMENT);
      new Uint8Array(data.buffer).set(values);
      return [name, { shape, data }] as const;
    }),
  );
  return { tensors, metadata };
}

/**
 * The tensors of a file, checked but not copied. Throws the errors of `decodeSafetensors`.
 *
 * @param sizes of the types that are allowed
 */
export function storedTensors(
  bytes: Uint8Array,
  sizes: ValueSizes,
): { stored: StoredTensor[]; metadata: Readonly<Record<string, string>> } {
  const header = readHeader(bytes);
  let metadata: Record<string, string> = {};
  const entries: Entry[] = [];
  let keys = 0;
  for (const [name, value] of Object.entries(header.value)) {
    if (name === METADATA) {
      metadata = checked(metadataSchema, value, METADATA);
      keys += 1 + Object.keys(value as object).length;
    } else {
      entries.push(tensorEntry(name, value, sizes));
      keys += 1 + Object.keys(tensorSchema.shape).length;
    }
  }
  if (keys !== countKeys(header.text)) throw new UserError('a name is in the header twice');
  checkCoverage(entries, bytes.length - header.end);
  const stored = entries.map(({ name, type, shape, begin, end }) => {
    return { name, type, shape, bytes: bytes.subarray(header.end + begin, header.end + end) };
  });
  return { stored, metadata };
}

/**
 * The shapes of a file's tensors, by name. Throws the errors of `decodeSafetensors`.
 *
 * @param head the first HEAD_BYTES of the file, or all if it has fewer
 */
export function shapesInHead(head: Uint8Array): ReadonlyMap<string, readonly number[]> {
  const tensors = Object.entries(readHeader(head).value).filter(([name]) => name !== METADATA);
  return new Map(tensors.map(([name, value]) => [name, tensorEntry(name, value, FLOAT32).shape]));
}

function readHeader(bytes: Uint8Array): { text: string; value: object; end: number } {
  if (bytes.length < LENGTH_BYTES) throw new UserError(`the file has only ${bytes.length} bytes`);
  const length = new DataView(bytes.buffer, bytes.byteOffset, LENGTH_BYTES).getBigUint64(0, true);
  if (length > MAXIMUM_HEADER)
    throw new UserError(`its header claims ${length} bytes, more than the ${MAXIMUM_HEADER} that are allowed`);
  const end = LENGTH_BYTES + Number(length);
  if (end > bytes.length) throw new UserError(`its header of ${length} bytes is longer than the file`);
  let text: string;
  let value: unknown;
  try {
    text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes.subarray(LENGTH_BYTES, end));
    value = JSON.parse(text);
  } catch (cause) {
    throw new UserError('its header is not JSON', { cause });
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw new UserError('its header is not a JSON object');
  return { text, value, end };
}

function tensorEntry(name: string, value: unknown, sizes: ValueSizes): Entry {
  const label = `tensor ${quoted(name)}`;
  const { dtype, shape, data_offsets } = checked(tensorSchema, value, label);
  if (!Object.hasOwn(sizes, dtype))
    throw new UserError(
      `${label} is of type ${quoted(dtype)}; only ${Object.keys(sizes).join(', ')} ${Object.keys(sizes).length > 1 ? 'are' : 'is'} supported`,
    );
  const [begin, end] = data_offsets;
  // A product beyond 2^53 is inexact, but is never equal to the number of bytes of a real file.
  if (end - begin !== product(shape) * sizes[dtype])
    throw new UserError(`${label} has ${end - begin} bytes, which is not the size of its shape`);
  return { name, type: dtype, shape, begin, end };
}

/** Checks that every byte belongs to exactly one tensor, as the format demands. */
function checkCoverage(entries: readonly Entry[], bytes: number): void {
  let position = 0;
  for (const { name, begin, end } of entries.toSorted((a, b) => a.begin - b.begin || a.end - b.end)) {
    if (begin !== position)
      throw new UserError(`tensor ${quoted(name)} starts at byte ${begin} of the data instead of ${position}`);
    position = end;
  }
  if (position !== bytes) throw new UserError(`it has ${bytes} bytes of data instead of ${position}`);
}

/**
 * Counts the keys in valid JSON, which are the strings before a colon: JSON.parse silently keeps the last of equal
 * ones.
 */
function countKeys(text: string): number {
  return text.matchAll(/"[^"\\]*(?:\\.[^"\\]*)*"(\s*:)?/g).reduce((keys, match) => keys + (match[1] ? 1 : 0), 0);
}

function checked<T>(schema: z.ZodType<T>, value: unknown, label: string): T {
  const result = schema.safeParse(value);
  if (!result.success) throw new UserError(`the header's entry of ${label} is malformed`, { cause: result.error });
  return result.data;
}

const product = (shape: readonly number[]): number => shape.reduce((total, extent) => total * extent, 1);

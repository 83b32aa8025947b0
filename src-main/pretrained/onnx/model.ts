import { fromBinary, type DescMessage } from '@bufbuild/protobuf';
import { BinaryReader, WireType } from '@bufbuild/protobuf/wire';
import { ModelProtoSchema, type ModelProto } from '../../engine/onnx/proto/onnx_pb.js';
import { UserError } from '../../errors.ts';

/**
 * Messages that a model may have, and how many for each of its bytes: they take a hundred times as much memory as an empty one
 * has bytes. The largest models have some hundred thousand, with names.
 */
const MOST_MESSAGES = 2 ** 21;
const MESSAGES_EACH = 1 / 4;
const ALWAYS_ALLOWED = 1000;
const DEEPEST = 50;

/** Whether a file has the parts of a model, and a graph among them; nothing is read of any. */
export function looksLikeOnnx(bytes: Uint8Array): boolean {
  const wires = new Map(ModelProtoSchema.fields.map(({ number, message, scalar }) => [number, message ? 0 : scalar]));
  const graph = ModelProtoSchema.field.graph.number;
  const reader = new BinaryReader(bytes);
  let hasGraph = false;
  try {
    while (reader.pos < bytes.length) {
      const [number, wire] = reader.tag();
      if (!wires.has(number)) return false;
      hasGraph ||= number === graph && wire === WireType.LengthDelimited;
      reader.skip(wire, number);
    }
  } catch {
    // Half a download still is a model, and is refused as one.
    return hasGraph;
  }
  return hasGraph && reader.pos === bytes.length;
}

/**
 * The parts of an ONNX model (https://onnx.ai/onnx/repo-docs/IR.html), read as data and counted before they are made. Throws a
 * UserError, one clause: `otherwise` for what is no model.
 */
export function modelOf(
  bytes: Uint8Array,
  otherwise = 'it is a damaged ONNX model, perhaps half a download; save it again',
): ModelProto {
  try {
    const most = Math.min(MOST_MESSAGES, ALWAYS_ALLOWED + bytes.length * MESSAGES_EACH);
    if (messagesIn(new BinaryReader(bytes), bytes.length, ModelProtoSchema, most) > most)
      throw new UserError('it has more parts than its size allows');
    return fromBinary(ModelProtoSchema, bytes, { readUnknownFields: false });
  } catch (cause) {
    if (cause instanceof UserError) throw cause;
    throw new UserError(otherwise, { cause });
  }
}

/** Counts messages up to one more than `most`, without making any of them. */
function messagesIn(reader: BinaryReader, end: number, { fields }: DescMessage, most: number, depth = 1): number {
  if (depth > DEEPEST) throw new UserError('its graphs are nested too deeply');
  const below = new Map(fields.flatMap(({ number, message }) => (message ? [[number, message]] : [])));
  let found = 1;
  while (reader.pos < end && found <= most) {
    const [number, wire] = reader.tag();
    const message = below.get(number);
    if (!message || wire !== WireType.LengthDelimited) reader.skip(wire, number);
    else {
      const length = reader.uint32();
      found += messagesIn(reader, reader.pos + length, message, most - found, depth + 1);
    }
  }
  return found;
}

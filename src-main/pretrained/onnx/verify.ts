import { create, toBinary } from '@bufbuild/protobuf';
import { InferenceSession, Tensor } from 'onnxruntime-node';
import {
  GraphProtoSchema,
  ModelProtoSchema,
  NodeProtoSchema,
  TensorProto_DataType as DataType,
  type ModelProto,
} from '../../engine/onnx/proto/onnx_pb.js';
import { attributeProto, valueInfo } from '../../engine/onnx/protobuf.ts';
import { LayerReader } from '../../engine/onnx/reader.ts';
import { messageOf, UserError } from '../../errors.ts';
import { resolveNetwork } from '../../network/network.ts';
import { RandomStream } from '../../random.ts';
import { GREY } from '../grey.ts';
import type { NetworkOfFile } from '../network-of-file.ts';
import type { Graph } from './graph.ts';

import type { ImageInput } from './input.ts';
import type { Scaling } from './value.ts';

/** Largest difference of a class's number, by the largest of them; of files in 16 bits, whose sums onnxruntime may round. */
const TOLERANCE = 1e-3;
const TOLERANCE_OF_HALVES = 3e-2;

interface Original {
  readonly model: ModelProto;
  readonly graph: Graph;
  readonly input: ImageInput;
  readonly scaling: Scaling | undefined;
}

/**
 * Holds a network to its file: onnxruntime runs the nodes that were read on an image of noise, our engine the network, and the
 * classes must get the same numbers. Throws a UserError, one clause, where they don't.
 */
export async function sameAsFile(read: NetworkOfFile, original: Original): Promise<void> {
  const { input, scaling } = original;
  const image = noise(input, scaling);
  const wanted = await logitsOfFile(original, image.ofFile);
  const got = await logitsOf(read, image.ofNetwork);
  const largest = wanted.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
  const difference = wanted.reduce((most, value, unit) => Math.max(most, Math.abs(value - got[unit])), 0);
  const tolerance = input.type === DataType.FLOAT ? TOLERANCE : TOLERANCE_OF_HALVES;
  if (!(largest > 0 && Number.isFinite(largest)))
    throw new UserError('its classes get only zeros, or no numbers, as of a network whose last layer was not trained');
  if (!(got.length === wanted.length && difference <= tolerance * largest))
    throw new UserError(
      `what was read of it does not compute what onnxruntime does with it (a difference of ${(difference / largest).toPrecision(1)} of the largest number), so it is not taken; please report the file`,
    );
}

/** An image as the network reads it, and as the file does before its own scaling. */
function noise({ size, channels, isChannelsLast, isByte }: ImageInput, scaling: Scaling | undefined) {
  const pixels = size ** 2;
  const stream = new RandomStream('onnx', 'an image of noise');
  const plain = { factor: Array<number>(channels).fill(1), term: Array<number>(channels).fill(0) };
  const { factor, term } = scaling ?? plain;
  const ofNetwork = new Float32Array(3 * pixels);
  const ofFile = new Float32Array(channels * pixels);
  for (let at = 0; at < pixels; at++) {
    const colour = [0, 0, 0].map(() => stream.gaussian());
    const read = channels === 1 ? [GREY.reduce((sum, share, channel) => sum + share * colour[channel], 0)] : colour;
    read.forEach((value, channel) => {
      const place = isChannelsLast ? at * channels + channel : channel * pixels + at;
      const raw = (value - term[channel]) / factor[channel];
      ofFile[place] = isByte ? Math.min(255, Math.max(0, Math.round(128 + 60 * value))) : raw;
      if (isByte) colour[channel] = ofFile[place] * factor[channel] + term[channel];
    });
    if (channels === 1 && isByte) colour.fill(colour[0]);
    colour.forEach((value, channel) => (ofNetwork[channel * pixels + at] = value));
  }
  return { ofNetwork, ofFile };
}

async function logitsOfFile({ model, graph, input }: Original, image: Float32Array): Promise<Float32Array> {
  const batch = input.batch ?? 1;
  const images = new Float32Array(batch * image.length);
  for (let at = 0; at < batch; at++) images.set(image, at * image.length);
  const { size, channels, isChannelsLast } = input;
  const sides = isChannelsLast ? [batch, size, size, channels] : [batch, channels, size, size];
  let session: InferenceSession | undefined;
  try {
    const bytes = bytesOf(model, graph, input, sides);
    session = await InferenceSession.create(bytes, { logSeverityLevel: 4, intraOpNumThreads: 2 });
    const outputs = await session.run({ [IMAGES]: new Tensor('float32', images, sides) });
    const values = outputs[CLASSES].data as Float32Array;
    return values.slice(0, values.length / batch);
  } catch (cause) {
    const [why] = messageOf(cause).split('\n');
    throw new UserError(
      `onnxruntime, which it is compared with, can't run it (${why.slice(0, 160)}); export it again, in float32 and with opset_version=18`,
      { cause },
    );
  } finally {
    await session?.release();
  }
}

/** What the model's input and output are called; no exporter has such names. */
const [IMAGES, CLASSES] = ['transplant: images', 'transplant: classes'];

/**
 * The model with those nodes alone that its classes depend on, and their numbers as its output. Images go in and numbers come out
 * as float32, whatever type it computes with: onnxruntime for Node has no float16 where Node has a Float16Array.
 */
function bytesOf(
  model: ModelProto,
  { proto, logits, nodes }: Graph,
  { name, type }: ImageInput,
  sides: readonly number[],
): Uint8Array {
  const cast = (from: string, as: string, to: DataType) =>
    create(NodeProtoSchema, {
      ...{ opType: 'Cast', input: [from], output: [as] },
      attribute: [attributeProto('to', to)],
    });
  const graph = create(GraphProtoSchema, {
    ...{ name: 'classifier', initializer: proto.initializer },
    input: [valueInfo(IMAGES, sides, 'float32'), ...proto.input.filter((one) => one.name !== name)],
    node: [cast(IMAGES, name, type), ...nodes.map(({ proto }) => proto), cast(logits, CLASSES, DataType.FLOAT)],
    output: [{ name: CLASSES }],
  });
  const { irVersion, opsetImport } = model;
  return toBinary(ModelProtoSchema, create(ModelProtoSchema, { irVersion, opsetImport, graph }));
}

async function logitsOf({ spec, weights, classes }: NetworkOfFile, image: Float32Array): Promise<Float32Array> {
  const network = resolveNetwork(spec, classes);
  const points = [{ n: network.depth, place: 'end' as const }];
  const reader = await LayerReader.open({ network, weights, points, batchSize: 1, threads: 2 });
  try {
    return (await reader.read(image)).values().next().value!;
  } finally {
    await reader.dispose();
  }
}

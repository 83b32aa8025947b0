import type { Tensor, Tensor2D, Tensor4D } from '@tensorflow/tfjs-core';
import { adapterNames, centreOf } from '../../network/variants.ts';
import { UserError } from '../../errors.ts';
import type { Layer, Shape } from '../../network/network.ts';
import type { LayerSpec } from '../../network/spec.ts';
import type { Tensor as PlainTensor } from '../../network/weights.ts';
import type { Tf } from './backend.ts';

type Spec<T extends LayerSpec['type']> = Extract<LayerSpec, { type: T }>;

/** What a layer may need besides its input. */
export interface LayerContext {
  /** A parameter by name, in TensorFlow's layout. */
  readonly parameter: (name: string) => Tensor;
  /** Mask of a dropout layer, [N, rows, columns, channels]; undefined when not training. */
  readonly mask: (layer: Layer) => Tensor4D | undefined;
}

/** The value of padding in max-pooling: the lowest float32, as some kernels turn -Infinity to NaN. */
const LOWEST = -3.4028234663852886e38;

/** Applies a layer to [N, rows, columns, channels]; the output has that layout too, of a dense layer [N, 1, 1, units]. */
export function applyLayer(tf: Tf, layer: Layer, x: Tensor4D, context: LayerContext): Tensor4D {
  const { spec, name } = layer;
  switch (spec.type) {
    case 'conv': {
      const filters = adaptedKernel(tf, layer, spec.kernel, context);
      return tf.add(convolve(tf, spec, x, filters), context.parameter(`${name}.bias`));
    }
    case 'dense':
      return dense(tf, x, context.parameter(`${name}.weight`) as Tensor2D, context.parameter(`${name}.bias`));
    case 'relu':
      return tf.relu(x);
    case 'pool':
      return spec.mode === 'max' ? maxPool(tf, spec, x) : averagePool(tf, spec, x);
    case 'lrn':
      // TensorFlow's alpha is per channel of the window, Caffe's is divided by the window's size.
      return tf.localResponseNormalization(x, (spec.size - 1) / 2, spec.k, spec.alpha / spec.size, spec.beta);
    case 'dropout': {
      const mask = context.mask(layer);
      return mask ? tf.mul(x, mask) : x;
    }
    default:
      throw new UserError(`The engine tensorflow has no layers of type ${spec.type}; choose the engine onnx.`, {
        usage: true,
      });
  }
}

/** W, or W + B A at its centre where there is an adapter (network/variants.ts), [rows, columns, channels, filters]. */
function adaptedKernel(tf: Tf, layer: Layer, kernel: number, context: LayerContext): Tensor4D {
  const weight = context.parameter(`${layer.name}.weight`) as Tensor4D;
  if (layer.adapterRank === undefined) return weight;
  const names = adapterNames(layer);
  const [a, b] = [context.parameter(names.a) as Tensor2D, context.parameter(names.b) as Tensor2D];
  const tap: Tensor4D = tf.expandDims(tf.expandDims(tf.matMul(a, b, true, true)));
  const around: [number, number] = [centreOf(kernel), kernel - 1 - centreOf(kernel)];
  return tf.add(weight, tf.pad4d(tap, [around, around, [0, 0], [0, 0]]));
}

/** Group g of the filters sees group g of the channels (Krizhevsky et al. 2012, section 3.5). */
function convolve(tf: Tf, spec: Spec<'conv'>, x: Tensor4D, filters: Tensor4D): Tensor4D {
  const padded = pad(tf, x, spec.pad as number, 0);
  if (spec.groups === 1) return tf.conv2d(padded, filters, spec.stride, 'valid');
  const channelsOfGroup = tf.split<Tensor4D>(padded, spec.groups, 3);
  const filtersOfGroup = tf.split<Tensor4D>(filters, spec.groups, 3);
  return tf.concat(
    channelsOfGroup.map((channels, group) => tf.conv2d(channels, filtersOfGroup[group], spec.stride, 'valid')),
    3,
  );
}

/** Weights [units, inputs] with inputs in the order channel, row, column, so the input is turned to that order first. */
function dense(tf: Tf, x: Tensor4D, weights: Tensor2D, bias: Tensor): Tensor4D {
  const [count] = x.shape;
  const [units, inputs] = weights.shape;
  const flat: Tensor2D = tf.reshape(tf.transpose(x, [0, 3, 1, 2]), [count, inputs]);
  return tf.reshape(tf.add(tf.matMul(flat, weights, false, true), bias), [count, 1, 1, units]);
}

/** The first maximum of a window in row-major order gets the gradient, as in Caffe and in TensorFlow's CPU kernel. */
function maxPool(tf: Tf, spec: Spec<'pool'>, x: Tensor4D): Tensor4D {
  return tf.maxPool(pad(tf, x, spec.pad as number, LOWEST), spec.kernel, spec.stride, 'valid');
}

/** The mean of a window's real pixels: padding counts neither in the sum nor in the number. */
function averagePool(tf: Tf, spec: Spec<'pool'>, x: Tensor4D): Tensor4D {
  const average = (image: Tensor4D) =>
    tf.avgPool(pad(tf, image, spec.pad as number, 0), spec.kernel, spec.stride, 'valid');
  if (spec.pad === 0) return average(x);
  const realFraction = average(tf.ones([1, x.shape[1], x.shape[2], 1]));
  return tf.div(average(x), realFraction);
}

function pad(tf: Tf, x: Tensor4D, size: number, value: number): Tensor4D {
  if (size === 0) return x;
  return tf.pad4d(
    x,
    [
      [0, 0],
      [size, size],
      [size, size],
      [0, 0],
    ],
    value,
  );
}

// The program's layouts are images [N, channels, rows, columns] and convolution weights [filters, channels, rows, columns];
// TensorFlow's are [N, rows, columns, channels] and [rows, columns, channels, filters]. Dense weights and biases are the same.

/** Images [N, ...shape] in the program's layout as a tensor [N, rows, columns, channels]. */
export function imagesIn(tf: Tf, data: Float32Array, [channels, rows, columns]: Shape): Tensor4D {
  const count = data.length / (channels * rows * columns);
  return tf.tidy(() => tf.transpose(tf.tensor4d(data, [count, channels, rows, columns]), [0, 2, 3, 1]));
}

/** A parameter as a tensor with storage of its own: later changes of `data` don't reach it. */
export function parameterIn(tf: Tf, { data, shape }: PlainTensor): Tensor {
  const copy = data.slice();
  if (shape.length !== 4) return tf.tensor(copy, [...shape]);
  return tf.tidy(() => tf.transpose(tf.tensor(copy, [...shape]), [2, 3, 1, 0]));
}

/** A copy of a tensor as a parameter of this shape in the program's layout. */
export async function parameterOut(tf: Tf, tensor: Tensor, shape: readonly number[]): Promise<PlainTensor> {
  if (shape.length !== 4) return { shape, data: Float32Array.from(await tensor.data()) };
  const transposed = tf.transpose(tensor, [3, 2, 0, 1]);
  const data = Float32Array.from(await transposed.data());
  transposed.dispose();
  return { shape, data };
}

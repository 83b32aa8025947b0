import { volume } from '../../../network/layers/layer.ts';
import type { Made } from '../builder.ts';
import { inOrder, laidSide, squeezed, valueOf, type Value } from '../value.ts';
import { mapped } from '../builder.ts';
import { wholesOf } from '../shapes.ts';
import { axisOf, constantAt, valueAt, type Operator, type Step } from './step.ts';
import { imageAt, padding, sum, windowOf } from './windows.ts';

/** https://onnx.ai/onnx/operators/onnx__MaxPool.html and AveragePool */
export const pooling =
  (mode: 'max' | 'average'): Operator =>
  (step) => {
    const { node, builder } = step;
    const { image, around } = imageAt(step);
    const [, rows, columns] = image.own;
    const [top, left, bottom, right] = around;
    const window = windowOf(step, node.ints('kernel_shape') ?? [], top + rows + bottom, left + columns + right);
    const { kernel, stride, pad, dilation } = window;
    if (dilation !== 1) throw node.wrong('pools with dilation, which is not there');
    const isPadded = around.some((zeros) => zeros > 0);
    // A maximum with zeros is one of the image alone where nothing in it is below 0.
    if (isPadded && mode === 'max' && !isNeverNegative(builder.layers, image.place))
      throw node.wrong(
        'takes the maximum of an image with zeros around it, which is not there; negative numbers are below them',
      );
    const counted = node.int('count_include_pad', 0) !== 0;
    if (isPadded && mode === 'average' && pad.some((zeros) => zeros > 0) && !counted)
      throw node.wrong('counts some of the zeros around its image in its mean and others not');
    const isWhole = kernel === rows && kernel === columns && sum(pad, around).every((zeros) => zeros === 0);
    if (mode === 'average' && isWhole) return { ...builder.add(node, { type: 'global-pool' }, [image]) };
    const all = sum(pad, around);
    const hasPad = all.some((zeros) => zeros > 0);
    return builder.add(
      node,
      {
        ...{ type: 'pool', mode, kernel, stride },
        ...(hasPad && { pad: padding(all) }),
        ...(node.int('ceil_mode', 0) !== 0 && { ceil: true }),
        ...(mode === 'average' && hasPad && (counted || isPadded) && { countPadding: true }),
      },
      [image],
    );
  };

const POSITIVE: ReadonlySet<string> = new Set(['relu', 'sigmoid', 'hard-sigmoid', 'softmax']);
const KEEPING: ReadonlySet<string> = new Set(['pool', 'global-pool', 'concat', 'reshape', 'transpose', 'slice', 'add']);

/** Whether a layer's numbers can't be below 0: it is a function without such, or made of nothing but such. */
function isNeverNegative(layers: readonly Made[], place: number): boolean {
  const seen = new Set<number>();
  const open = [place];
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    if (seen.has(next)) continue;
    seen.add(next);
    const layer = layers[next] as Made | undefined;
    if (!layer) return false;
    const { spec, sources } = layer;
    if (POSITIVE.has(spec.type) || (spec.type === 'clip' && spec.least >= 0)) continue;
    if (!KEEPING.has(spec.type)) return false;
    open.push(...sources);
  }
  return true;
}

/** https://onnx.ai/onnx/operators/onnx__GlobalAveragePool.html */
export const globalAveragePool: Operator = (step) => {
  const { shape } = valueAt(step, 0);
  return mean(
    step,
    valueAt(step, 0),
    Array.from({ length: shape.length - 2 }, (_, side) => side + 2),
    true,
  );
};

export const globalMaxPool: Operator = (step) => {
  const { node, builder } = step;
  const image = builder.image(node, valueAt(step, 0));
  const [, rows, columns] = image.own;
  if (rows !== columns) throw node.wrong('takes the maximum of an image that is not square');
  return builder.add(node, { type: 'pool', mode: 'max', kernel: rows, stride: rows }, [image]);
};

/** https://onnx.ai/onnx/operators/onnx__ReduceMean.html; a sum is as many means. */
export const reduction =
  (kind: 'mean' | 'sum'): Operator =>
  (step) => {
    const { node } = step;
    const x = valueAt(step, 0);
    const listed = wholesOf(node, constantAt(step, 1), 'axes');
    if (!listed && node.int('noop_with_empty_axes', 0)) return x;
    const axes = listed?.map((axis) => axisOf(step, x, axis)) ?? [...x.shape.keys()];
    const result = mean(step, x, axes, node.int('keepdims', 1) !== 0);
    const values = volume(axes.map((axis) => x.shape[axis]));
    return kind === 'sum' && values !== 1 ? mapped(result, (number) => number * values) : result;
  };

/** The mean along some sides of a value: as of an image whose rows they are and whose channels the others. */
function mean(step: Step, value: Value, axes: readonly number[], keeps: boolean): Value {
  const { node, builder } = step;
  const shape = value.shape.flatMap((side, index) => (axes.includes(index) ? (keeps ? [1] : []) : [side]));
  const x = builder.settled(node, builder.withSides(node, value));
  const gone = new Set(axes.map((axis) => laidSide(x, axis)).filter((side) => side !== undefined));
  if (gone.size === 0) return { ...x, shape };
  const left = x.order.filter((side) => !gone.has(side));
  const isImage = x.own.length === 3 && squeezed(x.own).length === 3 && gone.size === 2 && !gone.has(0);
  if (isImage) return { ...builder.add(node, { type: 'global-pool' }, [x]), shape };
  const order = [...left, ...gone];
  const sides = order.map((side) => x.laid[side]);
  const seen: Value = { ...x, shape: [1, ...sides], order };
  const turned = inOrder(order) ? { ...seen, order } : seen;
  const [kept, reduced] = [volume(left.map((side) => x.laid[side])), volume([...gone].map((side) => x.laid[side]))];
  const image = builder.as(node, turned, [kept, reduced, 1]);
  const { place } = builder.add(node, { type: 'global-pool' }, [image]);
  const laid = left.map((side) => x.laid[side]);
  return { ...valueOf(place, [kept, 1, 1], shape), laid, order: laid.map((_, index) => index) };
}

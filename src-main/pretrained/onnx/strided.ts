import { volume } from '../../network/layers/layer.ts';

type Data = Float32Array | Float64Array;

/** Steps in a row-major array along each side. */
export function stridesOf(shape: readonly number[]): number[] {
  const strides = Array<number>(shape.length).fill(1);
  for (let side = shape.length - 2; side >= 0; side--) strides[side] = strides[side + 1] * shape[side + 1];
  return strides;
}

/** The values at `offset` + steps along each side of `shape`, row-major. */
export function strided<T extends Data>(data: T, shape: readonly number[], strides: readonly number[], offset = 0): T {
  const result = new (data.constructor as new (length: number) => T)(volume(shape));
  if (result.length === 0) return result;
  const [last, step] = [shape.at(-1) ?? 1, strides.at(-1) ?? 0];
  const outer = shape.slice(0, -1);
  const place = outer.map(() => 0);
  let at = offset;
  for (let i = 0; ;) {
    for (const end = i + last; i < end; at += step) result[i++] = data[at];
    if (i === result.length) return result;
    at -= step * last;
    for (let side = outer.length - 1; ; side--) {
      at += strides[side];
      if (++place[side] < outer[side]) break;
      at -= strides[side] * outer[side];
      place[side] = 0;
    }
  }
}

/** Sides in another order: side i of the result is side `order[i]`. */
export function transposed<T extends Data>(data: T, shape: readonly number[], order: readonly number[]): T {
  const strides = stridesOf(shape);
  return strided(
    data,
    order.map((side) => shape[side]),
    order.map((side) => strides[side]),
  );
}

/** Sides of 1, and those that are missing in front, repeated up to a larger shape. */
export function repeated<T extends Data>(data: T, shape: readonly number[], wanted: readonly number[]): T {
  if (volume(shape) === volume(wanted)) return data;
  const own = stridesOf(shape);
  const missing = wanted.length - shape.length;
  return strided(
    data,
    wanted,
    wanted.map((_, side) => (side < missing || shape[side - missing] === 1 ? 0 : own[side - missing])),
  );
}

/** The shape in which several meet by the rules of ONNX; undefined where they don't. */
export function commonShape(...shapes: (readonly number[])[]): number[] | undefined {
  const sides = Math.max(...shapes.map(({ length }) => length));
  const common = Array<number>(sides).fill(1);
  for (const shape of shapes)
    for (const [index, size] of shape.entries()) {
      const side = sides - shape.length + index;
      if (size === 1) continue;
      if (common[side] !== 1 && common[side] !== size) return undefined;
      common[side] = size;
    }
  return common;
}

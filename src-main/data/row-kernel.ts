import { functionBody, get, I32, F64, i32, i32Const, moduleOf, set, V128, v128 } from './webassembly.ts';

/**
 * Subtracts the mean from one row of pixels, in WebAssembly: V8 runs the same loop in JavaScript one value at a time,
 * which takes three times as long. It computes in double precision and rounds once, as JavaScript does, so the bytes
 * are the same.
 *
 *     output[i] = float32((pixels[i] - mean[i]) * scale)          i = 0..length-1, length at least 4
 */
export interface RowKernel {
  /** `pixels` (uint8), `mean` (float32) and `to` (float32) are byte addresses in the kernel's memory. */
  plain(to: number, pixels: number, mean: number, length: number, scale: number): void;
  /** Writes from right to left. `to` is the address of the row's last four values. */
  mirrored(to: number, pixels: number, mean: number, length: number, scale: number): void;
}

/** Compiles a kernel that works on this memory. */
export function compileRowKernel(memory: WebAssembly.Memory): RowKernel {
  const module = moduleOf([I32, I32, I32, I32, F64], { plain: rowFunction(false), mirrored: rowFunction(true) });
  const { exports } = new WebAssembly.Instance(module, { '': { '': memory } });
  return exports as unknown as RowKernel;
}

/** The numbers of the locals: the parameters, then the current four pixels as int32, and the scale twice as float64. */
const [TO, PIXELS, MEAN, LENGTH, SCALE, FOUR, SCALES] = [0, 1, 2, 3, 4, 5, 6];

const v128Store = v128(0x0b, 0, 0);
const i8x16Shuffle = (...lanes: number[]) =>
  v128(0x0d, ...lanes.flatMap((lane) => [0, 1, 2, 3].map((i) => 4 * lane + i)));
const f64x2Splat = v128(0x14);
const load32Zero = v128(0x5c, 0, 0);
const load64Zero = (offset: number) => v128(0x5d, 0, offset);
const f32x4DemoteZero = v128(0x5e);
const f64x2PromoteLow = v128(0x5f);
const i16x8ExtendLow = v128(0x89);
const i32x4ExtendLow = v128(0xa9);
const f64x2Subtract = v128(0xf1);
const f64x2Multiply = v128(0xf2);
const f64x2ConvertLow = v128(0xfe);

const add = (local: number, value: number) => [...get(local), ...i32Const(value), i32.add, ...set(local)];

/** Takes four pixels from the stack and leaves the lower two as float32, minus their means and times the scale. */
const lowerTwo = (meanOffset: number) => [
  ...[...f64x2ConvertLow, ...get(MEAN), ...load64Zero(meanOffset), ...f64x2PromoteLow, ...f64x2Subtract],
  ...[...get(SCALES), ...f64x2Multiply, ...f32x4DemoteZero],
];

/** Moves an address back by 4 - length values, so that the last four values of a row overlap those before them. */
const moveBack = (local: number, shift: number, backwards: number) => [
  ...[...get(local), ...i32Const(4), ...get(LENGTH), i32.subtract, ...i32Const(shift), i32.shiftLeft],
  ...[backwards, ...set(local)],
];

function rowFunction(mirrored: boolean): number[] {
  const body = [
    ...[...get(SCALE), ...f64x2Splat, ...set(SCALES)],
    ...[0x03, 0x40], // loop
    ...[...get(PIXELS), ...load32Zero, ...i16x8ExtendLow, ...i32x4ExtendLow, ...set(FOUR)],
    ...[...get(TO), ...get(FOUR), ...lowerTwo(0)],
    ...[...get(FOUR), ...get(FOUR), ...i8x16Shuffle(2, 3, 0, 1), ...lowerTwo(8)],
    ...[...(mirrored ? i8x16Shuffle(5, 4, 1, 0) : i8x16Shuffle(0, 1, 4, 5)), ...v128Store],
    ...[...add(PIXELS, 4), ...add(MEAN, 16), ...add(TO, mirrored ? -16 : 16), ...add(LENGTH, -4)],
    ...[...get(LENGTH), ...i32Const(4), i32.greaterEqual, 0x0d, 0], // br_if loop
    ...[...i32Const(0), ...get(LENGTH), i32.lessThan, 0x04, 0x40], // if
    ...[
      ...moveBack(PIXELS, 0, i32.subtract),
      ...moveBack(MEAN, 2, i32.subtract),
      ...moveBack(TO, 2, mirrored ? i32.add : i32.subtract),
    ],
    ...[...i32Const(4), ...set(LENGTH), 0x0c, 1], // br loop
    ...[0x0b, 0x0b, 0x0b], // end of if, loop, function
  ];
  return functionBody([V128, V128], body);
}

import { functionBody, get, I32, i32, i32Const, moduleOf, set, V128, v128 } from '../webassembly.ts';

/**
 * Sums rows of pixels by weights, eight values at a time: a few times as fast as the loop in JavaScript.
 *
 *     to[i] = clamp((1 << 11) + sum of weight * pixels[offset + i]) >> 12, 0, 255)          i = 0..width-1
 *
 * Up to seven values after a row are read and written as well.
 */
export interface ReduceKernel {
  /** Byte addresses in the kernel's memory, `taps` up to `end` of pairs of int32: the offset of a row from `pixels`, and its weight. */
  row(to: number, pixels: number, taps: number, end: number, width: number): void;
}

/** Compiles a kernel that works on this memory. */
export function compileReduceKernel(memory: WebAssembly.Memory): ReduceKernel {
  const module = moduleOf([I32, I32, I32, I32, I32], { row: rowFunction() });
  const { exports } = new WebAssembly.Instance(module, { '': { '': memory } });
  return exports as unknown as ReduceKernel;
}

/** Numbers of the locals: the parameters, the place in the row and among the taps, eight pixels, their weight, and two sums of four. */
const [TO, PIXELS, TAPS, END, WIDTH, AT, TAP, EIGHT, WEIGHT, LOW, HIGH] = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10];

const load8x8Unsigned = v128(0x02, 0, 0);
const i16x8Splat = v128(0x10);
const i32x4Splat = v128(0x11);
const store64Lane = v128(0x5b, 0, 0, 0);
const i8x16NarrowUnsigned = v128(0x66);
const i16x8Narrow = v128(0x85);
const i32x4ShiftRight = v128(0xac);
const i32x4Add = v128(0xae);
const [multiplyLow, multiplyHigh] = [v128(0xbc), v128(0xbd)];

const add = (local: number, value: number) => [...get(local), ...i32Const(value), i32.add, ...set(local)];
const accumulate = (sum: number, multiply: number[]) => [
  ...[...get(sum), ...get(EIGHT), ...get(WEIGHT), ...multiply, ...i32x4Add, ...set(sum)],
];
const shifted = (sum: number) => [...get(sum), ...i32Const(12), ...i32x4ShiftRight];

function rowFunction(): number[] {
  const body = [
    ...[0x03, 0x40], // loop over the row
    ...[...i32Const(1 << 11), ...i32x4Splat, ...set(LOW), ...get(LOW), ...set(HIGH), ...get(TAPS), ...set(TAP)],
    ...[0x03, 0x40], // loop over the taps
    ...[...get(PIXELS), ...get(TAP), ...i32.load(0), i32.add, ...get(AT), i32.add, ...load8x8Unsigned, ...set(EIGHT)],
    ...[...get(TAP), ...i32.load(4), ...i16x8Splat, ...set(WEIGHT)],
    ...[...accumulate(LOW, multiplyLow), ...accumulate(HIGH, multiplyHigh), ...add(TAP, 8)],
    ...[...get(TAP), ...get(END), i32.lessThanUnsigned, 0x0d, 0, 0x0b], // br_if loop, end
    ...[...shifted(LOW), ...shifted(HIGH), ...i16x8Narrow, ...set(EIGHT)],
    ...[...get(TO), ...get(AT), i32.add, ...get(EIGHT), ...get(EIGHT), ...i8x16NarrowUnsigned, ...store64Lane],
    ...[...add(AT, 8), ...get(AT), ...get(WIDTH), i32.lessThanUnsigned, 0x0d, 0], // br_if loop
    ...[0x0b, 0x0b], // end of loop, function
  ];
  return functionBody([I32, I32, V128, V128, V128, V128], body);
}

/**
 * The binary format of WebAssembly (webassembly.github.io/spec, "Binary Format"), whose names this uses: as much of it as kernels of a
 * few loops need.
 */

export const I32 = 0x7f;
export const F64 = 0x7c;
export const V128 = 0x7b;

export const get = (local: number) => [0x20, local];
export const set = (local: number) => [0x21, local];
export const i32Const = (value: number) => [0x41, ...signed(value)];
export const i32 = {
  ...{ lessThan: 0x48, lessThanUnsigned: 0x49, greaterEqual: 0x4e, add: 0x6a, subtract: 0x6b, shiftLeft: 0x74 },
  load: (offset: number) => [0x28, 2, offset],
};
export const v128 = (instruction: number, ...immediates: number[]) => [0xfd, ...unsigned(instruction), ...immediates];

/** @param locals the types of those beside the parameters @param body without the `end` of the function, unless it has one */
export const functionBody = (locals: readonly number[], body: readonly number[]): number[] =>
  sized([locals.length, ...locals.flatMap((type) => [1, type]), ...body]);

/** A module that exports functions of the same parameters, without results, and imports a memory that has no name. */
export function moduleOf(
  parameters: readonly number[],
  functions: Readonly<Record<string, readonly number[]>>,
): WebAssembly.Module {
  const names = Object.keys(functions);
  return new WebAssembly.Module(
    Uint8Array.of(
      ...[0x00, 0x61, 0x73, 0x6d, 1, 0, 0, 0], // \0asm, version 1
      ...section(1, [[0x60, parameters.length, ...parameters, 0]]), // types: one function
      ...section(2, [[0, 0, 0x02, 0, 1]]), // imports: memory of one page at least
      ...section(
        3,
        names.map(() => [0]),
      ), // functions: all of type 0
      ...section(
        7,
        names.map((name, index) => [...sized([...Buffer.from(name)]), 0x00, index]),
      ),
      ...section(10, Object.values(functions)),
    ),
  );
}

const section = (id: number, items: readonly (readonly number[])[]) => [id, ...sized([items.length, ...items.flat()])];
const sized = (bytes: readonly number[]) => [...unsigned(bytes.length), ...bytes];

/** An unsigned integer of at most 14 bits in LEB128. */
function unsigned(value: number): number[] {
  return value < 128 ? [value] : [(value & 127) | 128, value >>> 7];
}

/** A signed integer of at most 13 bits in LEB128. */
function signed(value: number): number[] {
  return value >= -64 && value < 64 ? [value & 127] : [(value & 127) | 128, (value >> 7) & 127];
}

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { UserError } from '../../src-main/errors.ts';
import * as safetensors from '../../src-main/store/safetensors.ts';
import { decodeSafetensors, type Tensor } from '../../src-main/store/safetensors.ts';

const encodeSafetensors = (...content: Parameters<typeof safetensors.encodeSafetensors>) =>
  Buffer.concat(safetensors.encodeSafetensors(...content));

const tensor = fc.array(fc.integer({ min: 0, max: 4 }), { maxLength: 4 }).chain((shape) => {
  const size = shape.reduce((total, extent) => total * extent, 1);
  return fc.float32Array({ minLength: size, maxLength: size }).map((data): Tensor => ({ shape, data }));
});
const name = fc.oneof(fc.string(), fc.constantFrom('__proto__', 'constructor', 'conv1.weight', '"dtype":', '\ud800'));
const tensors = fc
  .uniqueArray(fc.tuple(name, tensor), { selector: ([key]) => key.toWellFormed(), maxLength: 6 })
  .map(
    (entries) => new Map(entries.filter(([key]) => key !== '__metadata__').map(([key, t]) => [key.toWellFormed(), t])),
  );
const metadata = fc
  .array(fc.tuple(name, fc.string()), { maxLength: 4 })
  .map((entries) => Object.fromEntries(entries.map(([key, value]) => [key.toWellFormed(), value])));

/** A file of this header, written out as text, and so many bytes of data. */
function file(header: string, dataBytes = 0, claimed = Buffer.byteLength(header)): Uint8Array {
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(claimed));
  return Buffer.concat([length, Buffer.from(header), Buffer.alloc(dataBytes)]);
}

describe('safetensors', () => {
  test('what is written is read back, bit for bit and in order', () => {
    fc.assert(
      fc.property(tensors, metadata, (written, notes) => {
        const read = decodeSafetensors(encodeSafetensors(written, notes));
        expect(Object.entries(read.metadata)).toEqual(Object.entries(notes));
        expect([...read.tensors.keys()].sort()).toEqual([...written.keys()].sort());
        for (const [key, { shape, data }] of written) {
          const found = read.tensors.get(key)!;
          expect(found.shape).toEqual(shape);
          expect(Buffer.from(found.data.buffer)).toEqual(Buffer.from(data.buffer, data.byteOffset, data.byteLength));
        }
      }),
    );
  });

  test('reads from the middle of a larger buffer, at any alignment', () => {
    const bytes = encodeSafetensors(new Map([['w', { shape: [2], data: Float32Array.of(1, -2) }]]), {});
    for (const offset of [0, 1, 4, 7]) {
      const around = new Uint8Array(bytes.length + 16);
      around.set(bytes, offset);
      const { tensors } = decodeSafetensors(around.subarray(offset, offset + bytes.length));
      expect([...tensors.get('w')!.data]).toEqual([1, -2]);
    }
  });

  test('has the layout that other readers expect: little-endian length, data aligned to 8 bytes', () => {
    const bytes = Buffer.from(
      encodeSafetensors(new Map([['w', { shape: [1], data: Float32Array.of(1) }]]), { a: 'b' }),
    );
    const length = Number(bytes.readBigUInt64LE());
    expect(length % 8).toBe(0);
    expect(JSON.parse(bytes.subarray(8, 8 + length).toString())).toEqual({
      __metadata__: { a: 'b' },
      w: { dtype: 'F32', shape: [1], data_offsets: [0, 4] },
    });
    expect(bytes.readFloatLE(8 + length)).toBe(1);
  });

  const entry = (shape: string, offsets: string, dtype = 'F32') =>
    `{"dtype":"${dtype}","shape":${shape},"data_offsets":${offsets}}`;
  const pair = (second: string) => `{"a":${entry('[1]', '[0,4]')},"b":${second}}`;
  test.each<[string, Uint8Array, string]>([
    ['an empty file', new Uint8Array(), 'the file has only 0 bytes'],
    ['a header longer than the file', file('{}', 0, 3), 'its header of 3 bytes is longer than the file'],
    ['a header of 2^63 bytes', file('{}', 0, 2 ** 62), 'its header claims 4611686018427387904 bytes'],
    ['text that is not JSON', file('{"a":'), 'its header is not JSON'],
    ['bytes that are not UTF-8', Buffer.concat([file('', 0, 2), Buffer.from([0xff, 0xfe])]), 'its header is not JSON'],
    ['a list', file('[]'), 'its header is not a JSON object'],
    ['null', file('null'), 'its header is not a JSON object'],
    ['a tensor that is null', file('{"a":null}'), 'the header\'s entry of tensor "a" is malformed'],
    ['a negative extent', file(`{"a":${entry('[-1]', '[0,4]')}}`, 4), 'the header\'s entry of tensor "a" is malformed'],
    ['a fraction', file(`{"a":${entry('[1.5]', '[0,6]')}}`, 6), 'the header\'s entry of tensor "a" is malformed'],
    ['half precision', file(`{"a":${entry('[1]', '[0,2]', 'F16')}}`, 2), 'tensor "a" is of type "F16"; only F32'],
    ['a shape that does not fit', file(`{"a":${entry('[3]', '[0,4]')}}`, 4), 'tensor "a" has 4 bytes'],
    [
      'extents that overflow',
      file(`{"a":${entry('[4294967296,4294967296,4]', '[0,4]')}}`, 4),
      'tensor "a" has 4 bytes',
    ],
    ['offsets that run backwards', file(`{"a":${entry('[1]', '[4,0]')}}`, 4), 'tensor "a" has -4 bytes'],
    ['data that is cut off', file(`{"a":${entry('[2]', '[0,8]')}}`, 4), 'it has 4 bytes of data instead of 8'],
    ['data that no tensor claims', file(`{"a":${entry('[1]', '[0,4]')}}`, 8), 'it has 8 bytes of data instead of 4'],
    [
      'tensors that overlap',
      file(pair(entry('[1]', '[0,4]')), 8),
      'tensor "b" starts at byte 0 of the data instead of 4',
    ],
    ['a gap', file(pair(entry('[1]', '[8,12]')), 12), 'tensor "b" starts at byte 8 of the data instead of 4'],
    [
      'a name that stands twice',
      file(`{"a":${entry('[1]', '[0,4]')},"\\u0061":${entry('[1]', '[0,4]')}}`, 4),
      'a name is in the header twice',
    ],
    ['metadata that is not text', file('{"__metadata__":{"a":1}}'), 'entry of __metadata__ is malformed'],
    ['deep nesting', file('['.repeat(1e5) + ']'.repeat(1e5)), 'its header is not a JSON object'],
  ])('refuses %s and says why', (_, bytes, message) => {
    expect(() => decodeSafetensors(bytes)).toThrow(UserError);
    expect(() => decodeSafetensors(bytes)).toThrow(message);
  });

  test('whatever is done to a file, reading it works or throws a UserError', () => {
    const edit = fc.record({
      at: fc.nat(),
      remove: fc.nat(12),
      insert: fc.oneof(
        fc.uint8Array({ maxLength: 8 }),
        fc.string().map((s) => Buffer.from(s)),
      ),
    });
    fc.assert(
      fc.property(tensors, metadata, fc.array(edit, { minLength: 1, maxLength: 4 }), (written, notes, edits) => {
        let bytes = Buffer.from(encodeSafetensors(written, notes));
        for (const { at, remove, insert } of edits) {
          const start = at % (bytes.length + 1);
          bytes = Buffer.concat([bytes.subarray(0, start), insert, bytes.subarray(start + remove)]);
        }
        try {
          decodeSafetensors(bytes);
        } catch (error) {
          expect(error).toBeInstanceOf(UserError);
        }
      }),
      { numRuns: 2000 },
    );
  });

  test('whatever a header says, reading it works or throws a UserError', () => {
    fc.assert(
      fc.property(fc.json({ maxDepth: 4 }), fc.nat(16), (header, data) => {
        try {
          decodeSafetensors(file(header, data));
        } catch (error) {
          expect(error).toBeInstanceOf(UserError);
        }
      }),
      { numRuns: 500 },
    );
  });
});

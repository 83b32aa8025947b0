import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { UserError } from '../../src-main/errors.ts';
import { tensorsOfPytorch } from '../../src-main/pretrained/pytorch/pytorch.ts';
import { RandomStream } from '../../src-main/random.ts';
import {
  Call,
  Global,
  oldFile,
  Outside,
  pickle,
  storageId,
  tensor,
  Tuple,
  zipFile,
  zipOf,
  type Written,
} from './torch-file.ts';

const torchsOwn = (name: string): Buffer => readFileSync(join(import.meta.dirname, 'files', name));

/** Values of tensors by names. */
async function valuesIn(file: Buffer): Promise<Record<string, { shape: readonly number[]; values: number[] }>> {
  const { tensors } = await tensorsOfPytorch(file);
  return Object.fromEntries(
    [...tensors].map(([name, each]) => [name, { shape: each.shape, values: [...each.read()] }]),
  );
}

/** The clause that a file is refused with; anything but a UserError fails. */
async function refusal(file: Buffer): Promise<string> {
  try {
    for (const each of (await tensorsOfPytorch(file)).tensors.values()) each.read();
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    return error.message;
  }
  return 'taken';
}

describe('what torch.save wrote is read, value by value:', () => {
  const { state } = JSON.parse(torchsOwn('values.json').toString()) as {
    state: Record<string, { shape: number[]; values: number[] }>;
  };

  it.each(['zip.pth', 'old.pth'])('%s, with half, bfloat16 and double, strides, parts and parameters', async (name) => {
    const { tensors } = await tensorsOfPytorch(torchsOwn(name));
    expect([...tensors.keys()].toSorted()).toEqual([...Object.keys(state), 'counted'].toSorted());
    for (const [key, { shape, values }] of Object.entries(state)) {
      expect(tensors.get(key)!.shape, key).toEqual(shape);
      expect([...tensors.get(key)!.read()], key).toEqual(values.map(Math.fround));
    }
    expect(() => tensors.get('counted')!.read()).toThrow('whole numbers');
  });

  it('but not a module, whose code would be executed', async () => {
    expect(await refusal(torchsOwn('module.pth'))).toBe(
      'it holds a torch.nn.modules.linear.Linear, code that would be executed to load it; save tensors alone, in Python: torch.save(model.state_dict(), "weights.pth")',
    );
  });

  it('nor a program', async () => {
    expect(await refusal(torchsOwn('script.pt'))).toContain('it is a TorchScript program');
  });
});

/** Of a type of storage: its bytes, and what is read of a value. */
const TYPES: Readonly<Record<string, { bytes: number; write: (view: DataView, at: number, value: number) => void }>> = {
  FloatStorage: { bytes: 4, write: (view, at, value) => view.setFloat32(at, value, true) },
  DoubleStorage: { bytes: 8, write: (view, at, value) => view.setFloat64(at, value, true) },
  HalfStorage: { bytes: 2, write: (view, at, value) => view.setFloat16(at, value, true) },
  BFloat16Storage: { bytes: 2, write: (view, at, value) => view.setUint16(at, upperHalf(value), true) },
};
function upperHalf(value: number): number {
  const view = new DataView(new ArrayBuffer(4));
  view.setFloat32(0, value);
  return view.getUint16(0);
}
/** Values that all types have exactly. */
const value = (random: RandomStream): number => (random.integer(256) - 128) / 16;

/** Storages, tensors that look at parts of them in any order of sides, and the values that these have. */
function randomState(random: RandomStream) {
  const storages: { readonly type: string; readonly written: Written; readonly values: number[] }[] = [];
  for (let key = 0; key <= random.integer(3); key++) {
    const type = Object.keys(TYPES)[random.integer(4)];
    const values = Array.from({ length: 1 + random.integer(60) }, () => value(random));
    const bytes = Buffer.alloc(values.length * TYPES[type].bytes);
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
    values.forEach((each, place) => TYPES[type].write(view, place * TYPES[type].bytes, each));
    storages.push({ type, values, written: { key: String(key), bytes, length: values.length } });
  }
  const state = new Map<string, unknown>();
  const expected: Record<string, { shape: number[]; values: number[] }> = {};
  const used = new Set<Written>();
  for (let number = 0; number <= random.integer(6); number++) {
    const { type, written, values } = storages[random.integer(storages.length)];
    const shape = Array.from({ length: random.integer(4) }, () => 1 + random.integer(3));
    const order = shape.map((_, side) => side).toSorted(() => random.uniform() - 0.5);
    const strides = shape.map(() => 0);
    let step = 1 + random.integer(2);
    for (const side of order) {
      strides[side] = step;
      step *= shape[side];
    }
    const reach = shape.reduce((sum, size, side) => sum + (size - 1) * strides[side], 0);
    if (reach >= values.length) continue;
    const offset = random.integer(values.length - reach);
    const name = `layer${number}.weight`;
    used.add(written);
    state.set(name, tensor(storageId(type, written), offset, shape, strides));
    expected[name] = { shape, values: placesOf(shape, strides, offset).map((place) => values[place]) };
  }
  return { state, expected, storages: [...used] };
}

const placesOf = (shape: number[], strides: number[], offset: number): number[] =>
  shape.reduce(
    (places, size, side) =>
      places.flatMap((place) => Array.from({ length: size }, (_, i) => place + i * strides[side])),
    [offset],
  );

/** Anything plain. */
function randomRecord(random: RandomStream, depth = 0): unknown {
  const items = () => Array.from({ length: random.integer(4) }, () => randomRecord(random, depth + 1));
  switch (random.integer(depth < 3 ? 9 : 6)) {
    case 0:
      return null;
    case 1:
      return random.uniform() < 0.5;
    case 2:
      return random.integer(2 ** 31) - 2 ** 30;
    case 3:
      return random.gaussian();
    case 4:
      return 'é'.repeat(random.integer(5));
    case 5:
      return 2n ** 70n;
    case 6:
      return items();
    case 7:
      return new Tuple(...items());
    default:
      return new Map(items().map((item, i) => [`key${i}`, item]));
  }
}

describe('any tensors among any plain records', () => {
  it('are read from both formats as they were written', async () => {
    const property = fc.asyncProperty(fc.nat(), async (seed) => {
      const random = new RandomStream('pickles', String(seed));
      const { state, expected, storages } = randomState(random);
      // Tensors that look at the same values could be more in all than a small file has bytes.
      const filler = { key: 'filler', bytes: Buffer.alloc(4000), length: 1000 };
      const one = tensor(storageId('FloatStorage', filler), 0, [], []);
      state.set('filler', one);
      const wanted = { ...expected, filler: { shape: [], values: [0] } };
      const name = ['state_dict', 'model', 'model_state_dict', 'ema', 'anything'][random.integer(5)];
      const checkpoint = new Map<string, unknown>([
        ['epoch', randomRecord(random)],
        [name, state],
        ['after', randomRecord(random)],
      ]);
      const whole = random.uniform() < 0.3 ? state : checkpoint;
      expect(await valuesIn(await zipFile(whole, [...storages, filler]))).toEqual(wanted);
      expect(await valuesIn(oldFile(whole, [...storages, filler]))).toEqual(wanted);
    });
    await fc.assert(property, { numRuns: 100 });
  });

  it('are refused or read, whatever bytes were changed or lost, in a moment', async () => {
    const changes = fc.array(fc.tuple(fc.nat(), fc.nat({ max: 255 })), { minLength: 1, maxLength: 4 });
    const property = fc.asyncProperty(fc.constantFrom('zip.pth', 'old.pth'), changes, async (name, changed) => {
      const damaged = Buffer.from(torchsOwn(name));
      for (const [place, byte] of changed) damaged[place % damaged.length] = byte;
      expect(await refusal(damaged)).toBeTypeOf('string');
    });
    await fc.assert(property, { numRuns: 500 });
    const old = torchsOwn('old.pth');
    const zip = torchsOwn('zip.pth');
    for (let cut = 0; cut < old.length; cut += 7) expect(await refusal(old.subarray(0, cut))).not.toBe('taken');
    for (let cut = 0; cut < zip.length; cut += 29) expect(await refusal(zip.subarray(0, cut))).not.toBe('taken');
  });
});

describe('of several sets of weights', () => {
  const written: Written = { key: '0', bytes: Buffer.alloc(40), length: 10 };
  const state = () => new Map([['a.weight', tensor(storageId('FloatStorage', written), 0, [2], [1])]]);

  it('the average is taken, with a word', async () => {
    const file = await zipFile(
      new Map([
        ['state_dict', state()],
        ['state_dict_ema', state()],
      ]),
      [written],
    );
    expect((await tensorsOfPytorch(file)).notes).toEqual([
      'The file holds state_dict_ema, state_dict; the weights of state_dict_ema are taken.',
    ]);
  });
});

describe('a file that was made to do harm', () => {
  const small: Written = { key: '0', bytes: Buffer.alloc(4), length: 1 };
  const of = (offset: number, shape: number[], strides: number[]) =>
    zipFile(new Map([['a.weight', tensor(storageId('FloatStorage', small), offset, shape, strides)]]), [small]);
  const both = async (pickled: unknown): Promise<[string, string]> => [
    await refusal(await zipFile(pickled)),
    await refusal(oldFile(pickled)),
  ];

  it.each([
    ['posix', 'system'],
    ['builtins', 'eval'],
    ['builtins', 'getattr'],
    ['torch', 'load'],
    ['torch.serialization', 'load'],
    ['argparse', 'Namespace'],
    ['torch._utils', '_rebuild_device_tensor_from_numpy'],
  ])('is refused by the name of what it would execute: %s.%s', async (module, name) => {
    for (const message of await both(new Call(new Global(module, name), 'touch /tmp/harm')))
      expect(message).toMatch(new RegExp(`^it holds an? ${module}\\.${name}, code that would be executed`));
  });

  it('shows no more of a name than a line', async () => {
    const [message] = await both(new Global('a'.repeat(1e5), '\x1b[2J'));
    expect(message.length).toBeLessThan(400);
    expect(message).not.toContain('\x1b');
  });

  it('calls nothing that is only a type', async () => {
    for (const message of await both(new Call(new Global('torch', 'FloatStorage'), 1e12)))
      expect(message).toBe('it calls torch.FloatStorage, which a file of tensors has no need of');
  });

  it('has no tensor that is larger than its values', async () => {
    expect(await refusal(await of(0, [1_000_000, 1_000_000], [0, 0]))).toContain('more than it holds');
    expect(await refusal(await of(0, [2], [1]))).toContain('more than it holds');
    expect(await refusal(await of(1, [1], [1]))).toContain('more than it holds');
    expect(await refusal(await of(0, Array<number>(60).fill(1), Array<number>(60).fill(1)))).toContain('damaged');
    expect(await refusal(await of(-1, [1], [1]))).toContain('damaged');
  });

  it('has no more tensors of one storage than the file has bytes', async () => {
    const written: Written = { key: '0', bytes: Buffer.alloc(4000), length: 1000 };
    const again = () => tensor(storageId('FloatStorage', written), 0, [1000], [1]);
    const many = new Map(Array.from({ length: 500 }, (_, i) => [`${i}.weight`, again()]));
    expect(await refusal(await zipFile(many, [written]))).toContain('parts of each other');
  });

  it('doubles nothing: a list of lists that are the same costs one each', async () => {
    // Each level is a list that has the one below twice, from the memo.
    const memo = (place: number) => String.fromCharCode(place);
    let levels = ']q\x000';
    for (let level = 1; level < 200; level++) levels += `](h${memo(level - 1)}h${memo(level - 1)}eq${memo(level)}0`;
    const bomb = Buffer.from(`\x80\x02}X\x01\x00\x00\x00a${levels}h${memo(199)}s.`, 'latin1');
    expect(await refusal(await zipOf([['archive/data.pkl', bomb]]))).toBe(
      'it holds no tensors by names, as a state_dict() has them',
    );
  });

  it('makes no dict twice of the same list', async () => {
    // A thousand pairs of a memoised list, in each of a hundred thousand dicts.
    const pairs = Array.from({ length: 1000 }, (_, i) => `M${String.fromCharCode(i & 255, i >> 8)}N\x86`).join('');
    const dicts = 'h\x01h\x00\x85R'.repeat(100_000);
    const bomb = `\x80\x02]q\x00(${pairs}e0ccollections\nOrderedDict\nq\x010(${dicts}t.`;
    const before = process.memoryUsage().heapTotal;
    expect(await refusal(await zipOf([['archive/data.pkl', Buffer.from(bomb, 'latin1')]]))).toContain('no tensors');
    expect(process.memoryUsage().heapTotal - before).toBeLessThan(2 ** 28);
  });

  it('may have a dict of very many names', async () => {
    const names = Array.from({ length: 200_000 }, (_, i) => `\x8c\x06${String(i).padStart(6, '0')}N`).join('');
    const file = await zipOf([['archive/data.pkl', Buffer.from(`\x80\x04}(${names}u.`, 'latin1')]]);
    expect(await refusal(file)).toContain('no tensors');
  });

  it('is no deeper than it is read, and may hold itself', async () => {
    const deep = Buffer.from(`\x80\x02${']'.repeat(200_000)}${'a'.repeat(199_999)}.`, 'latin1');
    expect(await refusal(await zipOf([['archive/data.pkl', deep]]))).toContain('no tensors');
    const itself = Buffer.from('\x80\x02}q\x00X\x01\x00\x00\x00ah\x00s.', 'latin1');
    expect(await refusal(await zipOf([['archive/data.pkl', itself]]))).toContain('no tensors');
  });

  it('has no more instructions than a network needs', async () => {
    const many = Buffer.from(`\x80\x02${'N0'.repeat(3e6)}N.`, 'latin1');
    expect(await refusal(await zipOf([['archive/data.pkl', many]]))).toBe('it holds more than any network has');
  });

  it.each([
    ['a text of 2^60 bytes', '\x80\x04\x8d\x00\x00\x00\x00\x00\x00\x00\x10'],
    ['a number of 2 GB', '\x80\x02\x8b\xff\xff\xff\x7f'],
    ['a stack without values', '\x80\x02R.'],
    ['a mark as a value', '\x80\x02(.'],
    ['a memo without values', '\x80\x02h\x05.'],
    ['text that is not UTF-8', '\x80\x02X\x02\x00\x00\x00\xff\xfe.'],
    ['instructions of old protocols', "\x80\x02S'a'\n."],
  ])('claims %s in vain', async (_what, bytes) => {
    const file = await zipOf([['archive/data.pkl', Buffer.from(bytes, 'latin1')]]);
    expect(await refusal(file)).toMatch(/damaged|instruction/);
  });

  it('may not have parts that overlap, that are compressed, or that are missing', async () => {
    const state = new Map([['a.weight', tensor(storageId('FloatStorage', small), 0, [1], [1])]]);
    const entries = [
      ['archive/data.pkl', pickle(state)],
      ['archive/data/0', small.bytes],
    ] as const;
    expect(await refusal(await zipOf(entries))).toBe('taken');
    expect(await refusal(await zipOf(entries.slice(0, 1)))).toContain('damaged');
    expect(await refusal(await zipOf(entries, true))).toContain('compressed');
    const overlapping = await zipOf(entries);
    // In the directory, the second entry's place becomes the first's.
    const directory = overlapping.lastIndexOf('PK\x01\x02');
    overlapping.writeUInt32LE(0, directory + 42);
    expect(await refusal(overlapping)).toMatch(/overlap|damaged/);
  });

  it('may not say that its numbers are of another kind, or somewhere else', async () => {
    for (const id of [
      new Tuple('module', new Global('torch', 'FloatStorage'), '0', 'cpu', 1),
      new Tuple('storage', 'torch.FloatStorage', '0', 'cpu', 1),
      new Tuple('storage', new Global('torch', 'FloatStorage'), '0', 'cpu', 2),
      'storage',
    ])
      expect(await refusal(await zipFile(new Map([['a', tensor(new Outside(id), 0, [1], [1])]]), [small]))).toContain(
        'damaged',
      );
  });
});

it('a pickle of Python that is none of PyTorch is told apart', async () => {
  expect(await refusal(pickle(new Map([['a', 1]])))).toBe('it is a pickle of Python, but not one of PyTorch');
});

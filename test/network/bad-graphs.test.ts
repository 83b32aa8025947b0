import { describe, expect, it } from 'vitest';
import { UserError } from '../../src-main/errors.ts';
import { parseNetwork } from '../../src-main/network/read-spec.ts';
import { resolveNetwork } from '../../src-main/network/network.ts';
import { networkSchema, type EntryInput } from '../../src-main/network/spec.ts';

const conv = (name: string, inputs?: string[], filters = 4): EntryInput => ({
  ...{ type: 'conv', name, filters, kernel: 3, pad: 1 },
  ...(inputs && { inputs }),
});
const relu = (name: string, inputs?: string[]): EntryInput => ({ type: 'relu', name, ...(inputs && { inputs }) });
const fc: EntryInput = { type: 'dense', name: 'fc' };
const block = (name: string, layers: EntryInput[], times?: number): EntryInput => ({
  ...{ type: 'block', name, layers },
  ...(times !== undefined && { times }),
});

const fileOf = (layers: readonly EntryInput[], inputSize = 8, batchSize = 16) => ({
  name: 'mine',
  inputSize,
  layers,
  training: {
    batchSize,
    ...{ epochs: 1, learningRate: 0.1, momentum: 0.9, weightDecay: 0, warmUp: 0, cropPadding: 0, mirror: false },
    schedule: { kind: 'cosine' },
  },
});

/** What a person is told, and how long it took. */
function refused(...file: Parameters<typeof fileOf>): { sentence: string; milliseconds: number } {
  return refusedText(JSON.stringify(fileOf(...file)));
}

function refusedText(text: string): { sentence: string; milliseconds: number } {
  const begin = performance.now();
  try {
    parseNetwork(text, 'net.json');
  } catch (error) {
    expect(error).toBeInstanceOf(UserError);
    return { sentence: (error as UserError).message, milliseconds: performance.now() - begin };
  }
  throw new Error('the network was taken');
}

const cases: [what: string, sentence: string, layers: EntryInput[], inputSize?: number, batchSize?: number][] = [
  [
    'a circle',
    'layer 2 (b): it reads "d", which is made of its own output; a network can\'t have a circle.',
    [conv('a'), { type: 'add', name: 'b', inputs: ['a', 'd'] }, conv('c'), relu('d'), fc],
  ],
  [
    'a layer that reads itself',
    'layer 2 (b): it reads "b", which is made of its own output; a network can\'t have a circle.',
    [conv('a'), { type: 'add', name: 'b', inputs: ['a', 'b'] }, fc],
  ],
  [
    'a circle in a block',
    'layer 2 (s.1.b): it reads "c", which is made of its own output; a network can\'t have a circle.',
    [conv('a'), { type: 'block', name: 's', times: 1, from: 1, layers: [relu('b', ['c']), conv('c')] }, fc],
  ],
  [
    'a value used before it is made',
    'layer 2 (b): it reads "c", which is made after it; put it further up.',
    [
      conv('a'),
      { type: 'add', name: 'b', inputs: ['a', 'c'] },
      conv('c', ['a']),
      { type: 'add', inputs: ['b', 'c'] },
      fc,
    ],
  ],
  ['a value that nothing makes', 'layer 2 (b): there is no layer "z" to read.', [conv('a'), relu('b', ['z']), fc]],
  [
    "a block's own value, outside of it",
    'layer 3 (c): there is no layer "inner" to read.',
    [conv('a'), block('s', [relu('inner')]), relu('c', ['inner']), fc],
  ],
  [
    'shapes that do not meet',
    "layer 3 (sum): its inputs of 4x8x8 and 6x8x8 don't meet. Its input is 4x8x8 (channels x rows x columns) and 6x8x8 (channels x rows x columns).",
    [conv('a'), conv('b', ['a'], 6), { type: 'add', name: 'sum', inputs: ['a', 'b'] }, fc],
  ],
  [
    'a residual whose branch has another shape',
    "layer 2 (res.0.add): its inputs of 6x8x8 and 4x8x8 don't meet. Its input is 6x8x8 (channels x rows x columns) and 4x8x8 (channels x rows x columns).",
    [conv('a'), { type: 'residual', name: 'res', times: 2, branch: [conv('b', undefined, 6)] }, fc],
  ],
  [
    'matrices that can not be multiplied',
    "layer 2 (scores): its inputs of 4x8x8 and 3x8x8 can't be multiplied. Its input is 4x8x8 (channels x rows x columns) and 3x8x8 (channels x rows x columns).",
    [conv('a'), { type: 'matrix-product', name: 'scores', inputs: ['a', 'input'] }, fc],
  ],
  [
    'too few values',
    'layer 2 (sum): it reads 1 value and needs at least 2; name its "inputs". Its input is 4x8x8 (channels x rows x columns).',
    [conv('a'), { type: 'add', name: 'sum' }, fc],
  ],
  [
    'too many values',
    'layer 2 (b): it reads 2 values and needs 1; name its "inputs". Its input is 4x8x8 (channels x rows x columns) and 3x8x8 (channels x rows x columns).',
    [conv('a'), relu('b', ['a', 'input']), fc],
  ],
  [
    'a block of two values',
    'layer 3 (s): it reads 2 values and needs 1; name one in its "inputs".',
    [conv('a'), conv('b'), { type: 'block', name: 's', inputs: ['a', 'b'], layers: [relu('c')] }, fc],
  ],
  [
    'two outputs',
    'layer 2 (b): no layer reads its output; the last layer is the only output that a network can have.',
    [conv('a'), conv('b'), conv('c', ['a']), fc],
  ],
  [
    'a branch that no cut can pass',
    'layer 2 (whole.fc): nothing below it can be cut off; a cut needs weights below it, and a place outside of blocks that exactly one value crosses.',
    [relu('start'), block('whole', [conv('a'), conv('b', ['input']), { type: 'add', inputs: ['a', 'b'] }, fc])],
  ],
  [
    'no weights but the last',
    'layer 2 (fc): nothing below it can be cut off; a cut needs weights below it, and a place outside of blocks that exactly one value crosses.',
    [relu('a'), fc],
  ],
  [
    'names twice, in a block',
    'layer 2 (s.b): the name "s.b" is used twice; rename one.',
    [conv('a'), block('s', [conv('b'), conv('b')]), fc],
  ],
  [
    'a block twice',
    'layer 3 (s): the name "s" is used twice; rename one.',
    [conv('a'), block('s', [relu('b')]), block('s', [relu('c')]), fc],
  ],
  [
    "the name of a block's input",
    'layer 2 (input): "input" is the name of what a block reads; choose another.',
    [conv('a'), conv('input'), fc],
  ],
  [
    'parts of a split that are not as many',
    'layer 2 (b): a split into 3 names needs as many sizes.',
    [conv('a'), { type: 'split', names: ['b', 'c', 'd'], sizes: [2, 2] }, fc],
  ],
  [
    'parts that there are not',
    'layer 2 (c): axis 0 has no places from 3 to 6. Its input is 4x8x8 (channels x rows x columns).',
    [conv('a'), { type: 'split', names: ['b', 'c'], sizes: [3, 3] }, { type: 'concat', inputs: ['b', 'c'] }, fc],
  ],
  [
    'heads that do not divide the width',
    "layer 2 (attn): a width of 64 can't be divided among 5 heads.",
    [conv('a', undefined, 64), { type: 'attention', name: 'attn', width: 64, heads: 5 }, fc],
  ],
  [
    'images that need terabytes',
    'layer 1 (a): its output of 65536x512x512 values per image is too large; 16777216 is the most. Its input is 3x512x512 (channels x rows x columns).',
    [conv('a', undefined, 65536), fc],
    512,
  ],
  [
    'attention that needs terabytes',
    'layer 4 (attn.qkv.matrix-product): its output of 1x2x16384x16384 values per image is too large',
    [
      { type: 'conv', name: 'a', filters: 4, kernel: 1 },
      { type: 'reshape', shape: [4, -1] },
      { type: 'transpose', order: [1, 0] },
      { type: 'attention', name: 'attn', width: 4, heads: 2 },
      fc,
    ],
    128,
  ],
  [
    'a batch that needs terabytes',
    'layer 5 (e): up to it, a step of 4096 images needs more than 256 GiB for the values of layers; choose smaller ones. Its input is 16x512x512 (channels x rows x columns).',
    [...['a', 'b', 'c', 'd', 'e'].map((name) => conv(name, undefined, 16)), fc],
    512,
    4096,
  ],
  [
    'weights that need terabytes',
    'layer 3 (c): it brings the network to',
    [conv('a'), { type: 'dense', name: 'b', units: 65536 }, { type: 'dense', name: 'c', units: 65536 }, fc],
  ],
  [
    'a table that needs terabytes',
    'layer 2 (t)',
    [conv('a'), { type: 'table', name: 't', mode: 'join', shape: [2 ** 24, 2 ** 24, 2 ** 24] }, fc],
  ],
  [
    'a shape of more values than numbers count',
    'layer 2 (shape)',
    [conv('a'), { type: 'reshape', name: 'shape', shape: Array.from({ length: 6 }, () => 2 ** 24) }, fc],
  ],
  [
    'LRN of tokens',
    'layer 3 (a.lrn): it normalises the channels of images, of channels, rows and columns. Its input is 4x64.',
    [conv('a'), { type: 'reshape', shape: [4, -1] }, { type: 'lrn' }, fc],
  ],
  [
    'a table with the name of weights',
    'layer 2 (a.weight): there is another tensor "a.weight"; rename one of the two.',
    [conv('a'), { type: 'table', name: 'a.weight', mode: 'add', shape: [1] }, fc],
  ],
  [
    'a table with the name of an adapter',
    'layer 2 (a): there is another tensor "a.adapter.b"; rename one of the two.',
    [{ type: 'table', name: 'a.adapter.b', mode: 'add', shape: [1] }, conv('a'), fc],
  ],
  [
    'a table with the name that saved networks give their images',
    'layer 2 (images): there is another tensor "images"; rename one of the two.',
    [conv('a'), { type: 'table', name: 'images', mode: 'add', shape: [1] }, fc],
  ],
  [
    'a table along an axis that there is not',
    "layer 2 (t): its table of 8 doesn't fit. Its input is 4x8x8 (channels x rows x columns).",
    [conv('a'), { type: 'table', name: 't', mode: 'multiply', shape: [8], axis: 5 }, fc],
  ],
  [
    'a table that is too long from its axis on',
    "layer 2 (t): its table of 4x8x8 doesn't fit. Its input is 4x8x8 (channels x rows x columns).",
    [conv('a'), { type: 'table', name: 't', mode: 'multiply', shape: [4, 8, 8], axis: 1 }, fc],
  ],
  [
    'LRN of more channels than a matrix has room for',
    'layer 2 (a.lrn): it normalises 4096 channels at most. Its input is 8192x8x8 (channels x rows x columns).',
    [conv('a', undefined, 8192), { type: 'lrn' }, fc],
  ],
];

describe('a graph that can not be is refused with one sentence that names the layer', () => {
  it.each(cases)('%s', (_what, sentence, layers, inputSize, batchSize) => {
    const refusal = refused(layers, inputSize, batchSize).sentence;
    expect(refusal).toContain(sentence);
    expect(refusal).toMatch(/^net\.json: Network "mine", layer \d+ \([^)]+\): [^\n]+\.$/);
  });
});

describe('a block is read by its name, as what it puts out', () => {
  const sourcesOf = (layers: EntryInput[]) => {
    const network = resolveNetwork(networkSchema.parse(fileOf(layers)), 10);
    const named = network.layers.find(({ name }) => name === 'read')!;
    return named.sources.map((place) => network.layers[place].name);
  };
  const residual: EntryInput = { type: 'residual', name: 's', branch: [conv('b')], after: [relu('out')] };

  it.each<[string, EntryInput, string[], string[]]>([
    ['a residual', residual, ['a', 's'], ['a', 's.out']],
    ['one of several', { ...residual, times: 2 }, ['s.0', 's.1'], ['s.0.out', 's.1.out']],
    ['a block', block('s', [conv('b'), relu('c')]), ['a', 's'], ['a', 's.c']],
    ['a block in a block', block('s', [block('t', [conv('b')]), relu('c')]), ['s.t', 's'], ['s.t.b', 's.c']],
  ])('%s', (_what, entry, inputs, read) => {
    expect(sourcesOf([conv('a'), entry, { type: 'add', name: 'read', inputs }, fc])).toEqual(read);
  });

  it('but not from within', () => {
    expect(refused([conv('a'), block('s', [conv('b'), relu('c', ['s'])]), fc]).sentence).toContain(
      'layer 2 (s.c): it reads "s", which is made of its own output; a network can\'t have a circle.',
    );
  });
});

describe('a network that is far too large is refused at once', () => {
  /** Blocks of 256 in each other. */
  const nested = (levels: number): EntryInput =>
    levels === 0 ? relu('r') : block(`b${levels}`, [nested(levels - 1)], 256);

  it.each([2, 4, 8])('%i levels of blocks that stand 256 times each', (levels) => {
    const before = process.memoryUsage().heapUsed;
    const { sentence, milliseconds } = refused([conv('a'), nested(levels), fc]);
    expect(sentence).toMatch(
      /^net\.json: Network "mine", layer 2 \(b.*\): blocks written out, it would be layer 4097; 4096 is the most\.$/,
    );
    expect(milliseconds).toBeLessThan(1000);
    expect(process.memoryUsage().heapUsed - before).toBeLessThan(64 * 2 ** 20);
  });

  it('blocks in blocks in blocks', () => {
    expect(refused([conv('a'), nested(9), fc]).sentence).toMatch(
      /^net\.json: Network "mine", layer 2 \(b9\.0.*\): it stands in 8 blocks, one in the other, which is the most\.$/,
    );
    const deep = 20_000;
    const text = JSON.stringify(fileOf([conv('a'), relu('HERE'), fc])).replace(
      JSON.stringify(relu('HERE')),
      '{"type":"block","name":"b","layers":['.repeat(deep) + JSON.stringify(relu('r')) + ']}'.repeat(deep),
    );
    const { sentence, milliseconds } = refusedText(text);
    expect(sentence).toBe('net.json: its lists stand in each other more than 64 deep; write its blocks flatter.');
    expect(milliseconds).toBeLessThan(1000);
  });

  it('names as long as they may be, in every block, that nothing makes', () => {
    const name = (letter: string) => `${letter}.`.repeat(46) + letter;
    const inputs = Array.from({ length: 64 }, (_, i) => `${name('z')}${i}`);
    const adds = Array.from({ length: 200 }, (): EntryInput => ({ type: 'add', inputs }));
    const levels = [...'abcdefg'].reduce(
      (layers, letter) => [block(name(letter), layers)],
      [block(name('h'), adds, 20)],
    );
    const { sentence, milliseconds } = refused([conv('a'), ...levels, fc]);
    expect(sentence).toMatch(/: there is no layer "z[^"]*" to read\.$/);
    expect(milliseconds).toBeLessThan(5000);
  });
});

describe('a chain of 4,096 layers', () => {
  const layers: EntryInput[] = [
    block('deep', [block('inner', [conv('a'), relu('r')], 127)], 16),
    ...Array.from({ length: 30 }, (_, i) => conv(`top${i}`)),
    { type: 'global-pool' },
    fc,
  ];

  it('is resolved at once, and has its cuts', () => {
    const begin = performance.now();
    const network = resolveNetwork(networkSchema.parse(fileOf(layers)), 10);
    expect(network.layers).toHaveLength(4096);
    expect(network.depth).toBe(16 + 30 + 1);
    expect(performance.now() - begin).toBeLessThan(1000);
  });
});

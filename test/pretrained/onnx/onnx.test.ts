import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, parse } from 'node:path';
import { create } from '@bufbuild/protobuf';
import { afterAll, describe, expect, it } from 'vitest';
import {
  AttributeProtoSchema,
  TensorProto_DataLocation as DataLocation,
  TensorProto_DataType as DataType,
  TensorProtoSchema,
  type NodeProto,
  type TensorProto,
} from '../../../src-main/engine/onnx/proto/onnx_pb.js';
import { UserError } from '../../../src-main/errors.ts';
import { resolveNetwork } from '../../../src-main/network/network.ts';
import { looksLikeOnnx } from '../../../src-main/pretrained/onnx/model.ts';
import { onnxNetwork } from '../../../src-main/pretrained/onnx/onnx.ts';
import { RandomStream } from '../../../src-main/random.ts';
import { convolved, ending, floats, model, node, noise, ofConvolved, ofEnding, raw, wholes } from './model.ts';

const FILES = join(import.meta.dirname, 'files');
const files = readdirSync(FILES).filter((file) => file.endsWith('.onnx'));
const folder = mkdtempSync(join(tmpdir(), 'transplant-onnx-'));
afterAll(() => {
  rmSync(folder, { recursive: true });
});

/** What is read is compared with what onnxruntime makes of the file before it is returned. */
const read = (bytes: Uint8Array) => onnxNetwork(bytes, { folder, name: 'model' });
const types = async (bytes: Uint8Array) => (await layersOf(bytes)).map(({ spec }) => spec.type);
async function layersOf(bytes: Uint8Array) {
  const { spec, classes } = await read(bytes);
  return resolveNetwork(spec, classes).layers;
}
const refusal = async (bytes: Uint8Array): Promise<string> => {
  const error: unknown = await read(bytes).catch((thrown: unknown) => thrown);
  if (!(error instanceof UserError)) throw error instanceof Error ? error : new Error('it was read');
  return error.message;
};

describe('what PyTorch exports', () => {
  const CUTS: Readonly<Record<string, string>> = {
    resnet: 'conv1 layer1.0 layer1.1 layer2.0 layer2.1',
    squeezenet: '0.0 0.3 1',
    mobilenet: 'features.0.0 features.1 features.2 features.3 features.4.0 classifier.0',
    densenet: 'features.conv0 features.denseblock1 features.transition1.conv features.denseblock2',
    shufflenet: 'conv1.0 stage2.0 stage2.1 stage3.0 stage4.0 conv5.0',
    convnext:
      'stem.0 stages.0.blocks.0 stages.1.downsample.1 stages.1.blocks.0 stages.1.blocks.1 stages.2.downsample.1 stages.2.blocks.0 stages.3.downsample.1 stages.3.blocks.0',
    vit: 'patch_embed.proj blocks.0 blocks.1',
  };

  it.each(files)('%s can be cut between the modules of the framework', async (file) => {
    const { spec, classes, origin } = await read(readFileSync(join(FILES, file)));
    expect(classes).toBe(7);
    expect(spec.inputSize).toBe(32);
    expect(origin).toMatch(/^ONNX of pytorch 2/);
    const cuts = resolveNetwork(spec, classes).cuts.map(({ name }) => name);
    expect(cuts.join(' ')).toBe(CUTS[parse(parse(file).name).name]);
  });

  it('has attention, layer scale and tables under their names', async () => {
    const { weights } = await read(readFileSync(join(FILES, 'vit.dynamo.onnx')));
    const names = ['cls_token', 'pos_embed', 'blocks.1.norm1.weight', 'blocks.1.attn.qkv.weight', 'blocks.1.ls1.gamma'];
    for (const name of names) expect(weights.has(name), name).toBe(true);
  });
});

describe('constants behind other nodes', () => {
  const kernel = ofConvolved[0];
  const through = (nodes: NodeProto[], constants: TensorProto[]) =>
    model({
      nodes: [...nodes, node('Conv', ['x', 'w', 'conv.bias'], 'a', { pads: [1, 1, 1, 1] }), ...ending('a')],
      constants: [...constants, ofConvolved[1], ...ofEnding],
    });
  const halves = new Uint8Array(2 * 108);
  for (let i = 0; i < 108; i++) new DataView(halves.buffer).setFloat16(2 * i, Math.sin(i), true);
  const bytes = Uint8Array.from({ length: 108 }, (_, i) => (i * 37) % 256);

  it.each<[string, NodeProto[], TensorProto[]]>([
    ['Identity', [node('Identity', ['conv.weight'], 'w')], [kernel]],
    ['Transpose', [node('Transpose', ['t'], 'w', { perm: [3, 2, 0, 1] })], [noise('t', 3, 3, 3, 4)]],
    ['Reshape', [node('Reshape', ['t', 's'], 'w')], [noise('t', 4, 27), wholes('s', 4, -1, 3, 3)]],
    ['Cast', [node('Cast', ['t'], 'w', { to: 1 })], [raw('t', DataType.FLOAT16, [4, 3, 3, 3], halves)]],
    [
      'DequantizeLinear',
      [node('DequantizeLinear', ['t', 's', 'z'], 'w', { axis: 0 })],
      [
        raw('t', DataType.INT8, [4, 3, 3, 3], bytes),
        floats('s', [4], [0.01, 0.02, 0.03, 0.01]),
        raw('z', DataType.INT8, [4], new Uint8Array(4)),
      ],
    ],
    [
      'Mul and Sub',
      [node('Mul', ['conv.weight', 's'], 'm'), node('Sub', ['m', 's'], 'w')],
      [kernel, floats('s', [4, 1, 1, 1], [1, 2, 3, 4])],
    ],
  ])('%s is worked out', async (_, nodes, constants) => {
    expect(await types(through(nodes, constants))).toEqual(['conv', 'global-pool', 'dense']);
  });

  it('a Constant node and shared biases are read as what they are', async () => {
    const nodes = [
      constantNode('w', kernel),
      node('Identity', ['conv.bias'], 'b'),
      node('Conv', ['x', 'w', 'b'], 'a', { pads: [1, 1, 1, 1] }),
      ...ending('a'),
    ];
    expect(await types(model({ nodes, constants: [ofConvolved[1], ...ofEnding] }))).toEqual([
      'conv',
      'global-pool',
      'dense',
    ]);
  });
});

const constantNode = (name: string, t: TensorProto): NodeProto => ({
  ...node('Constant', [], name),
  attribute: [create(AttributeProtoSchema, { name: 'value', type: 4, t })],
});

describe('networks of Keras', () => {
  it('follows channels that come last, flattening in that order, and a bias that stands apart', async () => {
    const nodes = [
      node('Transpose', ['x'], 't', { perm: [0, 3, 1, 2] }),
      node('Pad', ['t', 'zeros'], 'p'),
      node('Conv', ['p', 'w'], 'c', { strides: [2, 2] }),
      node('Add', ['c', 'b'], 'a'),
      node('Relu', ['a'], 'r'),
      node('Transpose', ['r'], 'n', { perm: [0, 2, 3, 1] }),
      node('Reshape', ['n', 'shape'], 'f'),
      node('MatMul', ['f', 'd'], 'm'),
      node('Add', ['m', 'e'], 'z'),
      node('Softmax', ['z'], 'y'),
    ];
    const constants = [
      ...[wholes('zeros', 0, 0, 0, 0, 0, 0, 1, 1), noise('w', 4, 3, 3, 3), noise('b', 1, 4, 1, 1)],
      ...[wholes('shape', -1, 64), noise('d', 64, 5), noise('e', 5)],
    ];
    const bytes = model({ nodes, constants, inputs: [['x', ['N', 8, 8, 3]]] });
    expect(await types(bytes)).toEqual(['conv', 'relu', 'dense']);
    const { notes, pixels } = await read(bytes);
    expect(notes.join(' ')).toContain('Softmax, is left off');
    expect(pixels).toMatchObject({ mean: [127.5, 127.5, 127.5], from: 'assumed' });
  });

  it('pads as SAME_UPPER and SAME_LOWER say', async () => {
    for (const auto_pad of ['SAME_UPPER', 'SAME_LOWER', 'VALID']) {
      const nodes = [node('Conv', ['x', 'w'], 'c', { auto_pad, strides: [2, 2] }), ...ending('c')];
      expect(await types(model({ nodes, constants: [noise('w', 4, 3, 3, 3), ...ofEnding] }))).toContain('conv');
    }
  });

  it('normalises channels that come last', async () => {
    const nodes = [
      convolved('x', 'c'),
      node('Transpose', ['c'], 't', { perm: [0, 2, 3, 1] }),
      node('LayerNormalization', ['t', 'norm.weight', 'norm.bias'], 'l'),
      node('MatMul', ['l', 'up.weight'], 'm'),
      node('ReduceMean', ['m'], 'f', { axes: [1, 2], keepdims: 0 }),
      node('Gemm', ['f', 'fc.weight', 'fc.bias'], 'y', { transB: 1 }),
    ];
    const constants = [
      ...ofConvolved,
      noise('norm.weight', 4),
      noise('norm.bias', 4),
      noise('up.weight', 4, 4),
      ...ofEnding,
    ];
    expect(await types(model({ nodes, constants }))).toEqual(['conv', 'layer-norm', 'conv', 'global-pool', 'dense']);
  });
});

describe('functions in pieces', () => {
  const one = (name: string, value: number) => floats(name, [], [value]);
  const half = one('half', 0.5);
  it.each<[string, NodeProto[], TensorProto[]]>([
    ['relu', [node('Relu', ['c'], 'f')], []],
    ['clip', [node('Clip', ['c', 'zero', 'six'], 'f')], [one('zero', 0), one('six', 6)]],
    ['silu', [node('Sigmoid', ['c'], 's'), node('Mul', ['c', 's'], 'f')], []],
    [
      'hard-swish',
      [
        node('Add', ['c', 'three'], 'a'),
        node('Clip', ['a', 'zero', 'six'], 'b'),
        node('Div', ['b', 'six'], 'd'),
        node('Mul', ['d', 'c'], 'f'),
      ],
      [one('three', 3), one('zero', 0), one('six', 6)],
    ],
    ['hard-sigmoid', [node('HardSigmoid', ['c'], 'f', { alpha: { float: 1 / 6 }, beta: { float: 0.5 } })], []],
    ['leaky-relu', [node('LeakyRelu', ['c'], 'f', { alpha: { float: 0.1 } })], []],
    [
      'gelu',
      [
        node('Div', ['c', 'root'], 'd'),
        node('Erf', ['d'], 'e'),
        node('Add', ['e', 'one'], 'a'),
        node('Mul', ['c', 'a'], 'm'),
        node('Mul', ['m', 'half'], 'f'),
      ],
      [one('root', Math.SQRT2), one('one', 1), half],
    ],
    [
      'gelu',
      [
        ...[
          node('Pow', ['c', 'three'], 'p'),
          node('Mul', ['p', 'k'], 'q'),
          node('Add', ['c', 'q'], 'r'),
          node('Mul', ['r', 'root'], 's'),
        ],
        ...[
          node('Tanh', ['s'], 't'),
          node('Add', ['t', 'one'], 'u'),
          node('Mul', ['c', 'half'], 'h'),
          node('Mul', ['h', 'u'], 'f'),
        ],
      ],
      [one('three', 3), one('k', 0.044715), one('root', Math.sqrt(2 / Math.PI)), one('one', 1), half],
    ],
  ])('%s is one layer', async (type, nodes, constants) => {
    const bytes = model({
      nodes: [convolved('x', 'c'), ...nodes, ...ending('f')],
      constants: [...ofConvolved, ...constants, ...ofEnding],
    });
    expect(await types(bytes)).toEqual(['conv', type, 'global-pool', 'dense']);
  });

  it('a layer norm of nine nodes is one, with its weights', async () => {
    const nodes = [
      convolved('x', 'c'),
      node('Reshape', ['c', 'shape'], 'v'),
      node('Transpose', ['v'], 't', { perm: [0, 2, 1] }),
      node('ReduceMean', ['t'], 'mean', { axes: [-1] }),
      node('Sub', ['t', 'mean'], 'centred'),
      node('Pow', ['centred', 'two'], 'squares'),
      node('ReduceMean', ['squares'], 'variance', { axes: [-1] }),
      node('Add', ['variance', 'epsilon'], 'added'),
      node('Sqrt', ['added'], 'deviation'),
      node('Div', ['centred', 'deviation'], 'normed'),
      node('Mul', ['normed', 'norm.weight'], 'scaled'),
      node('Add', ['scaled', 'norm.bias'], 'shifted'),
      node('ReduceMean', ['shifted'], 'flat', { axes: [1], keepdims: 0 }),
      node('Gemm', ['flat', 'fc.weight', 'fc.bias'], 'y', { transB: 1 }),
    ];
    const constants = [
      ...ofConvolved,
      ...ofEnding,
      wholes('shape', 0, 4, -1),
      one('two', 2),
      one('epsilon', 1e-6),
      noise('norm.weight', 4),
      noise('norm.bias', 4),
    ];
    const { spec, weights, classes } = await read(model({ nodes, constants }));
    expect(resolveNetwork(spec, classes).layers.filter(({ spec }) => spec.type === 'table')).toEqual([]);
    expect([...weights.keys()]).toContain('norm.weight');
  });

  it('a function that is none of ours is refused, not approximated', async () => {
    const bytes = model({
      nodes: [convolved('x', 'c'), node('Mish', ['c'], 'f'), ...ending('f')],
      constants: [...ofConvolved, ...ofEnding],
      opset: 18,
    });
    expect(await refusal(bytes)).toContain('no function of one number that is known here');
  });
});

describe('the pixels of a graph', () => {
  const scaled = (nodes: NodeProto[], constants: TensorProto[]) =>
    read(
      model({
        nodes: [...nodes, convolved('s', 'c'), ...ending('c')],
        constants: [...constants, ...ofConvolved, ...ofEnding],
      }),
    );

  it('are scaled by what stands before its first layer', async () => {
    const { pixels, notes } = await scaled(
      [node('Sub', ['x', 'mean'], 'd'), node('Div', ['d', 'deviation'], 's')],
      [floats('mean', [1, 3, 1, 1], [0.485, 0.456, 0.406]), floats('deviation', [3, 1, 1], [0.229, 0.224, 0.225])],
    );
    expect(pixels.from).toBe('file');
    expect(pixels.mean.map(Math.round)).toEqual([124, 116, 104]);
    expect(pixels.deviation.map(Math.round)).toEqual([58, 57, 57]);
    expect(notes.join()).toContain('divided by 255 before it, which is assumed');
  });

  it('are scaled by a batch norm or a convolution of single channels there', async () => {
    const norm = await scaled(
      [node('BatchNormalization', ['x', 'g', 'b', 'm', 'v'], 's', { epsilon: { float: 0 } })],
      [
        floats('g', [3], [1, 1, 1]),
        floats('b', [3], [0, 0, 0]),
        floats('m', [3], [127, 127, 127]),
        floats('v', [3], [16384, 16384, 16384]),
      ],
    );
    expect(norm.pixels).toMatchObject({ mean: [127, 127, 127], deviation: [128, 128, 128], from: 'file' });
    const conv = await scaled(
      [node('Conv', ['x', 'k', 'o'], 's')],
      [floats('k', [3, 3, 1, 1], [0.5, 0, 0, 0, 0.25, 0, 0, 0, 0.25]), floats('o', [3], [0, 0, 0])],
    );
    expect(conv.pixels.deviation).toEqual([510, 1020, 1020]);
  });

  it('of one channel are made of three', async () => {
    const nodes = [node('Conv', ['x', 'w'], 'c'), ...ending('c')];
    const bytes = model({ nodes, constants: [noise('w', 4, 1, 3, 3), ...ofEnding], inputs: [['x', [1, 1, 8, 8]]] });
    const { weights, notes } = await read(bytes);
    expect(weights.values().next().value!.shape).toEqual([4, 3, 3, 3]);
    expect(notes.join()).toContain('grey');
  });
});

describe('heads', () => {
  const constants = [...ofConvolved, noise('last', 5, 4, 1, 1), noise('k', 5, 4, 8, 8)];
  it.each<[string, NodeProto[], string[]]>([
    [
      'a convolution of what is pooled',
      [node('GlobalAveragePool', ['c'], 'p'), node('Conv', ['p', 'last'], 'l'), node('Flatten', ['l'], 'y')],
      ['conv', 'global-pool', 'dense'],
    ],
    [
      'a convolution that is pooled',
      [node('Conv', ['c', 'last'], 'l'), node('GlobalAveragePool', ['l'], 'p'), node('Flatten', ['p'], 'y')],
      ['conv', 'global-pool', 'dense'],
    ],
    [
      'a convolution of the whole image',
      [node('Conv', ['c', 'k'], 'l'), node('Flatten', ['l'], 'y')],
      ['conv', 'dense'],
    ],
    [
      'ReLU between them',
      [
        node('Conv', ['c', 'last'], 'l'),
        node('Relu', ['l'], 'r'),
        node('GlobalAveragePool', ['r'], 'p'),
        node('Flatten', ['p'], 'y'),
      ],
      ['conv', 'conv', 'relu', 'global-pool', 'dense'],
    ],
  ])('%s ends in a dense layer', async (_, nodes, wanted) => {
    expect(await types(model({ nodes: [convolved('x', 'c'), ...nodes], constants }))).toEqual(wanted);
  });

  it('has alpha and beta of Gemm in its weights, and a fixed batch gone', async () => {
    const nodes = [
      convolved('x', 'c'),
      node('GlobalAveragePool', ['c'], 'p'),
      node('Reshape', ['p', 'shape'], 'f'),
      node('Gemm', ['f', 'w', 'b'], 'y', { alpha: { float: 2 }, beta: { float: 0.5 } }),
    ];
    const all = [...ofConvolved, noise('w', 4, 5), noise('b', 5), wholes('shape', 3, -1)];
    expect(await types(model({ nodes, constants: all, inputs: [['x', [3, 3, 8, 8]]] }))).toEqual([
      'conv',
      'global-pool',
      'dense',
    ]);
  });

  it('names its classes as the properties of the model do', async () => {
    const named = (names: string) =>
      model({
        nodes: [convolved('x', 'c'), ...ending('c')],
        constants: [...ofConvolved, ...ofEnding],
        metadata: { names, license: 'MIT' },
      });
    const python = await read(named(`{0: 'a', 1: "b's", 2: 'c', 3: 'd', 4: 'e'}`));
    expect(python.classNames).toEqual(['a', "b's", 'c', 'd', 'e']);
    expect(python.licence).toBe('MIT');
    expect((await read(named('["a","b","c"]'))).classNames).toBeUndefined();
  });
});

describe('files that are refused', () => {
  const around = (nodes: NodeProto[], constants: TensorProto[] = [], opset?: number) =>
    model({
      nodes: [convolved('x', 'c'), ...nodes, ...ending('f')],
      constants: [...ofConvolved, ...constants, ...ofEnding],
      ...(opset && { opset }),
    });
  const plain = (constants = [...ofConvolved, ...ofEnding]) =>
    model({ nodes: [convolved('x', 'c'), ...ending('c')], constants });
  const huge = create(TensorProtoSchema, { name: 'conv.weight', dataType: 1, dims: [2n ** 40n, 3n, 3n, 3n] });
  const missing = floats('conv.bias', [4], [1, 2, Number.NaN, 4]);
  const outside = (location: string) =>
    plain([
      create(TensorProtoSchema, {
        name: 'conv.weight',
        dataType: 1,
        dims: [4n, 3n, 3n, 3n],
        dataLocation: DataLocation.EXTERNAL,
        externalData: [{ key: 'location', value: location }],
      }),
      ofConvolved[1],
      ...ofEnding,
    ]);

  // Windows has no pipes among files.
  it.skipIf(process.platform === 'win32')('weights in a pipe, which would never end', async () => {
    execFileSync('mkfifo', [join(folder, 'pipe.bin')]);
    expect(await refusal(outside('pipe.bin'))).toContain('not a regular file');
  });

  it.each<[string, Uint8Array, RegExp]>([
    [
      'an operator that is not there',
      around([node('NonZero', ['c'], 'f')]),
      /node f \(NonZero\) is an operator that is not there; take a network without it/,
    ],
    [
      'a quantised network',
      around([node('QuantizeLinear', ['c', 'fc.bias'], 'f')]),
      /\(QuantizeLinear\).*before it was quantised/,
    ],
    ['a sequence', around([node('LSTM', ['c', 'c', 'c'], 'f')]), /only networks of images/],
    ['a circle', around([node('Add', ['c', 'f'], 'f')]), /circle/],
    ['NaN', plain([ofConvolved[0], missing, ...ofEnding]), /conv\.bias holds values that are not finite/],
    ['shapes that are not there', plain([huge, ofConvolved[1], ...ofEnding]), /differs from their shape/],
    [
      'a kernel that is not square',
      model({
        nodes: [node('Conv', ['x', 'w'], 'c'), ...ending('c')],
        constants: [noise('w', 4, 3, 1, 7), ...ofEnding],
      }),
      /only square ones/,
    ],
    [
      'two inputs',
      model({
        nodes: [convolved('x', 'c'), ...ending('c')],
        constants: [...ofConvolved, ...ofEnding],
        inputs: [
          ['x', [1, 3, 8, 8]],
          ['z', [1]],
        ],
      }),
      /2 inputs \(x, z\)/,
    ],
    [
      'two outputs',
      model({
        nodes: [convolved('x', 'c'), ...ending('c')],
        constants: [...ofConvolved, ...ofEnding],
        outputs: ['y', 'c'],
      }),
      /2 outputs \(y, c\)/,
    ],
    [
      'sounds',
      model({
        nodes: [convolved('x', 'c'), ...ending('c')],
        constants: [...ofConvolved, ...ofEnding],
        inputs: [['x', [1, 16000]]],
      }),
      /reads values of 1x16000/,
    ],
    [
      'images that are not square',
      model({
        nodes: [convolved('x', 'c'), ...ending('c')],
        constants: [...ofConvolved, ...ofEnding],
        inputs: [['x', [1, 3, 8, 9]]],
      }),
      /8x9 pixels/,
    ],
    [
      'a sigmoid at the end',
      model({
        nodes: [
          convolved('x', 'c'),
          ...ending('c').with(2, node('Gemm', ['flat', 'fc.weight', 'fc.bias'], 'z', { transB: 1 })),
          node('Sigmoid', ['z'], 'y'),
        ],
        constants: [...ofConvolved, ...ofEnding],
      }),
      /without its last function/,
    ],
    ['a detector', model({ nodes: [convolved('x', 'y')], constants: ofConvolved }), /1x4x8x8 values an image/],
    ['weights that are read outside of its folder', outside('../secret'), /not in its folder/],
    ['weights at an absolute path', outside('/etc/passwd'), /not in its folder/],
    ['weights whose file is gone', outside('weights.bin'), /put that file beside it/],
    ['half a download', plain().subarray(0, 700), /damaged|half a download/],
  ])('%s', async (_, bytes, message) => {
    const sentence = await refusal(bytes);
    expect(sentence).toMatch(message);
    expect(sentence).not.toMatch(/\n|\.$/);
  });

  it('reads weights beside it, but not through a link that leads away', async () => {
    const kernel = ofConvolved[0].rawData;
    writeFileSync(join(folder, 'beside.bin'), kernel);
    expect(await types(outside('beside.bin'))).toEqual(['conv', 'global-pool', 'dense']);
    const other = mkdtempSync(join(tmpdir(), 'transplant-elsewhere-'));
    writeFileSync(join(other, 'weights.bin'), kernel);
    symlinkSync(join(other, 'weights.bin'), join(folder, 'linked.bin'));
    expect(await refusal(outside('linked.bin'))).toContain('not in its folder');
    rmSync(other, { recursive: true });
  });

  it('never throws anything else, whatever bytes are changed', async () => {
    const bytes = readFileSync(join(FILES, 'squeezenet.torchscript.onnx'));
    const stream = new RandomStream('onnx', 'attack');
    for (let round = 0; round < 60; round++) {
      const changed = Uint8Array.from(bytes);
      for (let i = 0; i < 1 + round / 12; i++) changed[stream.integer(changed.length)] = stream.integer(256);
      const error: unknown = await read(changed).catch((thrown: unknown) => thrown);
      if (error instanceof Error) expect(error, `round ${round}`).toBeInstanceOf(UserError);
    }
  }, 60_000);
});

it('tells ONNX from other files by what they hold', () => {
  expect(looksLikeOnnx(readFileSync(join(FILES, 'vit.dynamo.onnx')))).toBe(true);
  for (const text of ['', '{"a": 1}', 'PK\x03\x04 and so on', '<html>'])
    expect(looksLikeOnnx(Buffer.from(text))).toBe(false);
});

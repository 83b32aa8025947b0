import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import fc from 'fast-check';
import { UserError } from '../../src-main/errors.ts';
import { BUILT_IN_NETWORKS } from '../../src-main/network/built-in.ts';
import { readNetwork } from '../../src-main/network/read-spec.ts';
import { layerSchema, type NetworkSpec } from '../../src-main/network/spec.ts';

let folder: string;
let file: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'transplant-networks-'));
  file = join(folder, 'net.json');
});
afterAll(() => rm(folder, { recursive: true }));

/** Plain data that a test may spoil at will. */
const good = () => ({
  name: 'mine',
  inputSize: 16,
  layers: [
    { type: 'conv', name: 'conv1', filters: 4, kernel: 3 },
    { type: 'relu' },
    { type: 'conv', name: 'conv2', filters: 6, kernel: 3, groups: 2 },
    { type: 'dense', name: 'fc3' },
  ] as Record<string, unknown>[],
  training: {
    batchSize: 16,
    epochs: 2,
    learningRate: 0.01,
    momentum: 0.9,
    weightDecay: 0,
    schedule: { kind: 'cosine' },
    warmUp: 0,
    cropPadding: 2,
    mirror: true,
  } as Record<string, unknown>,
});
type Spoiled = ReturnType<typeof good>;

async function read(content: string | Uint8Array): Promise<NetworkSpec> {
  await writeFile(file, content);
  return readNetwork(file);
}

/** The sentence that a person gets, with the folder left out. */
async function refusal(nameOrFile: string): Promise<string> {
  const error: unknown = await readNetwork(nameOrFile).catch((thrown: unknown) => thrown);
  expect(error).toBeInstanceOf(UserError);
  expect((error as UserError).exitCode).toBe(2);
  return (error as UserError).message.replaceAll(folder + '/', '');
}

async function refusalOf(content: string | Uint8Array): Promise<string> {
  await writeFile(file, content);
  return refusal(file);
}

test.each([...BUILT_IN_NETWORKS])('the built-in network %s is found by its name', async (name, spec) => {
  expect(await readNetwork(name)).toBe(spec);
});

describe('a network file', () => {
  test('may leave out what has a default', async () => {
    const spec = await read(JSON.stringify(good()));
    expect(spec.layers[2]).toEqual({
      type: 'conv',
      name: 'conv2',
      filters: 6,
      kernel: 3,
      stride: 1,
      pad: 0,
      groups: 2,
      init: { weight: { kind: 'he' }, bias: 0 },
      multipliers: { weight: { learningRate: 1, decay: 1 }, bias: { learningRate: 2, decay: 0 } },
    });
  });

  test('may be one of the built-in ones written out, or have any number of weight layers from two', async () => {
    for (const spec of BUILT_IN_NETWORKS.values()) expect(await read(JSON.stringify(spec))).toEqual(spec);
    const { layers, ...rest } = good();
    await read(JSON.stringify({ ...rest, layers: [layers[0], layers[3]] }));
  });

  test('may begin with a byte order mark, as some editors write', async () => {
    expect(await read('\ufeff' + JSON.stringify(good()))).toMatchObject({ name: 'mine' });
  });
});

const types = layerSchema.options.map((option) => `"${option.shape.type.value}"`);
const conv2 = 'net.json, layer 3 (conv2)';
const shape = '(channels x rows x columns).';
const faults: [sentence: string, spoil: (spec: Spoiled) => unknown][] = [
  [`${conv2}, "kernel": must be a whole number from 1 to 64.`, (s) => (s.layers[2].kernel = 65)],
  [`${conv2}, "kernel": must be a whole number from 1 to 64.`, (s) => (s.layers[2].kernel = 0)],
  [`${conv2}, "kernel": must be a whole number from 1 to 64.`, (s) => (s.layers[2].kernel = 2.5)],
  [`${conv2}, "kernel": must be a whole number from 1 to 64.`, (s) => (s.layers[2].kernel = '3')],
  [`${conv2}, "kernel": must be a whole number from 1 to 64.`, (s) => (s.layers[2].kernel = null)],
  [`${conv2}, "kernel": is missing; it must be a whole number from 1 to 64.`, (s) => delete s.layers[2].kernel],
  [`${conv2}, "pad": must be a whole number from 0 to 64.`, (s) => (s.layers[2].pad = -1)],
  [`${conv2}, "pad": must be a whole number from 0 to 64 or a list of 4.`, (s) => (s.layers[2].pad = { top: 1 })],
  [`${conv2}, "pad": must be a list of 4.`, (s) => (s.layers[2].pad = [1, 2, 3])],
  [`${conv2}, "pad.1": must be a whole number from 0 to 64.`, (s) => (s.layers[2].pad = [1, 65, 1, 1])],
  [
    `net.json, layer 2 (reshape), "shape.0": must be a whole number from 1 to 16777216 or -1.`,
    (s) => (s.layers[1] = { type: 'reshape', shape: ['all'] }),
  ],
  [`${conv2}, "groups": must be a whole number of at least 1.`, (s) => (s.layers[2].groups = 0)],
  [
    `${conv2}: there is no setting "kernell"; there are "type", "name", "inputs", "init", "multipliers", "bias", "filters", "kernel", "stride", "pad", "groups" and "dilation".`,
    (s) => (s.layers[2].kernell = 3),
  ],
  [
    `net.json, layer 2 (relu): there is no setting "slope"; there are "type", "name" and "inputs".`,
    (s) => (s.layers[1].slope = 0.1),
  ],
  [
    `net.json, layer 2, "type": must be one of ${types.slice(0, -1).join(', ')} or ${types.at(-1)}.`,
    (s) => (s.layers[1].type = 'softplus'),
  ],
  [`net.json, layer 2: must be an object.`, (s) => s.layers.splice(1, 1, 7 as never)],
  [`net.json, layer 2 (lrn), "size": must be odd.`, (s) => (s.layers[1] = { type: 'lrn', size: 4 })],
  [
    `net.json, layer 2 (pool), "mode": must be one of "max" or "average".`,
    (s) => (s.layers[1] = { type: 'pool', mode: 'min', kernel: 2, stride: 2 }),
  ],
  [
    `net.json, layer 2 (dropout), "rate": must be a number above 0 and below 1.`,
    (s) => (s.layers[1] = { type: 'dropout', rate: 1 }),
  ],
  [
    `net.json, layer 1 (conv), "name": must start with a letter, a digit or _ and have at most 96 letters, digits, dots, _ or -.`,
    (s) => (s.layers[0].name = '../conv1'),
  ],
  [`net.json, layer 1 (conv), "name": must be a text in quotation marks.`, (s) => (s.layers[0].name = 1)],
  [
    `${conv2}, "init.weight.kind": must be one of "gaussian", "he" or "xavier".`,
    (s) => (s.layers[2].init = { weight: { kind: 'uniform' }, bias: 0 }),
  ],
  [
    `${conv2}, "init.weight.std": is missing; it must be a number above 0.`,
    (s) => (s.layers[2].init = { weight: { kind: 'gaussian' }, bias: 0 }),
  ],
  [`${conv2}, "init": must be an object with "weight" and "bias".`, (s) => (s.layers[2].init = 'he')],
  [`net.json, "inputSize": must be a whole number from 4 to 512.`, (s) => (s.inputSize = 3)],
  [`net.json, "layers": must be a list of 2 to 200.`, (s) => (s.layers = [])],
  [`net.json, "training.momentum": must be a number of at least 0 and below 1.`, (s) => (s.training.momentum = 1)],
  [`net.json, "training.mirror": must be true or false.`, (s) => (s.training.mirror = 'yes')],
  [
    `net.json, "training.schedule.kind": must be one of "step" or "cosine".`,
    (s) => (s.training.schedule = { kind: 'exponential' }),
  ],
  [
    `net.json, "training.schedule.at.1": must be a number above 0 and below 1.`,
    (s) => (s.training.schedule = { kind: 'step', factor: 0.1, at: [0.5, 100000] }),
  ],
  [`net.json, "training.epochs": must be a number above 0 and at most 100000.`, (s) => (s.training.epochs = 1e12)],
  [
    `net.json, "training.learningRate": 1e+39 is beyond the numbers that networks compute with, 1.2e-38 to 3.4e+38 and as far below 0.`,
    (s) => (s.training.learningRate = 1e39),
  ],
  [
    `${conv2}, "init.weight.std": 1e+300 is beyond the numbers that networks compute with, 1.2e-38 to 3.4e+38 and as far below 0.`,
    (s) => (s.layers[2].init = { weight: { kind: 'gaussian', std: 1e300 }, bias: 0 }),
  ],
  [
    `net.json, layer 2 (bn), "epsilon": 1e-50 is beyond the numbers that networks compute with, 1.2e-38 to 3.4e+38 and as far below 0.`,
    (s) => (s.layers[1] = { type: 'batch-norm', name: 'bn', epsilon: 1e-50 }),
  ],
  [
    `net.json, layer 2 (lrn), "size": must be a whole number from 1 to 4095.`,
    (s) => (s.layers[1] = { type: 'lrn', size: 2 ** 31 + 1 }),
  ],
  [
    `net.json: Network "mine", layer 3 (conv2): its 15x15 window is larger than the padded input; make the kernel smaller or pad more. Its input is 4x14x14 ${shape}`,
    (s) => (s.layers[2].kernel = 15),
  ],
  [
    `net.json: Network "mine", layer 3 (conv2): 4 input channels can't be divided among 3 groups. Its input is 4x14x14 ${shape}`,
    (s) => (s.layers[2].groups = 3),
  ],
  [
    `net.json: Network "mine", layer 3 (conv2): 5 filters can't be divided among 2 groups. Its input is 4x14x14 ${shape}`,
    (s) => (s.layers[2].filters = 5),
  ],
  [
    `net.json: Network "mine", layer 3 (conv1): the name "conv1" is used twice; rename one.`,
    (s) => (s.layers[2].name = 'conv1'),
  ],
  [
    `net.json: Network "mine", layer 2 (conv1.pool): its pad 2 must be smaller than its kernel 2. Its input is 4x14x14 ${shape}`,
    (s) => (s.layers[1] = { type: 'pool', kernel: 2, stride: 2, pad: 2 }),
  ],
  [
    `net.json: Network "mine", layer 4 (fc3): the last layer must be of type "dense" without "units", one unit per class.`,
    (s) => (s.layers[3].units = 10),
  ],
  [
    `net.json: Network "mine", layer 3 (conv2): the last layer must be of type "dense" without "units", one unit per class.`,
    (s) => s.layers.pop(),
  ],
  [
    `net.json: Network "mine", layer 3 (fc): "units" is missing; only the last layer may leave it out.`,
    (s) => (s.layers[2] = { type: 'dense', name: 'fc' }),
  ],
];

test.each(faults)('refused: %s', async (sentence, spoil) => {
  const spec = good();
  spoil(spec);
  expect(await refusalOf(JSON.stringify(spec))).toBe(sentence);
});

/** A stage of two blocks, with a fault in a layer of its list. */
const stage = (list: 'layers' | 'branch' | 'shortcut', layer: Record<string, unknown>) => {
  const conv = { type: 'conv', name: 'conv1', filters: 4, kernel: 1 };
  const block =
    list === 'layers'
      ? { type: 'block', name: 'inner', layers: [conv, layer] }
      : { type: 'residual', name: 'inner', branch: [conv], [list]: [conv, layer] };
  return { type: 'block', name: 'layer1', times: 2, layers: [{ type: 'relu' }, block] };
};
const inner = 'net.json, layer 2 (layer1), layer 2 (inner)';
const nestedFaults: [sentence: string, spoil: (spec: Spoiled) => unknown][] = [
  [
    `${inner}, layer 2 (conv2), "kernel": must be a whole number from 1 to 64.`,
    (s) => (s.layers[1] = stage('layers', { type: 'conv', name: 'conv2', filters: 4, kernel: 0 })),
  ],
  [
    `${inner}, layer 2 of its "branch" (relu): there is no setting "slope"; there are "type", "name" and "inputs".`,
    (s) => (s.layers[1] = stage('branch', { type: 'relu', slope: 1 })),
  ],
  [
    `${inner}, layer 2 of its "shortcut" (pool), "kernel": is missing; it must be a whole number from 1 to 64.`,
    (s) => (s.layers[1] = stage('shortcut', { type: 'pool', stride: 2 })),
  ],
  [
    'net.json, layer 2 (layer1), "layers": must be a list of 1 to 200.',
    (s) => (s.layers[1] = { type: 'block', name: 'layer1', layers: [] }),
  ],
  [
    'net.json, layer 2 (layer1), "layers": is missing; it must be a list of 1 to 200.',
    (s) => (s.layers[1] = { type: 'block', name: 'layer1' }),
  ],
];

test.each(nestedFaults)('refused: %s', async (sentence, spoil) => {
  const spec = good();
  spoil(spec);
  expect(await refusalOf(JSON.stringify(spec))).toBe(sentence);
});

const notSpecs: [sentence: string, content: string | Uint8Array][] = [
  ['net.json is not valid JSON at line 1, column 1: it ends too early.', ''],
  ['net.json is not valid JSON at line 3, column 3: it ends too early.', '{\n "a": [\n 1'],
  ['net.json is not valid JSON at line 2, column 7: something does not belong there.', '{\n "a": maybe }'],
  ['net.json is not valid JSON at line 1, column 8: something does not belong there.', '{"a":1,}'],
  ['net.json is not valid JSON at line 1, column 4: something does not belong there.', '{} {}'],
  ['net.json is not valid JSON at line 1, column 1: something does not belong there.', '# network'],
  ['net.json is not valid JSON at line 1, column 900001: it ends too early.', '['.repeat(900_000)],
  ['net.json: must be an object with "name", "inputSize", "layers" and "training".', '[]'],
  ['net.json: must be an object with "name", "inputSize", "layers" and "training".', 'null'],
  ['net.json, "name": is missing; it must be a text in quotation marks.', '{}'],
  [
    'net.json: there is no setting "__proto__"; there are "name", "inputSize", "layers" and "training".',
    JSON.stringify(good()).replace('{', '{"__proto__":{"mirror":true},'),
  ],
  ['net.json is not a text file in UTF-8; name a JSON file.', Uint8Array.of(0x89, 0x50, 0x4e, 0x47, 0xff)],
  ['net.json is larger than 1 MiB, which no network file is; name another file.', ' '.repeat(2 ** 20 + 1)],
];

test.each(notSpecs)('refused: %s', async (sentence, content) => {
  expect(await refusalOf(content)).toBe(sentence);
});

test('what is neither built in nor a file is named, with what there is', async () => {
  const names = [...BUILT_IN_NETWORKS.keys()].join(', ');
  expect(await refusal('alexnet-33')).toBe(
    `There is no network "alexnet-33": it is neither a built-in one (${names}) nor a file.`,
  );
  await mkdir(join(folder, 'folder'));
  expect(await refusal(join(folder, 'folder'))).toBe(
    `folder is not a file; name a JSON file or a built-in network (${names}).`,
  );
});

test('any JSON at all is read or refused in one line', async () => {
  const spoiledSpec = fc
    .tuple(fc.constantFrom('name', 'inputSize', 'layers', 'training'), fc.jsonValue())
    .map(([key, value]) => ({ ...good(), [key]: value }));
  const spoiledLayer = fc.tuple(fc.nat(3), fc.string(), fc.jsonValue()).map(([index, key, value]) => {
    const spec = good();
    spec.layers[index][key] = value;
    return spec;
  });
  const keys = fc.oneof(fc.string(), fc.constantFrom('type', 'name', 'inputs', 'kernel', 'pad', 'layers', 'branch'));
  const spoiledInBlocks = fc
    .tuple(fc.constantFrom('layers' as const, 'branch' as const, 'shortcut' as const), keys, fc.jsonValue())
    .map(([list, key, value]) => {
      const spec = good();
      spec.layers[1] = stage(list, { type: 'conv', name: 'conv2', filters: 4, kernel: 1, [key]: value });
      return spec;
    });
  await fc.assert(
    fc.asyncProperty(fc.oneof(fc.jsonValue(), spoiledSpec, spoiledLayer, spoiledInBlocks), async (json) => {
      const error: unknown = await read(JSON.stringify(json)).then(
        () => undefined,
        (thrown: unknown) => thrown,
      );
      if (error === undefined) return;
      expect(error).toBeInstanceOf(UserError);
      expect((error as UserError).message).toMatch(/^.*net\.json.*\.$/);
    }),
    { seed: 2, numRuns: 300 },
  );
});

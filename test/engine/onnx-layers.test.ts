import { expect, describe, it } from 'vitest';
import type { Graph, Value } from '../../src-main/engine/onnx/graph.ts';
import { kindOf } from '../../src-main/engine/onnx/layers/kinds.ts';
import { fromBlocked, toBlocked, type LayerForm } from '../../src-main/engine/onnx/layers/layer.ts';
import { blockOfProcessor } from '../../src-main/engine/onnx/session.ts';
import type { ParameterRole } from '../../src-main/network/layers/layer.ts';
import { definitionOf, type LayerSpec, type LayerType } from '../../src-main/network/layers/layers.ts';
import { parameterName, type Layer, type Shape } from '../../src-main/network/network.ts';
import { layerSchema, type EntryInput } from '../../src-main/network/spec.ts';
import { RandomStream } from '../../src-main/random.ts';
import * as onnx from './onnx-run.ts';
import { Kinks, referenceLayer, volume } from './reference-layers.ts';

/**
 * Every kind of layer in every layout that it has, on its own: its output against the independent reference, and its
 * gradients against central differences of that reference in float64.
 */

/** Distance of differences, and what must be free of kinks around every value. */
const H = 1e-5;
const NEAREST_KINK = 1e-3;
const block = await blockOfProcessor();

type Case = readonly [what: string, spec: EntryInput, ...inputs: Shape[]];
const image = [4, 5, 6];
const tokens = [5, 6];

const conv = (settings: object): EntryInput =>
  ({ type: 'conv', name: 'conv', filters: 6, kernel: 3, ...settings }) as EntryInput;
const pool = (settings: object): EntryInput => ({ type: 'pool', kernel: 3, stride: 2, ...settings }) as EntryInput;
const table = (mode: 'add' | 'multiply' | 'join', shape: number[], axis?: number): EntryInput => ({
  ...{ type: 'table', name: 'table', mode, shape },
  ...(axis !== undefined && { axis }),
});
const named = (type: string, settings: object = {}): EntryInput => ({ type, name: 'norm', ...settings }) as EntryInput;
const activations = ['relu', 'leaky-relu', 'silu', 'hard-swish', 'hard-sigmoid', 'sigmoid', 'tanh', 'gelu'] as const;

/** Layers that layouts with the batch last know. */
const classic: readonly Case[] = [
  ['conv', conv({}), [4, 7, 7]],
  ['conv with stride and rows that no window reaches', conv({ stride: 3, pad: 1 }), [4, 6, 6]],
  ['conv in groups', conv({ groups: 2, pad: 2 }), [4, 5, 5]],
  ['depthwise conv', conv({ groups: 6, pad: 1, stride: 2 }), [6, 6, 6]],
  ['dense', { type: 'dense', name: 'fc', units: 5 }, [4, 3, 3]],
  ['relu', { type: 'relu' }, [4, 5, 5]],
  ['max pool', pool({ pad: 1 }), [4, 6, 6]],
  ['average pool', pool({ mode: 'average', pad: 1 }), [4, 6, 6]],
  ['lrn', { type: 'lrn', alpha: 1, size: 3 }, [6, 2, 3]],
  ['dropout', { type: 'dropout' }, [4, 3, 3]],
];

const cases: readonly Case[] = [
  ...classic,
  ['conv of images that are not square', conv({ pad: 1, stride: 2 }), image],
  ['conv without bias', conv({ bias: false }), image],
  ['dilated conv', conv({ dilation: 2, pad: 2 }), image],
  ['dilated conv with stride', conv({ dilation: 2, pad: 1, stride: 2 }), [4, 8, 7]],
  ['dilated depthwise conv without bias', conv({ dilation: 2, pad: 3, groups: 6, bias: false }), [6, 5, 7]],
  ['conv with other padding on each side', conv({ pad: [0, 1, 2, 3] }), image],
  ['strided conv in groups with padding above and left', conv({ pad: [2, 1, 0, 0], stride: 2, groups: 2 }), image],
  ['strided conv whose padding no window reaches', conv({ pad: [0, 0, 2, 1], stride: 3, kernel: 2 }), [4, 7, 6]],
  ['1x1 conv with stride', conv({ kernel: 1, stride: 2 }), image],
  ['patches', conv({ kernel: 2, stride: 2 }), [3, 4, 6]],
  ['conv that pads by more than its kernel', conv({ kernel: 2, pad: 3 }), [2, 3, 3]],
  ['dense without bias', { type: 'dense', name: 'fc', units: 5, bias: false }, image],
  ['dense over tokens', { type: 'dense', name: 'fc', units: 5, over: 'last' }, tokens],
  [
    'dense over a stack of tokens, without bias',
    { type: 'dense', name: 'fc', units: 5, over: 'last', bias: false },
    image,
  ],
  ...(['max', 'average'] as const).flatMap((mode): Case[] => [
    [`${mode} pool of images that are not square`, pool({ mode, pad: 1 }), image],
    [`${mode} pool with other padding on each side`, pool({ mode, pad: [2, 0, 1, 1] }), image],
    [`${mode} pool in ceil mode`, pool({ mode, ceil: true }), [2, 6, 8]],
    [`${mode} pool in ceil mode with padding`, pool({ mode, ceil: true, pad: 1, kernel: 4, stride: 3 }), [2, 6, 7]],
    [
      `${mode} pool in ceil mode, whose last window would begin in the padding`,
      pool({ mode, ceil: true, pad: 1, kernel: 2 }),
      [2, 5, 6],
    ],
    [`${mode} pool with stride 1`, pool({ mode, pad: 1, stride: 1 }), image],
    [`${mode} pool with gaps`, pool({ mode, kernel: 2, stride: 3 }), [2, 7, 8]],
  ]),
  ['average pool that counts padding', pool({ mode: 'average', pad: 1, countPadding: true }), image],
  ['the same on one side', pool({ mode: 'average', pad: [0, 2, 1, 0], countPadding: true }), image],
  [
    'the same in ceil mode',
    pool({ mode: 'average', pad: 1, kernel: 4, stride: 3, ceil: true, countPadding: true }),
    [2, 6, 7],
  ],
  ['global pool', { type: 'global-pool' }, image],
  ['batch norm', named('batch-norm'), image],
  ['batch norm with its own momentum', named('batch-norm', { momentum: 0.3, epsilon: 0.01 }), [4, 3, 2]],
  ['layer norm of images', named('layer-norm'), image],
  ['layer norm of tokens', named('layer-norm'), tokens],
  ...[0, 1, 2, -1, -2].map((axis): Case => [`layer norm of axis ${axis}`, named('layer-norm', { axis }), image]),
  ['layer norm of axis 0 of tokens', named('layer-norm', { axis: 0 }), tokens],
  ['layer norm of an image of one pixel', named('layer-norm'), [6, 1, 1]],
  ['group norm', named('group-norm', { groups: 2 }), image],
  ['group norm with a group for each channel', named('group-norm', { groups: 4 }), image],
  ['group norm of tokens', named('group-norm', { groups: 5 }), [5, 6]],
  ['add', { type: 'add' }, image, image],
  ['add of three, one spread over pixels', { type: 'add' }, image, [4, 1, 1], image],
  ['add, the first spread', { type: 'add' }, [4, 1, 1], image],
  ['add that spreads both', { type: 'add' }, [4, 1, 1], [1, 5, 6]],
  ['multiply', { type: 'multiply' }, image, image],
  ['squeeze and excitation', { type: 'multiply' }, image, [4, 1, 1]],
  ['multiply of three', { type: 'multiply' }, [4, 1, 1], image, [1, 5, 1]],
  ['concat', { type: 'concat' }, [2, 5, 6], [3, 5, 6], [1, 5, 6]],
  ['concat of columns', { type: 'concat', axis: 2 }, [4, 5, 1], [4, 5, 3]],
  ['clip', { type: 'clip' }, image],
  ['clip at both ends', { type: 'clip', least: -0.5, most: 0.7 }, image],
  ...activations.map((type): Case => [type, { type } as EntryInput, image]),
  ['leaky relu with its own slope', { type: 'leaky-relu', slope: 0.3 }, tokens],
  ['gelu by tanh', { type: 'gelu', form: 'tanh' }, tokens],
  ...[-1, -2, 0, 1, 2].map((axis): Case => [`softmax of axis ${axis}`, { type: 'softmax', axis }, [3, 4, 5]]),
  ['matrix product', { type: 'matrix-product' }, [2, 4, 3], [2, 3, 5]],
  [
    'matrix product, transposed and scaled',
    { type: 'matrix-product', transposed: true, scale: 0.25 },
    [2, 4, 3],
    [2, 5, 3],
  ],
  ['matrix product of tokens', { type: 'matrix-product', scale: 2 }, [4, 3], [3, 5]],
  ['reshape', { type: 'reshape', shape: [6, -1] }, image],
  ['reshape to an image', { type: 'reshape', shape: [3, 5, 2] }, [5, 6]],
  ['transpose', { type: 'transpose', order: [2, 0, 1] }, image],
  ['transpose of tokens', { type: 'transpose', order: [1, 0] }, tokens],
  ['slice', { type: 'slice', start: 1, end: 3 }, image],
  ['slice from the end', { type: 'slice', axis: 1, start: -3, end: -1 }, image],
  ['slice with step', { type: 'slice', axis: 2, start: 1, step: 2 }, image],
  ['slice with step that ends early', { type: 'slice', axis: 1, end: 4, step: 3 }, image],
  ['slice with step of rows that no place reaches', { type: 'slice', axis: 1, step: 2, end: 2 }, image],
  ['slice of one place, with a step far behind the end', { type: 'slice', axis: 2, start: 1, step: 2 ** 50 }, image],
  ['zero channels', { type: 'zero-channels', before: 2, after: 1 }, image],
  ['zero channels after', { type: 'zero-channels', after: 3 }, [4, 6]],
  ['table added to tokens', table('add', [1, 5, 6]), tokens],
  ['table added along the channels', table('add', [4], 0), image],
  ['layer scale', table('multiply', [4, 1, 1]), image],
  ['layer scale of tokens', table('multiply', [6]), tokens],
  ['table of one number', table('multiply', [1]), tokens],
  ['class token', table('join', [1, 1, 6]), tokens],
  ['two tokens', table('join', [2, 6]), tokens],
  ['relative position', named('relative-position', { window: 2 }), [3, 4, 4]],
  ['relative position in windows', named('relative-position', { window: 3 }), [2, 3, 9, 9]],
  ['mask of one window', { type: 'window-mask', window: 3, shift: 1 }, [1, 2, 9, 9]],
  ['mask of windows', { type: 'window-mask', window: 3, shift: 2 }, [4, 1, 9, 9]],
  ['stochastic depth', { type: 'stochastic-depth', rate: 0.5 }, image],
  ['stochastic depth of tokens', { type: 'stochastic-depth', rate: 0.5 }, tokens],
];

const of = block ?? 16;
const blocks = [2 * of, 5, 4];
const square = [of, 6, 6];
const blockedCases: readonly Case[] = [
  ['batch norm', named('batch-norm'), blocks],
  ['relu', { type: 'relu' }, blocks],
  ['max pool', pool({ pad: 1 }), square],
  ['average pool', pool({ mode: 'average', pad: 1 }), square],
  ['max pool of images that are not square', pool({ pad: 1 }), blocks],
  ['max pool in ceil mode', pool({ ceil: true, pad: [1, 0, 0, 1] }), square],
  ['average pool that counts padding', pool({ mode: 'average', ceil: true, pad: 1, countPadding: true }), square],
  ['add', { type: 'add' }, blocks, blocks],
  ['add, one spread over pixels', { type: 'add' }, blocks, [2 * of, 1, 1]],
  ['squeeze and excitation', { type: 'multiply' }, blocks, [2 * of, 1, 1]],
  ['concat', { type: 'concat' }, blocks, [of, 5, 4]],
  ['global pool', { type: 'global-pool' }, blocks],
  ['slice of columns with step', { type: 'slice', axis: 2, start: 1, step: 2 }, blocks],
  ['slice of rows', { type: 'slice', axis: 1, end: 4, step: 3 }, blocks],
  ['zero channels', { type: 'zero-channels', before: of / 2, after: of / 2 }, blocks],
  ['clip', { type: 'clip', least: -0.5, most: 0.7 }, blocks],
  ['lrn', { type: 'lrn', alpha: 1, size: 3 }, square],
  ['dropout', { type: 'dropout' }, blocks],
  ['stochastic depth', { type: 'stochastic-depth', rate: 0.5 }, blocks],
  ...activations.map((type): Case => [type, { type } as EntryInput, blocks]),
];

const small = [of, 3, 2];
/** Layers that networks of any kind have in blocks. */
const casesInBlocks: readonly Case[] = [
  ['conv of 1x1', conv({ kernel: 1, filters: 2 * of }), small],
  ['conv without bias', conv({ filters: of, pad: 1, bias: false }), small],
  ['conv with stride and other padding on each side', conv({ filters: of, stride: 2, pad: [1, 0, 0, 1] }), small],
  ['depthwise conv', conv({ filters: of, groups: of, pad: 1 }), [of, 5, 4]],
  [
    'depthwise conv with stride, without bias',
    conv({ filters: of, groups: of, pad: 1, stride: 2, bias: false }),
    [of, 5, 4],
  ],
  [
    'depthwise conv of 5x5 with other padding',
    conv({ filters: of, groups: of, kernel: 5, pad: [2, 1, 3, 2] }),
    [of, 4, 4],
  ],
  ['batch norm', named('batch-norm'), blocks],
  ['relu', { type: 'relu' }, blocks],
  ['add', { type: 'add' }, blocks, blocks],
  ['add of three', { type: 'add' }, blocks, blocks, blocks],
  ['global pool', { type: 'global-pool' }, blocks],
  ['slice of rows', { type: 'slice', axis: 1, step: 2 }, blocks],
  ['slice of columns', { type: 'slice', axis: 2, start: 1, end: 3 }, blocks],
  ['zero channels', { type: 'zero-channels', before: 3, after: of - 3 }, [of, 3, 2]],
  ...activations.map((type): Case => [type, { type } as EntryInput, blocks]),
];

/** A layer of its own, that reads values of these shapes. */
function layerOf(input: EntryInput, inputs: readonly Shape[]): Layer {
  const spec = layerSchema.parse(input) as LayerSpec;
  const wrong = (what: string) => new Error(what) as never;
  const output = definitionOf(spec).output(spec, { inputs, classes: 5, wrong });
  const parameters = parametersOf({ spec, inputs, output }).reduce((sum, { shape }) => sum + volume(shape), 0);
  const rest = { place: 0, sources: inputs.map((_, k) => -1 - k), n: 1, flops: 0 };
  return { spec, name: spec.name ?? spec.type, inputs, input: inputs[0], output, parameters, ...rest };
}

const parametersOf = ({ spec, inputs, output }: Pick<Layer, 'spec' | 'inputs' | 'output'>) =>
  definitionOf(spec).parameters?.(spec, inputs, output) ?? [];

/** How values [N, ...shape] go into a form, and come out of it. */
interface Way {
  readonly form: LayerForm<LayerType>;
  readonly to: (graph: Graph, x: Value, shape: Shape) => Value;
  readonly from: (graph: Graph, x: Value, shape: Shape) => Value;
  readonly float32?: boolean;
  /** Number of images; absent: 3. */
  readonly images?: number;
  /** So many of a gradient's values are compared; absent: 24. */
  readonly coordinates?: number;
}

/** Kinds whose operators onnxruntime computes in float32 alone. */
const FLOAT32_ONLY: readonly LayerType[] = [
  'conv',
  'pool',
  'global-pool',
  'leaky-relu',
  'hard-sigmoid',
  'hard-swish',
  'gelu',
];
const TOLERANCE = { float64: 1e-8, float32: 1e-5 };

async function expectAsReference([, input, ...inputs]: Case, way: Way, ofBatch = false) {
  const { form, to, from, float32, images: N = 3, coordinates = 24 } = way;
  const layer = layerOf(input, inputs);
  const parameters = parametersOf(layer);
  const masked = layer.spec.type === 'dropout' || layer.spec.type === 'stochastic-depth';
  const maskShape = layer.spec.type === 'dropout' ? layer.output : layer.output.map(() => 1);

  const draw = (seed: number) => {
    const stream = new RandomStream('onnx layers', JSON.stringify(input), seed);
    const gaussians = (shape: Shape) => onnx.gaussians(shape, stream);
    const given: Record<string, onnx.Numbers> = {};
    inputs.forEach((shape, k) => (given[`x${k}`] = gaussians([N, ...shape])));
    for (const { role, shape } of parameters)
      given[role] = role === 'runningVariance' ? onnx.numbers(shape, () => 0.5 + stream.uniform()) : gaussians(shape);
    if (masked) given.mask = onnx.numbers([N, ...maskShape], () => 2 * stream.integer(2));
    given.dy = gaussians([N, ...layer.output]);
    return given;
  };
  const reference = (given: Record<string, onnx.Numbers>, kinks?: Kinks) => {
    const statistics: Record<string, Float64Array> = {};
    const perImage = ({ data }: onnx.Numbers) =>
      Array.from({ length: N }, (_, n) => data.subarray((n * data.length) / N, ((n + 1) * data.length) / N));
    const roleOf = (ending: string) =>
      parameters.map(({ role }) => role).find((role) => parameterName('', role) === (ending && `.${ending}`))!;
    const y = referenceLayer(
      layer,
      inputs.map((_, k) => perImage(given[`x${k}`])),
      {
        parameter: (ending) => given[roleOf(ending)]?.data,
        mask: given.mask && Float32Array.from(given.mask.data),
        ofBatch,
        onStatistic: (ending, value) => (statistics[roleOf(ending)] = value),
        kinks,
      },
    );
    return { y: Float64Array.from(y.flatMap((values) => [...values])), statistics };
  };

  let given = draw(0);
  for (let seed = 1; ; seed++) {
    const kinks = new Kinks();
    reference(given, kinks);
    if (kinks.nearest > NEAREST_KINK) break;
    given = draw(seed);
  }

  const type = float32 || FLOAT32_ONLY.includes(layer.spec.type) ? 'float32' : 'float64';
  const learning = parameters.map(({ role }) => role).filter((role) => !role.startsWith('running'));
  const { y, ...results } = await onnx.run(type, given, (graph, values) => {
    const value = form(graph, layer as never, {
      inputs: inputs.map((shape, k) => to(graph, values[`x${k}`], shape)),
      batch: N,
      parameters: Object.fromEntries(parameters.map(({ role }) => [role, values[role]])),
      ...(masked && { mask: to(graph, values.mask, maskShape) }),
      ofBatch,
    });
    const needs = inputs.map(() => true);
    const learns = (role: ParameterRole) => learning.includes(role);
    const gradients = value.backward(to(graph, values.dy, layer.output), needs, learns);
    const outputs: Record<string, Value> & { y: Value } = { y: from(graph, value.y, layer.output) };
    gradients.inputs.forEach((dx, k) => (outputs[`dx${k}`] = from(graph, dx!, inputs[k])));
    for (const role of learning) outputs[`d${role}`] = gradients.parameters![role]!;
    for (const [role, next] of Object.entries(value.statistics ?? {})) outputs[`next ${role}`] = next;
    return outputs;
  });

  const expected = reference(given);
  const expectNear = (actual: Float64Array, wanted: Float64Array, what: string) => {
    expect(actual.length, what).toBe(wanted.length);
    expect(onnx.relativeError(actual, wanted), what).toBeLessThan(TOLERANCE[type]);
  };
  expectNear(y, expected.y, 'output');
  const gradients = Object.entries<Float64Array>(results).filter(([name]) => !name.startsWith('next '));
  expect(gradients).toHaveLength(inputs.length + learning.length);
  for (const [name, gradient] of gradients) {
    const x = given[name.slice(1)].data;
    const stream = new RandomStream('coordinates', gradient.length);
    const at = stream.shuffle(Array.from(gradient, (_, i) => i)).slice(0, coordinates);
    const differences = at.map((i) => {
      const before = x[i];
      const along = (h: number) => {
        x[i] = before + h;
        return onnx.dot(given.dy.data, reference(given).y);
      };
      const difference = (along(H) - along(-H)) / (2 * H);
      x[i] = before;
      return difference;
    });
    expect(gradient.length).toBe(x.length);
    expectNear(
      Float64Array.from(at, (i) => gradient[i]),
      Float64Array.from(differences),
      `gradient of ${name.slice(1)}`,
    );
  }
  for (const [role, value] of Object.entries(expected.statistics))
    expectNear((results as Record<string, Float64Array>)[`next ${role}`], value, role);
  expect(Object.keys(results).some((name) => name.startsWith('next '))).toBe(ofBatch);
}

const plain = (_graph: Graph, x: Value) => x;
const formOf = ([, input, ...inputs]: Case) => kindOf(layerOf(input, inputs));
const titles = (all: readonly Case[]) => all.map((one) => [one[0], one] as const);

describe('batch first', () => {
  it.each(titles(cases))('%s', async (_what, one) => {
    await expectAsReference(one, { form: formOf(one).batchFirst, to: plain, from: plain });
  });

  it.each(titles(cases).filter(([, [, { type }]]) => type === 'batch-norm'))('%s of a batch', async (_what, one) => {
    await expectAsReference(one, { form: formOf(one).batchFirst, to: plain, from: plain }, true);
  });
});

describe.each(['batchLast', 'card'] as const)('%s', (layout) => {
  const withForm = titles(classic).filter(([, one]) => formOf(one)[layout]);
  it.each(withForm)('%s', async (_what, one) => {
    await expectAsReference(one, {
      form: formOf(one)[layout]!,
      to: (graph, x) => graph.transpose(x, 1, 2, 3, 0),
      from: (graph, x) => graph.transpose(x, 3, 0, 1, 2),
      float32: layout === 'card',
    });
  });
});

describe('cardFirst', () => {
  const withForm = titles(cases).filter(([, one]) => formOf(one).cardFirst);
  it.each(withForm)('%s', async (_what, one) => {
    await expectAsReference(one, { form: formOf(one).cardFirst!, to: plain, from: plain, float32: true });
  });
});

describe.skipIf(block === undefined)('blocked', () => {
  const ways = {
    to: (graph: Graph, x: Value, shape: Shape) => (shape[0] === 1 ? x : toBlocked(graph, x)),
    from: (graph: Graph, x: Value, [channels]: Shape) => fromBlocked(graph, x, channels),
    float32: true,
  };
  const blockedOf = (one: Case): Way => ({ ...ways, form: formOf(one).blocked!(of) });
  const withForm = titles(blockedCases).filter(([, one]) => formOf(one).blocked);
  it.each(withForm)('%s', async (_what, one) => expectAsReference(one, blockedOf(one)));
  it('batch norm of a batch', async () => {
    const one = blockedCases[0];
    if (formOf(one).blocked) await expectAsReference(one, blockedOf(one), true);
  });

  const inBlocksOf = (one: Case): Way => ({
    ...{ ...ways, form: (formOf(one).inBlocks ?? formOf(one).blocked)!(of), coordinates: 10 },
    // Gradients of filters take whole blocks of images.
    ...(one[1].type === 'conv' && { images: of, coordinates: 4 }),
  });
  it.each(titles(casesInBlocks))('in a network of any kind: %s', async (_what, one) =>
    expectAsReference(one, inBlocksOf(one)),
  );
  it('in a network of any kind: batch norm of a batch', async () => {
    const one = casesInBlocks.find(([, { type }]) => type === 'batch-norm')!;
    await expectAsReference(one, inBlocksOf(one), true);
  });
});
